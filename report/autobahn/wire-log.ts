import type { Payload, Step } from "../../fuzzer/case.ts";
import { payloadDigest } from "../../fuzzer/digest.ts";
import type { LogEntry } from "../../fuzzer/record.ts";

import { payloadHex, payloadText } from "./octets-text.ts";

/** Octets or characters of something, and a text that shows them. */
export type Shown = readonly [length: number, text: string];

/**
 * An entry of Autobahn's wire log. Octets: `RO` received, `TO` sent. Frames: `RF`, `TF`. Timers, in seconds, set
 * and over: `CT` and `CTE` of a wait, `KL` and `KLE` of the one that fails the connection, `TI` and `TIE` of the
 * one that closes it. `WLM`: logging was switched.
 */
export type WireEntry =
  | readonly ["RO", Shown]
  | readonly ["TO", Shown, sync: boolean]
  | readonly ["RF", Shown, opcode: number, fin: boolean, rsv: number, masked: boolean, mask: string | null]
  | readonly [
      "TF",
      Shown,
      opcode: number,
      fin: boolean,
      rsv: number,
      mask: string | null,
      repeat: number | null,
      chop: number | null,
      sync: boolean,
    ]
  | readonly ["CT", seconds: number, tag: string | null]
  | readonly ["CTE", tag: string | null]
  | readonly ["KL" | "TI", seconds: number]
  | readonly ["KLE" | "TIE"]
  | readonly ["WLM", on: boolean];

/** The wire log of a play in Autobahn's form; what that form has no entry for is left out. */
export function wireEntries(log: readonly LogEntry[], script: readonly Step[]): WireEntry[] {
  return log.map((entry) => wireEntry(entry, script)).filter((entry) => entry !== null);
}

function wireEntry(entry: LogEntry, script: readonly Step[]): WireEntry | null {
  switch (entry.log) {
    case "received":
      return ["RO", [entry.octets, payloadHex(entry.octets, entry.hex)]];
    case "sent":
      return ["TO", [entry.octets, payloadHex(entry.octets, entry.hex)], entry.sync ?? false];
    case "frameReceived": {
      const { opcode, fin, rsv, mask, payload } = entry;
      return ["RF", [payload.length, payloadText(payload)], opcode, fin, rsv, mask !== null, mask];
    }
    case "frameSent":
      return sentFrame(entry, script);
    case "waitSet":
      return ["CT", entry.ms / 1000, entry.tag];
    case "waitOver":
      return ["CTE", entry.tag];
    case "killSet":
      return ["KL", entry.ms / 1000];
    case "closeSet":
      return ["TI", entry.ms / 1000];
    case "killFired":
      return ["KLE"];
    case "closeFired":
      return ["TIE"];
    case "logging":
      return ["WLM", entry.on];
    case "violation":
      return null;
  }
}

type SentFrame = Extract<LogEntry, { log: "frameReceived" | "frameSent" }>;

/** A unit of several octets that the script repeats is shown once, with the length that it is repeated to. */
function sentFrame(entry: SentFrame, script: readonly Step[]): WireEntry {
  const { opcode, fin, rsv, mask, chop = null, sync = false } = entry;
  const unit = entry.repeat === undefined ? null : repeatedUnit(script, entry.opcode, entry.repeat);
  const shown = unit ?? entry.payload;
  const repeat = unit === null ? null : entry.payload.length;
  return ["TF", [shown.length, payloadText(shown)], opcode, fin, rsv, mask, repeat, chop, sync];
}

function repeatedUnit(script: readonly Step[], opcode: number, length: number) {
  const isMeant = (payload: Payload) =>
    "unit" in payload && payload.length === length && payload.unit.length > 2;
  const step = script.find(
    (candidate) => candidate.step === "frame" && candidate.opcode === opcode && isMeant(candidate.payload),
  );
  if (step?.step !== "frame" || !("unit" in step.payload)) return null;
  return payloadDigest({ hex: step.payload.unit });
}
