/** An instruction of a Dockerfile: its first word in capitals, and the lines that it takes, the last one exclusive. */
export interface Instruction {
  readonly word: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Finds the instructions of a Dockerfile. Comments and blank lines are none; an instruction goes on behind a line that
 * ends with the escape character, and through the documents (`<<END`) that follow it.
 */
export function instructionsOf(lines: readonly string[]): readonly Instruction[] {
  const escape = escapeOf(lines);
  const instructions: Instruction[] = [];
  let at = 0;
  while (at < lines.length) {
    const word = /^\s*([A-Za-z]+)(\s|$)/.exec(lines[at] ?? "")?.[1]?.toUpperCase();
    const from = at;
    at = endOf(lines, at, escape);
    if (word === undefined) continue;
    if (HAVE_DOCUMENTS.has(word)) at = skipDocuments(lines, from, at);
    instructions.push({ word, from, to: at });
  }
  return instructions;
}

const HAVE_DOCUMENTS = new Set(["RUN", "COPY", "ADD"]);

/** A directive among the first lines may name another character than the backslash. */
function escapeOf(lines: readonly string[]): string {
  for (const line of lines) {
    const [, name, value] = /^\s*#\s*(\w+)\s*=\s*(\S+)\s*$/.exec(line) ?? [];
    if (name === undefined) break;
    if (name.toLowerCase() === "escape" && value === "`") return value;
  }
  return "\\";
}

/** The line behind those that belong together. Comments among them do not end them. */
function endOf(lines: readonly string[], start: number, escape: string): number {
  const isComment = (line: string): boolean => /^\s*(#|$)/.test(line);
  if (isComment(lines[start] ?? "")) return start + 1;
  let at = start;
  while (at < lines.length) {
    const line = (lines[at] ?? "").trimEnd();
    at += 1;
    if (!line.endsWith(escape) && !(at - 1 > start && isComment(line))) break;
  }
  return at;
}

function skipDocuments(lines: readonly string[], from: number, to: number): number {
  const text = lines.slice(from, to).join("\n");
  let at = to;
  for (const [, dash, name = ""] of text.matchAll(/<<(-?)["']?([A-Za-z_]\w*)["']?/g)) {
    const isEnd = (line: string): boolean => (dash === "-" ? line.replace(/^\t+/, "") : line) === name;
    const end = lines.findIndex((line, index) => index >= at && isEnd(line));
    // Without an end it was no document, but an operator of a shell.
    if (end >= 0) at = end + 1;
  }
  return at;
}

/**
 * Puts lines into each stage that runs something, right behind its FROM. A stage that runs nothing is left alone: it
 * may not even have a shell.
 */
export function injectIntoStages(text: string, injected: readonly string[]): string {
  const lines = text.split(/\r?\n/);
  const instructions = instructionsOf(lines);
  const stages = instructions.filter(({ word }) => word === "FROM");
  const behind = new Set(
    stages
      .filter((stage, index) => {
        const end = stages[index + 1]?.from ?? lines.length;
        return instructions.some(({ word, from }) => word === "RUN" && from > stage.from && from < end);
      })
      .map(({ to }) => to),
  );
  const result = lines.flatMap((line, index) => (behind.has(index) ? [...injected, line] : [line]));
  return result.join("\n");
}
