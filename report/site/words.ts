import type { Citation } from "../../fuzzer/case.ts";
import { compareIds } from "../../fuzzer/catalogue.ts";
import { closeCodeNames } from "../../wire/close.ts";
import { html, type Html } from "../html.ts";
import type { PlayedStatus } from "../facts/played.ts";

/** A time as people read it: `2026-11-21 10:26`, in UTC. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T", " ");
}

/** The day of a time, as `YYYY-MM-DD`, in UTC. */
export function dayText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** 12345 -> 12,345. */
export function numberText(value: number): string {
  return value.toLocaleString("en-US");
}

/** `1 case`, `2 cases`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${numberText(value)} ${value === 1 ? one : many}`;
}

/** A section where the RFC editor publishes it. */
export function sectionLink({ rfc, section }: Citation): Html {
  return html`<a class="rfc" href="https://www.rfc-editor.org/rfc/rfc${rfc}#section-${section}"
    >RFC ${rfc} §${section}</a
  >`;
}

/** A close code with its name, or what stands in place of one. */
export function closeCodeText(code: number | null): string {
  if (code === null) return "none";
  const name = closeCodeNames[code];
  return name === undefined ? String(code) : `${code} ${name}`;
}

/** Numbers of cases, those in a row as a range: `6.4.1–6.4.3, 6.6.1`. */
export function caseRanges(
  ids: readonly string[],
): readonly { readonly first: string; readonly last: string }[] {
  const ranges: { first: string; last: string }[] = [];
  for (const id of ids.toSorted(compareIds)) {
    const open = ranges.at(-1);
    if (open !== undefined && follows(open.last, id)) open.last = id;
    else ranges.push({ first: id, last: id });
  }
  return ranges;
}

function follows(id: string, next: string): boolean {
  const [a, b] = [id.split("."), next.split(".")];
  if (a.length !== b.length || a.slice(0, -1).join(".") !== b.slice(0, -1).join(".")) return false;
  return Number(b.at(-1)) === Number(a.at(-1)) + 1;
}

/** What each status of a cell is called. */
export const STATUS_WORDS: Readonly<Record<PlayedStatus, string>> = {
  ran: "ran",
  "build-failed": "could not be built",
  "start-timeout": "did not start in time",
  crashed: "crashed",
  noncompliant: "failed its probe",
  skipped: "skipped",
  interrupted: "interrupted",
  unfinished: "not finished",
  waiting: "not started",
};

/** A text of a stranger's, cut to what a page can bear. */
export function cutText(text: string, most = 1000): string {
  return text.length > most
    ? `${text.slice(0, most)} … (${numberText(text.length - most)} more characters)`
    : text;
}

/** A sentence with a capital and a full stop. */
export function sentenceText(text: string): string {
  const cut = cutText(text);
  return cut.charAt(0).toUpperCase() + cut.slice(1) + (/[.!?)]$/.test(cut) ? "" : ".");
}
