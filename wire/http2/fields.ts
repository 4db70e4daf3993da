/** A field of HTTP/2: its name, which begins with a colon where it is a pseudo-header field, and its value, both as latin-1. */
export type FieldLine = readonly [name: string, value: string];

/** The first value of a field, by its name as it is written; null without one. */
export function valueOf(fields: readonly FieldLine[], name: string): string | null {
  return fields.find(([each]) => each === name)?.[1] ?? null;
}
