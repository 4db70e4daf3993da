import { Document, isMap, isSeq, type Node, parseDocument } from "yaml";

import type { BaselineEntry } from "../../report/baseline.ts";
import type { BaselineChanges } from "../../report/baseline-update.ts";

/** A piece of a text that another one takes the place of. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * Changes the text of a baseline file and leaves every line alone that the changes are not about, so that comments,
 * order and the form of what stays are as their authors left them. A comment right above an entry goes with it; what
 * the file begins with stays.
 *
 * @param text a valid baseline file, or "" for a new one
 */
export function editBaseline(
  text: string,
  { remove, narrow, add }: Omit<BaselineChanges, "regressed">,
): string {
  const { contents } = parseDocument(text);
  const items = isSeq(contents) ? (contents.items as Node[]) : [];
  const edits = [
    ...remove.map((index) => removal(text, items, index)),
    ...[...narrow].map(([index, cases]) => casesEdit(items[index]!, cases)),
  ];
  const kept = apply(text, edits);
  if (add.length === 0) return kept;
  // An empty list cannot be followed by entries.
  const before = isSeq(contents) && items.length === 0 ? "" : withLineEnd(kept);
  return before + add.map(entryText).join("");
}

function removal(text: string, items: readonly Node[], index: number): Edit {
  const [start, end] = rangeOf(items[index]!);
  const lineEnd = text.indexOf("\n", Math.max(start, end - 1));
  const dash = text.lastIndexOf("-", start - 1);
  const from = index === 0 ? lineStart(text, dash) : withComments(text, lineStart(text, dash));
  return { from, to: lineEnd < 0 ? text.length : lineEnd + 1, text: "" };
}

/** Goes up over the comments that stand right above a line. */
function withComments(text: string, line: number): number {
  let from = line;
  while (from > 0) {
    const above = lineStart(text, from - 1);
    if (!/^[ \t]*#/.test(text.slice(above, from))) break;
    from = above;
  }
  return from;
}

function casesEdit(item: Node, cases: readonly string[]): Edit {
  const list = isMap(item) ? item.get("cases", true) : undefined;
  const [from, end] = rangeOf(list as unknown as Node);
  const text = flowList(cases);
  if (isSeq(list) && list.flow === true) return { from, to: end, text };
  // A list with a line for each begins on a line of its own, and its last line end belongs to it.
  return { from, to: end, text: `${text}\n` };
}

function entryText(entry: BaselineEntry): string {
  const { role, cases, expect, reason, link, versions, variants, expires } = entry;
  const rest = { link, versions, variants, expires };
  const known = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const doc = new Document([{ role, cases, expect, reason, ...known }]);
  const [map] = isSeq(doc.contents) ? doc.contents.items : [];
  if (isMap(map)) for (const { value } of map.items) if (isSeq(value)) value.flow = true;
  return doc.toString(STYLE);
}

function flowList(words: readonly string[]): string {
  const doc = new Document([...words]);
  if (isSeq(doc.contents)) doc.contents.flow = true;
  return doc.toString(STYLE).trimEnd();
}

const STYLE = { lineWidth: 0, flowCollectionPadding: false } as const;

function apply(text: string, edits: readonly Edit[]): string {
  return edits
    .toSorted((a, b) => b.from - a.from)
    .reduce((now, edit) => now.slice(0, edit.from) + edit.text + now.slice(edit.to), text);
}

function rangeOf({ range }: Node): readonly [start: number, valueEnd: number] {
  if (!range) throw new Error("a node that was read has its place");
  return [range[0], range[1]];
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

function withLineEnd(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
