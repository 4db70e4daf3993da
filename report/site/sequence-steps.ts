import type { Case, ExpectedEvent, MessageRule, Payload, Step } from "../../fuzzer/case.ts";
import { payloadLength } from "../../fuzzer/digest.ts";
import { opcodeName } from "../opcode-name.ts";
import { isControl } from "../../wire/frame.ts";
import { extraRows } from "./sequence-extra.ts";
import { numberText } from "./words.ts";

/** One row of a drawing of what a case does. */
export type SequenceRow =
  /** Something that goes from one side to the other. */
  | {
      readonly row: "arrow";
      readonly to: "target" | "fuzzer";
      readonly kind: "send" | "expect" | "close";
      readonly text: string;
      /** What it carries. */
      readonly detail: string;
    }
  | { readonly row: "wait"; readonly text: string }
  | { readonly row: "note"; readonly text: string }
  | { readonly row: "loop"; readonly text: string; readonly rows: readonly SequenceRow[] };

/** What a case does and what it hopes for, row by row, from its data alone. */
export function sequenceRows(described: Case): readonly SequenceRow[] {
  if (described.extra !== undefined) return extraRows(described.extra);
  const due = [...(described.expected.OK ?? described.expected["NON-STRICT"] ?? [])];
  const rows = [
    ...opening(described),
    ...stepRows(described.script, due),
    ...tripRows(described.onMessage),
    ...due.splice(0).flatMap(eventRows),
    ...closeRows(described),
  ];
  return rows.filter((row, at) => at === 0 || row.row !== "note" || !sameNote(row, rows[at - 1]));
}

function sameNote(row: SequenceRow, before: SequenceRow | undefined): boolean {
  return before?.row === "note" && row.row === "note" && before.text === row.text;
}

function opening({ compression }: Case): readonly SequenceRow[] {
  if (compression === undefined) return [];
  const offers = compression.offers.map((offer): SequenceRow => ({ row: "note", text: offer }));
  return [{ row: "note", text: "the opening handshake offers, as client:" }, ...offers];
}

/** Steps in their order; a wait with a name takes the events that are due before it is over. */
function stepRows(steps: readonly Step[], due: ExpectedEvent[]): readonly SequenceRow[] {
  return steps.flatMap((step): readonly SequenceRow[] => {
    switch (step.step) {
      case "frame":
        return [sent(frameText(step), payloadWords(step.payload, step.opcode), step.opcode === 8)];
      case "message": {
        const how = step.fragment === undefined ? "" : `, in fragments of ${numberText(step.fragment)}`;
        return [
          sent(`${opcodeName(step.opcode)} message${how}`, payloadWords(step.payload, step.opcode), false),
        ];
      }
      case "close":
        return [
          sent(
            `close${step.code === undefined ? "" : ` ${step.code}`}`,
            step.reason ? payloadWords(step.reason, 1) : "",
            true,
          ),
        ];
      case "rawHeader":
        return [
          sent(
            `header of a ${opcodeName(step.opcode)} frame`,
            `announces ${numberText(step.length)} octets`,
            false,
          ),
        ];
      case "rawOctets":
        return [sent("octets of its payload", payloadWords(step.payload, 2), false)];
      case "wait":
        return [
          ...eventsUntil(step.tag, due),
          { row: "wait", text: `${seconds(step.ms)}${step.tag === undefined ? "" : ` (${step.tag})`}` },
          ...stepRows(step.then, due),
        ];
      case "killAfter":
      case "closeAfter":
      case "log":
        return [];
    }
  });
}

function sent(text: string, detail: string, close: boolean): SequenceRow {
  return { row: "arrow", to: "target", kind: close ? "close" : "send", text, detail };
}

/** Takes the events that are due before a wait is over, and its own. */
function eventsUntil(tag: string | undefined, due: ExpectedEvent[]): readonly SequenceRow[] {
  const at = due.findIndex((event) => event.event === "timeout" && event.tag === tag);
  if (tag === undefined || at < 0) return [];
  return due.splice(0, at + 1).flatMap(eventRows);
}

function eventRows(event: ExpectedEvent): readonly SequenceRow[] {
  if (event.event === "timeout") return [];
  const opcode = event.event === "pong" ? 10 : event.binary ? 2 : 1;
  const text = event.event === "pong" ? "pong" : `${opcodeName(opcode)} message`;
  return [{ row: "arrow", to: "fuzzer", kind: "expect", text, detail: payloadWords(event.payload, opcode) }];
}

function tripRows(rule: MessageRule): readonly SequenceRow[] {
  if (rule.rule === "compare") return [];
  const kind = rule.binary ? "binary" : "text";
  if (rule.rule === "lengthOnly") {
    return [
      {
        row: "arrow",
        to: "fuzzer",
        kind: "expect",
        text: `${kind} message`,
        detail: `${numberText(rule.length)} octets`,
      },
    ];
  }
  const unit = rule.rule === "compressedRoundTrips" && !rule.binary ? "characters" : "octets";
  const how = rule.rule === "compressedRoundTrips" ? "compressed " : "";
  const detail = `${numberText(rule.length)} ${unit}`;
  return [
    {
      row: "loop",
      text: `${numberText(rule.count)} times (fewer in the quick profile)`,
      rows: [
        { row: "arrow", to: "target", kind: "send", text: `${how}${kind} message`, detail },
        { row: "arrow", to: "fuzzer", kind: "expect", text: "the same", detail },
      ],
    },
  ];
}

function closeRows({ close, onEnd, suppressClose, script }: Case): readonly SequenceRow[] {
  const codes = [...new Set(close.codes)];
  const informational: readonly SequenceRow[] =
    onEnd === "informational" ? [{ row: "note", text: "whatever happens is for information only" }] : [];
  const closes = sendsClose(script);
  if (!close.byFuzzer) {
    return [
      {
        row: "arrow",
        to: "fuzzer",
        kind: "close",
        text: `close ${codes.join(" or ")}`,
        detail: "or without a code, or TCP ends",
      },
      ...informational,
    ];
  }
  const own: readonly SequenceRow[] =
    closes || suppressClose === true ? [] : [sent(`close ${codes[0] ?? ""}`, "", true)];
  return [
    ...own,
    {
      row: "arrow",
      to: "fuzzer",
      kind: "close",
      text: `close ${codes.join(" or ")}`,
      detail: codes.length > 0 ? "or without a code" : "",
    },
    ...informational,
  ];
}

function sendsClose(steps: readonly Step[]): boolean {
  return steps.some(
    (step) =>
      step.step === "close" ||
      (step.step === "frame" && step.opcode === 8) ||
      (step.step === "wait" && sendsClose(step.then)),
  );
}

function frameText({ opcode, fin, rsv, chop, sync }: Extract<Step, { step: "frame" }>): string {
  const name = opcodeName(opcode);
  const facts = [
    ...(fin === false ? ["not the last fragment"] : []),
    ...(opcode === 0 && fin !== false ? ["last fragment"] : []),
    ...(rsv ? [`RSV ${rsv}`] : []),
    ...(chop ? [`in pieces of ${numberText(chop)}`] : []),
    ...(sync === true ? ["in a write of its own"] : []),
  ];
  return facts.length === 0 ? name : `${name}, ${facts.join(", ")}`;
}

const strict = new TextDecoder("utf-8", { fatal: true });

/** A payload in a few words: its text when it is short and printable, its octets, or only its length. */
export function payloadWords(payload: Payload, opcode: number): string {
  const length = payloadLength(payload);
  if (length === 0) return "empty";
  const size = `${numberText(length)} ${length === 1 ? "octet" : "octets"}`;
  if (!("hex" in payload)) return `${size} of ${payload.unit.slice(0, 8)}`;
  if (length > 40) return size;
  const octets = Buffer.from(payload.hex, "hex");
  if (opcode === 8 && length >= 2) {
    const reason = printable(octets.subarray(2));
    return `code ${octets.readUInt16BE(0)}${reason === null ? `, reason ${payload.hex.slice(4)}` : reason === "" ? "" : `, “${reason}”`}`;
  }
  const text = opcode <= 1 || isControl(opcode) ? printable(octets) : null;
  return text === null
    ? payload.hex.slice(0, 48).replaceAll(/(..)(?=.)/g, "$1 ") + (length > 24 ? " …" : "")
    : `“${text}”`;
}

function printable(octets: Uint8Array): string | null {
  try {
    const text = strict.decode(octets);
    return /^[\p{L}\p{N}\p{P}\p{S}\p{Zs}]*$/u.test(text) ? text : null;
  } catch {
    return null;
  }
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}
