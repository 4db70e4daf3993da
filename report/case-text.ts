import type { Case, ExpectedEvent, Payload, Step } from "../fuzzer/case.ts";
import type { CatalogueEntry } from "../fuzzer/catalogue.ts";
import type { CaseRecord, LogEntry, Verdict } from "../fuzzer/record.ts";
import { closeCodeNames } from "../wire/close.ts";

import { escapeTerminal } from "./escape.ts";
import { extraStepLines, ruleLines } from "./extra-text.ts";

const opcodeNames: Readonly<Record<number, string>> = {
  0: "continuation",
  1: "text",
  2: "binary",
  8: "close",
  9: "ping",
  10: "pong",
};

/** Octets of a payload that a text shows. */
const shown = 32;

/** What a case sends and expects, for a terminal. */
export function caseText({ case: described, chapter, group }: CatalogueEntry): string {
  const place = [
    `chapter ${chapter.id}, ${chapter.title}`,
    ...(group.title === chapter.title ? [] : [group.title]),
  ];
  const sections = described.citations.map(({ rfc, section }) => `RFC ${rfc} section ${section}`);
  return [
    `${described.id}  ${described.title}`,
    `      ${place.join(" / ")}`,
    "",
    described.description,
    described.expectation,
    "",
    `Rests on ${sections.join(", ")}.`,
    "",
    "The fuzzer",
    ...(described.extra === undefined
      ? described.script.flatMap((step) => stepLines(step, "  "))
      : extraStepLines(described.extra, { payload: payloadText, opcode: opcodeName })),
    "",
    "Expected",
    ...(described.extra === undefined ? expectationLines(described) : ruleLines(described.extra)),
    "",
  ].join("\n");
}

function stepLines(step: Step, indent: string): string[] {
  if (step.step === "wait") {
    const condition =
      step.while === "open" ? "if the connection is still open" : "unless the connection is closed";
    return [
      `${indent}after ${seconds(step.ms)}, ${condition}:`,
      ...step.then.flatMap((inner) => stepLines(inner, `${indent}  `)),
    ];
  }
  return [`${indent}${stepText(step)}`];
}

function stepText(step: Exclude<Step, { step: "wait" }>): string {
  switch (step.step) {
    case "frame": {
      const flags = [...(step.fin === false ? ["FIN off"] : []), ...(step.rsv ? [`RSV ${step.rsv}`] : [])];
      const how = step.chop ? `, in pieces of ${step.chop}` : step.sync ? ", in a write of its own" : "";
      return `sends a ${opcodeName(step.opcode)} frame${flags.map((flag) => `, ${flag}`).join("")}: ${payloadText(step.payload)}${how}`;
    }
    case "message": {
      const how = step.fragment === undefined ? "in one frame" : `in fragments of ${step.fragment}`;
      return `sends a ${opcodeName(step.opcode)} message ${how}: ${payloadText(step.payload)}`;
    }
    case "close": {
      const code = step.code === undefined ? "without a code" : `with code ${codeText(step.code)}`;
      return `sends a close frame ${code}${step.reason ? `, and behind it ${payloadText(step.reason)}` : ""}`;
    }
    case "rawHeader":
      return `sends the header of a ${opcodeName(step.opcode)} frame${step.fin ? "" : ", FIN off"}, announcing ${step.length} octets`;
    case "rawOctets":
      return `sends payload octets: ${payloadText(step.payload)}`;
    case "killAfter":
      return `after ${seconds(step.ms)}, fails the connection with 1001 if it is not closed`;
    case "closeAfter":
      return `after ${seconds(step.ms)}, sends an empty close frame if it is still open`;
    case "log":
      return step.on ? "logs frames again" : "does not log single frames";
  }
}

function expectationLines({ expected, onMessage, close, onEnd }: Case): string[] {
  const lists = Object.entries(expected).map(([verdict, events]) => `  ${verdict}: ${eventsText(events)}`);
  const trips = (): string => {
    if (onMessage.rule === "compare") return "";
    const kind = onMessage.binary ? "binary" : "text";
    const count = onMessage.rule === "roundTrips" ? `${onMessage.count} echoes` : "an echo";
    return `  OK: ${count}, ${kind}, of ${onMessage.length} octets`;
  };
  const side = close.byFuzzer ? "the fuzzer closes" : "the peer fails the connection";
  const codes = `close code ${[...new Set(close.codes)].join(" or ")} or none`;
  return [
    ...lists,
    ...(onMessage.rule === "compare" ? [] : [trips()]),
    `  close: ${side}, ${codes}${close.clean ? ", after a clean closing handshake" : ""}`,
    ...(onEnd === "informational" ? ["  whatever happens, the verdict is INFORMATIONAL"] : []),
  ];
}

function eventsText(events: readonly ExpectedEvent[]): string {
  if (events.length === 0) return "nothing is received";
  return events.map(eventText).join(", then ");
}

/** An event that a case expects, for people. */
export function eventText(event: ExpectedEvent): string {
  if (event.event === "timeout") return `wait ${event.tag} is over`;
  const kind = event.event === "pong" ? "pong" : event.binary ? "binary message" : "text message";
  return `${kind} ${payloadText(event.payload)}`;
}

/** What happened in a play, for a terminal: the wire log, line by line. */
export function logText(log: readonly LogEntry[]): string {
  return log.map((entry) => `${entry.t.toFixed(1).padStart(9)} ms  ${entryText(entry)}\n`).join("");
}

/** A verdict with its reasons, for a terminal. */
export function verdictText(
  record: CaseRecord,
  { behavior, behaviorClose, result, resultClose }: Verdict,
): string {
  const code =
    record.remoteCloseCode === null ? "no close code" : `close code ${codeText(record.remoteCloseCode)}`;
  return [
    `${record.id}  ${behavior} / ${behaviorClose}  (${code} from the peer, ${Math.round(record.duration)} ms)`,
    `  ${escapeTerminal(result, 300)}`,
    `  ${escapeTerminal(resultClose, 300)}`,
    "",
  ].join("\n");
}

function entryText(entry: LogEntry): string {
  switch (entry.log) {
    case "received":
    case "sent":
      return `${entry.log === "sent" ? "->" : "<-"} ${entry.octets} octets  ${clip(entry.hex, shown * 2)}`;
    case "frameReceived":
    case "frameSent": {
      const arrow = entry.log === "frameSent" ? "->" : "<-";
      const flags = `${entry.fin ? "FIN" : "   "} ${entry.rsv ? `RSV ${entry.rsv} ` : ""}${entry.mask ? `mask ${entry.mask} ` : ""}`;
      return `${arrow} ${opcodeName(entry.opcode)} frame  ${flags} ${entry.payload.length} octets  ${octetsText(entry.payload.head)}`;
    }
    case "waitSet":
      return `   waits ${seconds(entry.ms)}${entry.tag === null ? "" : ` (${entry.tag})`}`;
    case "waitOver":
      return `   wait is over${entry.tag === null ? "" : ` (${entry.tag})`}`;
    case "killSet":
    case "closeSet":
      return `   will ${entry.log === "killSet" ? "fail the connection" : "close"} in ${seconds(entry.ms)}`;
    case "killFired":
      return "   fails the connection: its time is over";
    case "closeFired":
      return "   closes: its time is over";
    case "logging":
      return `   logging of frames is ${entry.on ? "on" : "off"}`;
    case "violation":
      return `   violation: ${escapeTerminal(entry.text, 200)}`;
  }
}

function payloadText(payload: Payload): string {
  if ("unit" in payload) {
    return payload.length === 0
      ? "no octets"
      : `${payload.length} octets of ${octetsText(payload.unit)} repeated`;
  }
  return payload.hex === "" ? "no octets" : `${octetsText(payload.hex)} (${payload.hex.length / 2} octets)`;
}

/** Printable ASCII as text, anything else in hexadecimal. */
function octetsText(hex: string): string {
  const octets = Buffer.from(hex, "hex");
  const text = octets.toString("latin1");
  return /^[ -~]*$/.test(text) ? JSON.stringify(clip(text, shown)) : `0x${clip(hex, shown * 2)}`;
}

function clip(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}...` : text;
}

function codeText(code: number): string {
  const name = closeCodeNames[code];
  return name === undefined ? String(code) : `${code} (${name})`;
}

function opcodeName(opcode: number): string {
  return opcodeNames[opcode] ?? `opcode-${opcode}`;
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}
