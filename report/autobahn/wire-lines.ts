import type { LogEntry } from "../../fuzzer/record.ts";

import { payloadHex, payloadText } from "./octets-text.ts";

/** A line of a wire log for people. */
export interface WireLine {
  /** What it is about, and so its colour. */
  readonly kind: "received" | "sent" | "timer" | "violation";
  /** ms since the case began. */
  readonly t: number;
  readonly text: string;
}

const opcodeNames: Readonly<Record<number, string>> = {
  0: "continuation",
  1: "text",
  2: "binary",
  8: "close",
  9: "ping",
  10: "pong",
};

/** A wire log, line by line. What the peer sent is in it as it came: escape it. */
export function wireLines(log: readonly LogEntry[]): WireLine[] {
  return log.map((entry) => ({ kind: kindOf(entry), t: entry.t, text: textOf(entry) }));
}

function kindOf({ log }: LogEntry): WireLine["kind"] {
  if (log === "received" || log === "frameReceived") return "received";
  if (log === "sent" || log === "frameSent") return "sent";
  return log === "violation" ? "violation" : "timer";
}

function textOf(entry: LogEntry): string {
  switch (entry.log) {
    case "received":
      return `received ${entry.octets} octets: ${payloadHex(entry.octets, entry.hex)}`;
    case "sent":
      return `sent ${entry.octets} octets${entry.sync ? " in a turn of their own" : ""}: ${payloadHex(entry.octets, entry.hex)}`;
    case "frameReceived":
      return frameText("received", entry);
    case "frameSent":
      return frameText("sent", entry);
    case "waitSet":
      return `waits ${seconds(entry.ms)}${tagged(entry.tag)}`;
    case "waitOver":
      return `the wait is over${tagged(entry.tag)}`;
    case "killSet":
      return `will fail the connection in ${seconds(entry.ms)}`;
    case "closeSet":
      return `will close the connection in ${seconds(entry.ms)}`;
    case "killFired":
      return "fails the connection: its time is over";
    case "closeFired":
      return "closes the connection: its time is over";
    case "logging":
      return `logging of octets and frames is ${entry.on ? "on" : "off"}`;
    case "violation":
      return `violation: ${entry.text}`;
  }
}

type FrameEntry = Extract<LogEntry, { log: "frameReceived" | "frameSent" }>;

function frameText(way: string, entry: FrameEntry): string {
  const facts = [
    `opcode ${entry.opcode} (${opcodeNames[entry.opcode] ?? "reserved"})`,
    `FIN ${entry.fin ? "on" : "off"}`,
    `RSV ${entry.rsv}`,
    entry.mask === null ? "not masked" : `mask ${entry.mask}`,
    ...(entry.repeat === undefined ? [] : ["payload repeats a unit"]),
    ...(entry.chop === undefined ? [] : [`written in pieces of ${entry.chop} octets`]),
    ...(entry.sync === true ? ["written in a turn of its own"] : []),
  ];
  const { length } = entry.payload;
  const payload = length === 0 ? "no payload" : `payload of ${length} octets: ${payloadText(entry.payload)}`;
  return `${way} frame: ${facts.join(", ")}; ${payload}`;
}

function tagged(tag: string | null): string {
  return tag === null ? "" : ` (${tag})`;
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}
