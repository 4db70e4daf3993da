import { appendFileSync, closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { CaseRecord } from "../../fuzzer/record.ts";
import { cutTornLine } from "./json-lines.ts";
import type { ByteRange } from "./result-parts.ts";

/** `cells/<cell>.records.jsonl`, open for more. */
export class RecordsFile implements Disposable {
  readonly #handle: number;
  #end: number;
  #closed = false;
  #failure: { readonly error: unknown } | null = null;

  /** Opens or makes the file; what an interrupted run left of a line is cut off. */
  constructor(file: string) {
    cutTornLine(file);
    this.#handle = openSync(file, "a");
    this.#end = fstatSync(this.#handle).size;
  }

  /**
   * Writes a record. When this returns it can be read, so an event may name it.
   *
   * @throws the file cannot be written, now or before: what may be half a line must stay the last one
   */
  append(record: CaseRecord): ByteRange {
    if (this.#failure !== null) throw this.#failure.error;
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    try {
      appendFileSync(this.#handle, line);
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
    const range = { offset: this.#end, length: line.length - 1 };
    this.#end += line.length;
    return range;
  }

  /** Closes the file. May be called twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#handle);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** A byte range that does not hold a record. */
export class RecordError extends Error {
  override readonly name = "RecordError";
}

/** A record takes less: all that is kept of a play is bounded. */
const MAX_RECORD_OCTETS = 64 << 20;

/**
 * Reads one record of a records file.
 *
 * @throws {RecordError} the range is outside of the file, or is not that of a record of this case
 */
export function readRecord(file: string, caseId: string, range: ByteRange): CaseRecord {
  const place = `${file}, octets ${range.offset} to ${range.offset + range.length}`;
  if (range.length > MAX_RECORD_OCTETS) throw new RecordError(`${place}: too long for a record`);
  const octets = Buffer.alloc(range.length);
  const handle = openSync(file, "r");
  try {
    const got = readSync(handle, octets, 0, range.length, range.offset);
    if (got < range.length) throw new RecordError(`${place}: the file ends before`);
  } finally {
    closeSync(handle);
  }
  return parseRecord(octets.toString(), caseId, place);
}

/**
 * A record from its line.
 *
 * @param place what an error says of where it was
 * @throws {RecordError} it is not that of a record of this case
 */
export function parseRecord(text: string, caseId: string, place: string): CaseRecord {
  const value = parse(text, place);
  if (!isRecordOf(caseId, value)) throw new RecordError(`${place}: not a record of case ${caseId}`);
  return value;
}

function parse(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RecordError(`${place}: not JSON`, { cause: error });
  }
}

function isRecordOf(caseId: string, value: unknown): value is CaseRecord {
  return (
    typeof value === "object" && value !== null && "id" in value && value.id === caseId && "log" in value
  );
}
