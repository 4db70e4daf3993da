import { errorName, settingName } from "../fuzzer/extra/http2/findings.ts";
import type { Http2Expectation, Http2Script, Http2Send } from "../fuzzer/extra/http2/script.ts";
import { FrameFlag, FrameType } from "../wire/http2/frame.ts";

/** What a case sends of HTTP/2: a line, and further lines that show fields. */
export function http2SendLines(
  send: Http2Send,
  payload: (payload: Extract<Http2Send, { send: "frame" }>["payload"]) => string,
): readonly [string, ...string[]] {
  if (send.send === "frame") {
    const { type, flags = 0, on } = send;
    const where = on === "connection" ? "for the connection" : "in the stream";
    const note = flags === 0 ? "" : ` with the flags 0x${flags.toString(16)}`;
    return [`sends a frame of HTTP/2 ${where}: ${frameName(type)}${note}: ${payload(send.payload)}`];
  }
  const { fields, end, cut, pad } = send;
  const notes = [
    ...(end ? ["with END_STREAM"] : []),
    ...(cut === undefined ? [] : [`${cut} octets a frame`]),
    ...(pad === undefined ? [] : [`with ${pad} octets of padding`]),
  ];
  const shown = fields
    .slice(0, 12)
    .map(([name, value]) => JSON.stringify(`${name}: ${value.slice(0, 60)}`).slice(1, -1));
  return [`opens a stream with these fields${notes.map((note) => `, ${note}`).join("")}`, ...shown];
}

/** How a script is played over HTTP/2, beside where; a line for each thing that is to be said. */
export function http2ScriptLines({ settings = [], keepsWindow, data }: Http2Script): readonly string[] {
  const texts = [
    ...settings.map(([id, value]) => `says ${settingName(id)} = ${value}`),
    ...(keepsWindow ? ["does not open the stream's window again for what has come"] : []),
    ...(data === undefined
      ? []
      : [
          `${data.octets} octets a DATA frame${data.pad === undefined ? "" : `, with ${data.pad} of padding`}`,
        ]),
  ];
  return texts.map((text) => `  (${text})`);
}

/** An expectation of HTTP/2 in words. */
export function http2ExpectationText(expectation: Http2Expectation): string {
  switch (expectation.what) {
    case "setting":
      return `${settingName(expectation.id)} is ${expectation.value}`;
    case "lawful":
      return "the peer's frames and fields of HTTP/2 are lawful";
    case "error": {
      const names = expectation.codes?.map(errorName).join(" or ") ?? "an error";
      return `RST_STREAM or GOAWAY comes with ${names}`;
    }
    case "pingAnswered":
      return "PING is answered with the same payload";
  }
}

/** The name of a type of frames. */
export function frameName(type: number): string {
  const found = Object.entries(FrameType).find(([, each]) => each === type);
  return found === undefined
    ? `type ${type}`
    : found[0].replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** Whether a frame ends the fuzzer's half of the stream. */
export const endsStream = (send: Http2Send): boolean =>
  send.send === "headers"
    ? send.end === true
    : send.type === FrameType.rstStream ||
      (send.type === FrameType.data && ((send.flags ?? 0) & FrameFlag.endStream) !== 0);
