import type { CaseRecord, LogEntry } from "../../../fuzzer/record.ts";

/**
 * Records as pages get them: what is false, null, zero or empty is left out, and entries of the wire log are
 * lists. `packRecord` runs where the site is made, `unpackLog` in pages.
 */
export type PackedRecord = Partial<Omit<CaseRecord, "log">> & { readonly log: readonly PackedEntry[] };

/** A log entry; its kind and its time come first. */
export type PackedEntry = readonly (string | number | null)[];

/** Makes a record small. */
export function packRecord({ log, ...facts }: CaseRecord): PackedRecord {
  const kept = Object.entries(facts).filter(([, value]) => !isEmpty(value));
  return { ...(Object.fromEntries(kept) as Partial<CaseRecord>), log: log.map(packEntry) };
}

function isEmpty(value: unknown): boolean {
  if (value === false || value === null || value === 0) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function packEntry(entry: LogEntry): PackedEntry {
  switch (entry.log) {
    case "sent":
    case "received":
      return [entry.log === "sent" ? "s" : "r", entry.t, entry.octets, entry.hex, ...(entry.sync ? [1] : [])];
    case "frameSent":
    case "frameReceived": {
      const { payload, repeat = 0, chop = 0, sync = false } = entry;
      const more = [repeat, chop, sync ? 1 : 0];
      const head = entry.log === "frameSent" ? "S" : "R";
      const bits = (entry.fin ? 8 : 0) | entry.rsv;
      const extras = more.some((value) => value !== 0) ? more : [];
      return [head, entry.t, entry.opcode, bits, entry.mask, payload.length, payload.head, ...extras];
    }
    case "waitSet":
      return [entry.log, entry.t, entry.ms, entry.tag];
    case "waitOver":
      return [entry.log, entry.t, entry.tag];
    case "killSet":
    case "closeSet":
      return [entry.log, entry.t, entry.ms];
    case "killFired":
    case "closeFired":
      return [entry.log, entry.t];
    case "logging":
      return [entry.log, entry.t, entry.on ? 1 : 0];
    case "violation":
      return [entry.log, entry.t, entry.text];
  }
}

/** The log entries that were packed. Runs in pages, so it uses nothing but its argument. */
export function unpackLog(log: readonly PackedEntry[]): LogEntry[] {
  return log.map((entry): LogEntry => {
    const [kind, t] = entry as readonly [string, number];
    const number = (at: number) => (entry[at] ?? 0) as number;
    const text = (at: number) => (entry[at] ?? null) as string | null;
    switch (kind) {
      case "s":
      case "r": {
        const sync = number(4) === 1 ? { sync: true } : {};
        return { t, log: kind === "s" ? "sent" : "received", octets: number(2), hex: text(3) ?? "", ...sync };
      }
      case "S":
      case "R":
        return {
          t,
          log: kind === "S" ? "frameSent" : "frameReceived",
          opcode: number(2),
          fin: number(3) >= 8,
          rsv: number(3) & 7,
          mask: text(4),
          payload: { length: number(5), head: text(6) ?? "" },
          ...(number(7) > 0 ? { repeat: number(7) } : {}),
          ...(number(8) > 0 ? { chop: number(8) } : {}),
          ...(number(9) === 1 ? { sync: true } : {}),
        };
      case "waitSet":
        return { t, log: "waitSet", ms: number(2), tag: text(3) };
      case "waitOver":
        return { t, log: "waitOver", tag: text(2) };
      case "logging":
        return { t, log: "logging", on: number(2) === 1 };
      case "violation":
        return { t, log: "violation", text: text(2) ?? "" };
      case "killSet":
      case "closeSet":
        return { t, log: kind, ms: number(2) };
      default:
        return { t, log: kind === "killFired" ? "killFired" : "closeFired" };
    }
  });
}
