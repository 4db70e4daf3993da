import type { Awaited, ExtraPlay, ExtraStep, Script } from "../../fuzzer/extra/script.ts";
import { endsStream, http2SendLines } from "../http2-text.ts";
import { opcodeName } from "../opcode-name.ts";
import { type SequenceRow, payloadWords } from "./sequence-steps.ts";
import { numberText } from "./words.ts";

/** What a case of ours does on its connections, row by row. */
export function extraRows({ connections, deflate }: ExtraPlay): readonly SequenceRow[] {
  const offered: readonly SequenceRow[] =
    deflate === undefined ? [] : [{ row: "note", text: `with ${deflate.offer}` }];
  return [
    ...offered,
    ...connections.flatMap((script, at) => [
      ...(connections.length > 1 ? [connectionNote(script, at)] : []),
      ...script.steps.flatMap(stepRows),
    ]),
  ];
}

function connectionNote({ besideAfter, http2 }: Script, at: number): SequenceRow {
  const when = besideAfter === undefined ? "" : `, beside the first, ${besideAfter} ms later`;
  return { row: "note", text: `${http2?.sharing ? "stream" : "connection"} ${at + 1}${when}` };
}

function stepRows(step: ExtraStep): readonly SequenceRow[] {
  switch (step.step) {
    case "open":
      return [{ row: "note", text: "ordinary opening handshake" }];
    case "request":
    case "response":
      return [sent(`${step.step}${chopped(step.chop)}`, firstLine(step.head), "send")];
    case "octets":
      return [sent(`octets as they are${chopped(step.chop)}`, payloadWords(step.payload, 2), "send")];
    case "frame":
      return [
        sent(frameWords(step), payloadWords(step.payload, step.opcode), step.opcode === 8 ? "close" : "send"),
      ];
    case "repeat":
      return [{ row: "loop", text: `${numberText(step.times)} times`, rows: step.steps.flatMap(stepRows) }];
    case "await":
      return [awaited(step.for, step.ms)];
    case "pause":
      return [{ row: "wait", text: `${step.ms / 1000} s` }];
    case "mark":
      return [];
    case "reading":
      return [{ row: "note", text: step.on ? "the fuzzer reads again" : "the fuzzer stops reading" }];
    case "shut":
      return [sent("end of TCP, this way only", "", "close")];
    case "cut":
      return [sent("end of TCP, this way only, and none of TLS", "", "close")];
    case "http2": {
      const [text, ...fields] = http2SendLines(step.send, (payload) => payloadWords(payload, 2));
      return [sent(text, fields.join(", "), endsStream(step.send) ? "close" : "send")];
    }
    case "reset":
      return [sent("TCP is reset", "", "close")];
  }
}

function sent(text: string, detail: string, kind: "send" | "close"): SequenceRow {
  return { row: "arrow", to: "target", kind, text, detail };
}

function awaited(what: Awaited, ms: number): SequenceRow {
  const within = `within ${ms / 1000} s`;
  const back = (text: string, kind: "expect" | "close"): SequenceRow => ({
    row: "arrow",
    to: "fuzzer",
    kind,
    text,
    detail: within,
  });
  switch (what.what) {
    case "response":
      return back("response", "expect");
    case "close":
      return back("close", "close");
    case "end":
      return back("end of TCP", "close");
    case "pingAnswer":
      return back("answer to PING", "expect");
    case "message":
    case "ping":
    case "pong":
      return back(what.count === 1 ? what.what : `${numberText(what.count)} ${what.what}s`, "expect");
  }
}

function firstLine(head: string): string {
  return (head.split("\r\n", 1)[0] ?? "").slice(0, 60);
}

function chopped(chop: { readonly octets: number; readonly every: number } | undefined): string {
  return chop === undefined ? "" : `, in pieces of ${chop.octets}, each ${chop.every} ms`;
}

function frameWords(step: Extract<ExtraStep, { step: "frame" }>): string {
  const facts = [
    ...(step.fin === false ? ["not the last fragment"] : []),
    ...(step.rsv ? [`RSV ${step.rsv}`] : []),
    ...(step.masked === undefined ? [] : [step.masked ? "masked" : "not masked"]),
    ...(step.key === undefined ? [] : [`key ${step.key}`]),
    ...(step.lengthBits === undefined ? [] : [`length in ${step.lengthBits} bits`]),
    ...(step.length === undefined ? [] : [`announces 0x${step.length}`]),
  ];
  const name = opcodeName(step.opcode);
  return `${facts.length === 0 ? name : `${name}, ${facts.join(", ")}`}${chopped(step.chop)}`;
}
