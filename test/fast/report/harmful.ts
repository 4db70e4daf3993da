/** Characters of a text that may never reach a terminal from a target, as numbers; `\n` is let through. */
export function harmfulCharacters(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0).filter(isHarmful);
}

function isHarmful(code: number): boolean {
  if (code < 0x20) return code !== 0x0a;
  if (code >= 0x7f && code <= 0x9f) return true;
  if (code >= 0xd800 && code <= 0xdfff) return true;
  return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}
