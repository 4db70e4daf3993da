/** Text measured in the columns of a terminal. What comes in has been through `escapeTerminal`. */

/** Takes no column of its own: combining marks, joiners, variation selectors. */
const ZERO = /^[\p{M}\p{Cf}]$/u;

/** Takes two: East Asian wide and full-width characters, and pictures. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

/** Columns that a line takes. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** Shortens a line to so many columns, the last of them a `…` when something was cut off. */
export function truncate(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let kept = "";
  let width = 0;
  for (const character of text) {
    width += characterWidth(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return columns < 1 ? "" : `${kept}…`;
}

/** Fills a line up to so many columns; one that is wider stays as it is. */
export function pad(text: string, columns: number, side: "left" | "right"): string {
  const filling = " ".repeat(Math.max(0, columns - displayWidth(text)));
  return side === "left" ? text + filling : filling + text;
}

function characterWidth(character: string): number {
  if (ZERO.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
