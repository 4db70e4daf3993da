/** Starts of HTTP messages that are drawn at random: what requests and responses have in common. */

import type { Dice } from "./dice.ts";
import type { Writes } from "./stream.ts";

/** A field line; both parts as they are to stand there. */
export interface Field {
  readonly name: string;
  readonly value: string;
}

/** A request or a response. */
export interface Start {
  readonly line: string;
  readonly fields: readonly Field[];
}

/** The lines of a start, each with an ending, and how they are written. */
export function drawLines(
  dice: Dice,
  { line, fields }: Start,
): { readonly lines: readonly string[]; readonly writes: Writes } {
  const spoiltEnding = dice.percent(3) ? dice.below(fields.length + 1) : -1;
  const lines = [line, ...fields.map((field) => lineOf(dice, field))];
  const ended = lines.map((each, index) => each + (spoiltEnding === index ? "\n" : "\r\n"));
  return { lines: ended, writes: drawWrites(dice) };
}

function drawWrites(dice: Dice): Writes {
  return dice.weighted<Writes>([
    [6, { by: "whole" }],
    [2, { by: "size", sizes: [dice.between(1, 4), dice.between(20, 100)] }],
    [1, { by: "size", sizes: [dice.between(2, 9)] }],
  ]);
}

/** White space around a value means nothing (RFC 9112 section 5). */
function lineOf(dice: Dice, { name, value }: Field): string {
  const before = dice.weighted([
    [8, " "],
    [1, ""],
    [1, "  "],
    [1, "\t"],
  ]);
  return `${name}:${before}${value}${dice.percent(5) ? " " : ""}`;
}

/** Names of fields have no case (RFC 9110 section 5.1). */
export function inAnyCase(dice: Dice, name: string): string {
  const kind = dice.below(10);
  if (kind === 0) return name.toLowerCase();
  return kind === 1 ? name.toUpperCase() : name;
}

/** Fields that a message has as often as is said, of 100. */
export function someFields(
  dice: Dice,
  all: readonly (readonly [often: number, draw: () => Field])[],
): Field[] {
  return all.flatMap(([often, draw]) => (dice.percent(often) ? [draw()] : []));
}

/** A start that says the same whichever way it is written: names in any case, and often in another order. */
export function arranged(dice: Dice, line: string, fields: readonly Field[]): Start {
  const named = fields.map(({ name, value }) => ({ name: inAnyCase(dice, name), value }));
  return { line, fields: dice.percent(60) ? shuffled(dice, named) : named };
}

/** Fields that spoil any message, or should not, each as often as is said. */
export function oddFields(dice: Dice): readonly (readonly [often: number, (start: Start) => Start])[] {
  return [
    [2, adding(dice.pick(["X-Space ", "Sec-WebSocket-Protocol "]), "chat")],
    [1, adding("X-Folded", "a\r\n b")],
    [1, adding("Content-Length", "0")],
    [1, adding("X-Control", "a\u0001b")],
    [1, adding("X-Latin", "\u00e4\u00ff")],
  ];
}

/** The same in another order. */
export function shuffled<T>(dice: Dice, list: readonly T[]): T[] {
  const left = [...list];
  return list.map(() => left.splice(dice.below(left.length), 1)[0]!);
}

/** Without the fields of a name. */
export const without = (name: string) => (start: Start) => ({
  ...start,
  fields: start.fields.filter((field) => field.name.toLowerCase() !== name.toLowerCase()),
});

/** With one field of a name, at the end. */
export const setting = (name: string, value: string) => (start: Start) => {
  const rest = without(name)(start);
  return { ...rest, fields: [...rest.fields, { name, value }] };
};

/** With one field more. */
export const adding = (name: string, value: string) => (start: Start) => ({
  ...start,
  fields: [...start.fields, { name, value }],
});

/** With another first line. */
export const saying = (line: string) => (start: Start) => ({ ...start, line });
