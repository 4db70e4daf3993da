import { parseClosePayload } from "../wire/close.ts";
import { FrameDecoder, type FrameHeader, Opcode } from "../wire/frame.ts";
import { type AgreedDeflate, formatDeflate } from "../wire/permessage-deflate.ts";
import type { DeflateOffer } from "../reference-impl/negotiation.ts";

import { closeText, type Difference, payloadText } from "./difference.ts";
import { octetsOf, renderFrames } from "./render.ts";
import type { FrameStream, OpeningStream, ResponseStream, Stream, Writes } from "./stream.ts";

/** Lines of frames that are shown of a stream. */
const maxLines = 40;

/** A stream as people read it: what is sent, in order, one thing a line. */
export function streamText(stream: Stream): string {
  const lines = stream.kind === "frames" ? frameLines(stream) : openingLines(stream);
  return [...lines, writesText(stream.writes)].map((line) => `${line}\n`).join("");
}

/** What was to come of it, and what did. */
export function differenceText({ kind, level, rule, expected, seen }: Difference): string {
  const weight = level === "must" ? "" : " (left open to who receives it)";
  return `rule:     ${rule}${weight}\nexpected: ${expected}\nseen:     ${seen} [${kind}]\n`;
}

function openingLines({ kind, lines }: OpeningStream | ResponseStream): string[] {
  return [
    kind === "opening" ? "sends this request:" : "answers the request with this:",
    ...lines.map((line) => `  ${JSON.stringify(line).slice(1, -1).slice(0, 120)}`),
    ...(kind === "opening" ? [] : ["then a ping, and when its pong is there a close frame"]),
  ];
}

function frameLines(stream: FrameStream): string[] {
  const { offer, closing, sentinel } = stream;
  const { octets } = renderFrames(stream, offer === null ? null : granted(offer));
  const frames = framesText(octets, stream.from === undefined);
  const shown =
    frames.length > maxLines
      ? [...frames.slice(0, maxLines), `... ${frames.length - maxLines} more`]
      : frames;
  const code = {
    code: closing.code,
    reason: closing.reason === "" ? null : Buffer.from(closing.reason, "hex"),
  };
  return [
    openedText(stream),
    `sends ${octets.length} octets${stream.atOnce ? ", the first with its response" : ""}:`,
    ...shown.map((line) => `  ${line}`),
    ...(offer === null ? [] : stream.elements.flatMap(compressedText)),
    `then a ping with 0x${sentinel.slice(0, 48)}, and when its pong is there ${closeText(code)}`,
  ];
}

function openedText({ from, offer }: FrameStream): string {
  const deflate = offer === null ? null : formatDeflate(offer);
  if (from === undefined)
    return `opens a connection, ${deflate === null ? "without compression" : `offering ${deflate}`}`;
  return `accepts the connection, ${deflate === null ? "without compression" : `agreeing on ${deflate} if the client offers that much`}`;
}

/** What peers grant, as far as it decides how we compress. */
function granted({ clientMaxWindowBits, ...others }: DeflateOffer): AgreedDeflate {
  return { ...others, clientMaxWindowBits: clientMaxWindowBits === true ? null : clientMaxWindowBits };
}

/** What a compressed payload means cannot be seen in it. */
function compressedText(element: FrameStream["elements"][number], index: number): string[] {
  if (element.kind !== "message" || element.deflate !== true) return [];
  const { binary, payload } = element;
  return [
    `  (part ${index + 1} is a compressed ${binary ? "binary message" : "text"}: ${payloadText(octetsOf(payload), binary)})`,
  ];
}

/**
 * Octets frame by frame.
 *
 * @param areMasked as by their sender they should be
 */
export function framesText(octets: Buffer, areMasked = true): string[] {
  const decoder = new FrameDecoder();
  decoder.push(Buffer.from(octets));
  const lines: string[] = [];
  let parts: Buffer[] = [];
  let inFrame = false;
  for (let event = decoder.next(); event !== null; event = decoder.next()) {
    if (event.type === "start") [parts, inFrame] = [[], true];
    if (event.type === "payload") parts.push(event.data);
    if (event.type === "end") {
      lines.push(frameText(decoder.header!, Buffer.concat(parts), areMasked));
      inFrame = false;
    }
  }
  if (!inFrame) return decoder.atBoundary ? lines : [...lines, "a part of a header"];
  const { header } = decoder;
  if (header === null) return [...lines, "a part of a header"];
  const payload = Buffer.concat(parts);
  return [...lines, `${frameText(header, payload, areMasked)}, of which ${payload.length} are sent`];
}

function frameText(header: FrameHeader, payload: Buffer, areMasked: boolean): string {
  const { opcode, fin, rsv, masked, length7, length } = header;
  const bits = length7 === 127 ? 64 : length7 === 126 ? 16 : 7;
  const shortest = length < 126 ? 7 : length < 65_536 ? 16 : 64;
  const flags = [
    fin ? "FIN" : "no FIN",
    ...[4, 2, 1].flatMap((bit, i) => ((rsv & bit) === 0 ? [] : [`RSV${i + 1}`])),
    ...(masked === areMasked ? [] : [masked ? "masked" : "not masked"]),
    ...(bits === shortest ? [] : [`length in ${bits} bits`]),
    `${length} octets`,
  ];
  return `${opcodeName(opcode)}, ${flags.join(", ")}${contentText(opcode, payload)}`;
}

function contentText(opcode: number, payload: Buffer): string {
  if (payload.length === 0) return "";
  if (opcode === Opcode.close && payload.length >= 2) return `: ${closeText(parseClosePayload(payload))}`;
  return `: ${payloadText(payload, opcode !== Opcode.text)}`;
}

function opcodeName(opcode: number): string {
  const [name] = Object.entries(Opcode).find(([, value]) => value === opcode) ?? [
    `opcode ${opcode} (reserved)`,
  ];
  return name;
}

function writesText(writes: Writes): string {
  switch (writes.by) {
    case "whole":
      return "all of it in one write";
    case "element":
      return `each part in a write of its own${writes.pause === undefined ? "" : `, ${writes.pause} ms apart`}`;
    case "size":
      return `in writes of ${writes.sizes.join(", ")} octets`;
  }
}
