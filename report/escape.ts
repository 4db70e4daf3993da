/**
 * Text from a target (agent names, close reasons, logs) on its way to a terminal (design section 9).
 *
 * Nothing of it may move the cursor, change colours, start a line, or turn the direction of what follows.
 */

/** C0, DEL, C1, directional marks and controls, line and paragraph separators, byte order mark. */
const CONTROL = String.raw`[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]`;

/** The same, and half surrogate pairs. With the `u` flag a whole pair does not match. */
const UNSAFE = new RegExp(String.raw`${CONTROL}|\p{Cs}`, "gu");

const SHORT: Readonly<Record<string, string>> = {
  "\n": String.raw`\n`,
  "\r": String.raw`\r`,
  "\t": String.raw`\t`,
};

/** Characters kept when no other cap is named. */
export const ESCAPE_CAP = 200;

/**
 * One line of harmless text: control characters become `\n`, `\x1b` or `\u202e`.
 *
 * A backslash of the text stays as it is, so the result is for reading and cannot be turned back.
 *
 * @param cap characters (code points of the input) kept; what is cut off leaves a `…`
 */
export function escapeTerminal(text: string, cap: number = ESCAPE_CAP): string {
  const kept = firstCharacters(text, cap);
  const safe = kept.replaceAll(UNSAFE, escapeCharacter);
  return kept.length < text.length ? `${safe}…` : safe;
}

/** The same for JSON text that is shown on a terminal: it stays the same JSON, escaped further. */
export function escapeJson(json: string): string {
  return json.replaceAll(UNSAFE, (character) => `\\u${hex(character, 4)}`);
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return SHORT[character] ?? (code < 0x100 ? `\\x${hex(character, 2)}` : `\\u${hex(character, 4)}`);
}

function hex(character: string, digits: number): string {
  return (character.codePointAt(0) ?? 0).toString(16).padStart(digits, "0");
}

/** The first `count` code points, without looking at the rest. */
function firstCharacters(text: string, count: number): string {
  if (text.length <= count) return text;
  let end = 0;
  for (let taken = 0; taken < count && end < text.length; taken += 1) {
    end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
  }
  return text.slice(0, end);
}
