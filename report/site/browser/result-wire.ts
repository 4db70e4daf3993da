import type { CaseRecord, LogEntry } from "../../../fuzzer/record.ts";
import { opcodeName } from "../../opcode-name.ts";
import type { Elem } from "./dom.ts";
import { element, plain } from "./elements.ts";
import { payloadWords } from "./result-parts.ts";

/** What went over the wire, line by line, with what each frame means. */
export function wirePart(record: CaseRecord): Elem {
  const rows = record.log.map(wireRow);
  const end = element(
    "tr",
    { class: record.droppedByMe ? "sent" : "received" },
    element("td", { class: "t" }, record.duration.toFixed(1)),
    element("td", { class: "way" }, record.droppedByMe ? "fuzzer →" : "← target"),
    element("td", { class: "what" }, "ends TCP"),
  );
  const table = element(
    "table",
    { class: "wire" },
    element(
      "caption",
      {},
      "Milliseconds since the case began; the opening handshake is before that. Payloads are shown unmasked, of long ones the first 64 octets.",
    ),
    element(
      "thead",
      {},
      element("tr", {}, ...["ms", "Who", "What"].map((name) => element("th", { scope: "col" }, name))),
    ),
    element("tbody", {}, ...rows, end),
  );
  const dropped =
    record.logDropped > 0 ? element("p", {}, `${record.logDropped} more entries were not kept.`) : null;
  return element(
    "section",
    {},
    element("h2", {}, "Wire log"),
    octetsSwitch(table),
    element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Wire log" }, table),
    dropped,
  );
}

/** Reads and writes are there for who wants them; frames tell the story. */
export function octetsSwitch(table: Elem): Elem {
  const box = element("input", { type: "checkbox", checked: "" });
  const apply = () => {
    for (const row of table.querySelectorAll("tr.octets")) row.hidden = !box.checked;
  };
  box.addEventListener("change", apply);
  return element("p", {}, element("label", {}, box, " reads and writes, octet by octet"));
}

/** One entry of the log. */
export function wireRow(entry: LogEntry): Elem {
  const { kind, way, what } = wireFacts(entry);
  return element(
    "tr",
    { class: kind },
    element("td", { class: "t" }, entry.t.toFixed(1)),
    element("td", { class: "way" }, way),
    element("td", { class: "what" }, ...what),
  );
}

/** What an entry is about, who did it, and what to say of it. */
export function wireFacts(entry: LogEntry): {
  readonly kind: string;
  readonly way: string;
  readonly what: readonly (Elem | string)[];
} {
  const timer = (text: string) => ({ kind: "timer", way: "timer", what: [text] });
  const tagged = (tag: string | null) => (tag === null ? "" : ` (${plain(tag, 60)})`);
  switch (entry.log) {
    case "sent":
    case "received": {
      const sent = entry.log === "sent";
      const more = entry.octets > entry.hex.length / 2 ? " …" : "";
      const own = entry.sync === true ? ", in a turn of their own" : "";
      const text = `${entry.octets} ${entry.octets === 1 ? "octet" : "octets"}${own}: `;
      const hex = element("code", {}, entry.hex.replaceAll(/(..)(?=.)/g, "$1 ") + more);
      return {
        kind: `octets ${entry.log}`,
        way: sent ? "fuzzer writes →" : "← fuzzer reads",
        what: [text, hex],
      };
    }
    case "frameSent":
    case "frameReceived": {
      const sent = entry.log === "frameSent";
      return {
        kind: `frame ${sent ? "sent" : "received"}`,
        way: sent ? "fuzzer →" : "← target",
        what: frameWords(entry),
      };
    }
    case "waitSet":
      return timer(`waits ${entry.ms / 1000} s${tagged(entry.tag)}`);
    case "waitOver":
      return timer(`the wait is over${tagged(entry.tag)}`);
    case "killSet":
      return timer(`will fail the connection in ${entry.ms / 1000} s`);
    case "closeSet":
      return timer(`will close the connection in ${entry.ms / 1000} s`);
    case "killFired":
      return timer("fails the connection: its time is over");
    case "closeFired":
      return timer("closes the connection: its time is over");
    case "logging":
      return timer(
        entry.on
          ? "octets and frames are logged again"
          : "octets and frames are not logged from here: the case is about many",
      );
    case "violation":
      return { kind: "violation", way: "✕ rule broken", what: [plain(entry.text, 1000)] };
  }
}

/** A frame: its name, what it carries, and its bits. */
export function frameWords(
  entry: Extract<LogEntry, { log: "frameSent" | "frameReceived" }>,
): readonly (Elem | string)[] {
  const flags = [
    entry.fin ? "FIN" : "no FIN, more fragments follow",
    ...(entry.rsv === 0 ? [] : [`RSV ${entry.rsv}${entry.rsv === 4 ? " (compressed)" : ""}`]),
    entry.mask === null ? "not masked" : `masked with ${entry.mask}`,
    ...(entry.repeat === undefined ? [] : ["payload repeats a unit"]),
    ...(entry.chop === undefined ? [] : [`written in pieces of ${entry.chop}`]),
    ...(entry.sync === true ? ["written in a turn of its own"] : []),
  ];
  const { length, head } = entry.payload;
  return [
    element("span", { class: "name" }, opcodeName(entry.opcode)),
    ` ${entry.opcode === 8 ? closeWords(length, head) : payloadWords(length, head)} `,
    element("span", { class: "flags" }, flags.join(", ")),
  ];
}

/** The payload of a close frame: a code, and perhaps a reason. */
export function closeWords(length: number, head: string): string {
  if (length < 2) return length === 0 ? "without a code" : payloadWords(length, head);
  const code = Number.parseInt(head.slice(0, 4), 16);
  return length === 2 ? `code ${code}` : `code ${code}, reason ${payloadWords(length - 2, head.slice(4))}`;
}
