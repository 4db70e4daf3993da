import { PLACEHOLDER } from "../config/placeholders.ts";

/** A command line cannot be taken apart. The message says where and what to do. */
export class CommandLineError extends Error {
  override readonly name = "CommandLineError";
}

// What a shell would act upon, where it stands unquoted. No shell runs the command, so it would be passed on.
const OPERATOR = /[|&;<>`()]/;
const EXPANSION = /^\$(?:[A-Za-z_{(]|[0-9?$#@*!-])/;

/**
 * Splits a command line into words as a POSIX shell does: blanks part words, single quotes keep everything,
 * double quotes keep everything but `\"`, `\\`, `\$` and a quoted backquote, and elsewhere a backslash keeps the
 * next character. There is no shell: pipes, redirections, variables and the like are refused, not passed on.
 *
 * @param backslashQuotes false on Windows, where a backslash outside of quotes parts folders
 * @throws {CommandLineError} a quote is not closed, a shell would be needed, or there is no word
 */
export function splitCommand(
  text: string,
  backslashQuotes = process.platform !== "win32",
): readonly string[] {
  const words: string[] = [];
  let word: string | null = null;
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
      at += 1;
      continue;
    }
    const piece = readPiece(text, at, backslashQuotes);
    word = (word ?? "") + piece.value;
    at = piece.end;
  }
  if (word !== null) words.push(word);
  if (words.length === 0) throw new CommandLineError("the command is empty: write the program to start");
  return words;
}

/** What the braces in commands and variables stand for. */
export type Placeholders = Readonly<Record<string, string>>;

/** Replaces `{name}` by its value. What is not a placeholder stays as it is. */
export function fillIn(text: string, values: Placeholders): string {
  return text.replaceAll(PLACEHOLDER, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
  );
}

/** A command for people: words that a shell would take apart are quoted. */
export function showCommand(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./{}-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`))
    .join(" ");
}

/** A part of a word, and where it ends. */
interface Piece {
  readonly value: string;
  readonly end: number;
}

function readPiece(text: string, at: number, backslashQuotes: boolean): Piece {
  const char = text.charAt(at);
  if (char === "'") return readSingleQuoted(text, at);
  if (char === '"') return readDoubleQuoted(text, at);
  if (char === "\\" && backslashQuotes) return { value: text.charAt(at + 1), end: at + 2 };
  if (OPERATOR.test(char) || EXPANSION.test(text.slice(at))) throw needsShell(text, at);
  return { value: char, end: at + 1 };
}

function readSingleQuoted(text: string, at: number): Piece {
  const close = text.indexOf("'", at + 1);
  if (close < 0) throw notClosed(at, "'");
  return { value: text.slice(at + 1, close), end: close + 1 };
}

function readDoubleQuoted(text: string, start: number): Piece {
  let value = "";
  let at = start + 1;
  while (at < text.length) {
    const char = text.charAt(at);
    if (char === '"') return { value, end: at + 1 };
    const escaped = char === "\\" && '"\\$`'.includes(text.charAt(at + 1) || " ");
    if (!escaped && (char === "`" || EXPANSION.test(text.slice(at)))) throw needsShell(text, at);
    value += escaped ? text.charAt(at + 1) : char;
    at += escaped ? 2 : 1;
  }
  throw notClosed(start, '"');
}

function notClosed(at: number, quote: string): CommandLineError {
  return new CommandLineError(`the quote ${quote} at character ${at + 1} of the command is not closed`);
}

function needsShell(text: string, at: number): CommandLineError {
  return new CommandLineError(
    `\`${text.charAt(at)}\` at character ${at + 1} of the command needs a shell, and none runs it: ` +
      `put it in single quotes to pass it on, or write sh -c '...'`,
  );
}
