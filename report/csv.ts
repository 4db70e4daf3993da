/**
 * Comma-separated values (RFC 4180). A text that a spreadsheet would take for a formula gets an apostrophe in
 * front; control characters other than line ends and tabs are left out, since no program shows them.
 */
export function csvText(rows: Iterable<readonly (string | number | boolean | null)[]>): string {
  let text = "";
  for (const row of rows) text += `${row.map(csvField).join(",")}\r\n`;
  return text;
}

function csvField(value: string | number | boolean | null): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const clean = value.replaceAll(CONTROL, "");
  const tame = /^[=+\-@\t\r]/.test(clean) ? `'${clean}` : clean;
  return /[",\r\n]/.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame;
}

/** C0 but line ends and tabs, DEL, C1, and what turns the direction of writing. */
const CONTROL = new RegExp(
  String.raw`[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]`,
  "g",
);
