/**
 * The facts on Autobahn's cases (test/facts/cases.json), and our cases said in the same form.
 */

import { readFileSync } from "node:fs";

import { z } from "zod";

import type { Case, ExpectedEvent, Payload, Step } from "../../../fuzzer/case.ts";
import type { CatalogueEntry } from "../../../fuzzer/catalogue.ts";

/** How the facts say that a message is cut. */
const framesSchema = z.object({
  count: z.number(),
  dataFramesFull: z.number().optional(),
  lastFramePayload: z.number().optional(),
});

const bytesSchema = z.object({ kind: z.literal("bytes"), hex: z.string(), length: z.number() });
const repeatSchema = z.object({ kind: z.literal("repeat"), unitHex: z.string(), length: z.number() });
const payloadSchema = z.discriminatedUnion("kind", [bytesSchema, repeatSchema]);

const stepSchema = z.looseObject({ step: z.string(), frames: framesSchema.optional() });

const factSchema = z.object({
  id: z.string(),
  index: z.number(),
  category: z.string(),
  group: z.string(),
  summary: z.string(),
  events: z.record(z.string(), z.array(z.unknown())),
  expectedClose: z.record(z.string(), z.unknown()),
  expectedCloseSetAt: z.string(),
  suppressClose: z.boolean(),
  onMessage: z.record(z.string(), z.unknown()),
  onLost: z.string(),
  timers: z.record(z.string(), z.number()),
  reportTime: z.boolean(),
  reportCompressionRatio: z.boolean(),
  roleDependent: z.boolean(),
  script: z.array(stepSchema),
});

/** How a message is cut; the second and third member only where there is more than one frame. */
export type FactFrames = z.infer<typeof framesSchema>;
/** A step of the facts; the members depend on `step`. */
export type FactStep = z.infer<typeof stepSchema>;
/** One case of the facts, with the members that are of interest. */
export type Fact = z.infer<typeof factSchema>;

const file = new URL("../../facts/cases.json", import.meta.url);
const compressed = new Set(["12", "13"]);

/** The 301 cases of the facts that do without compression, by id and in order. */
export const facts: ReadonlyMap<string, Fact> = new Map(
  z
    .object({ cases: z.array(z.looseObject({ category: z.string() })) })
    .parse(JSON.parse(readFileSync(file, "utf8")))
    .cases.filter(({ category }) => !compressed.has(category))
    .map((each) => factSchema.parse(each))
    .map((fact) => [fact.id, fact]),
);

/** @throws RangeError when there is no uncompressed case of that id */
export function factOf(id: string): Fact {
  const fact = facts.get(id);
  if (fact === undefined) throw new RangeError(`the facts know no uncompressed case ${id}`);
  return fact;
}

/** Payloads up to so many octets are compared octet by octet, longer ones by unit and length. */
const shortPayload = 4096;

/** The part of a fact that a case of ours must reproduce, with payloads in one form. */
export function comparable(fact: Fact): unknown {
  const { after: _words, ...onMessage } = fact.onMessage;
  return {
    index: fact.index,
    category: fact.category,
    group: fact.group,
    events: onePayloadForm(fact.events),
    expectedClose: fact.expectedClose,
    suppressClose: fact.suppressClose,
    onMessage,
    // How the reason of 7.5.1 is shown is no matter of the case.
    onLost: fact.onLost.replace("+hexReason", ""),
    timers: fact.timers,
    reportTime: fact.reportTime,
    script: onePayloadForm(fact.script),
  };
}

/** A case of ours in the form that {@link comparable} gives. */
export function asFact({ index, case: each, chapter, group }: CatalogueEntry): unknown {
  const { close, suppressClose = false } = each;
  return {
    index,
    category: chapter.id,
    group: group.id,
    events: Object.fromEntries(
      Object.entries(each.expected).map(([name, list]) => [name, list.map(factEvent)]),
    ),
    expectedClose: {
      closedByMe: close.byFuzzer,
      closeCode: close.codes,
      requireClean: close.clean,
      closedByWrongEndpointIsFatal: close.wrongSideIsFatal ?? false,
    },
    suppressClose,
    onMessage: factRule(each),
    onLost: each.onEnd,
    timers: timersOf(each.script, 0),
    reportTime: each.reportTime ?? false,
    script: each.script.map(factStep),
  };
}

/** How the message steps of a script are cut, by the rule that a message of n whole fragments ends with an empty one. */
export function cuts(script: readonly Step[]): FactFrames[] {
  return script.flatMap((step) => {
    if (step.step !== "message") return [];
    const { fragment } = step;
    const length = octetCount(step.payload);
    if (fragment === undefined || length <= fragment) return [{ count: 1 }];
    const full = Math.floor(length / fragment);
    return [{ count: full + 1, dataFramesFull: full, lastFramePayload: length - full * fragment }];
  });
}

/** What the facts say on {@link cuts}. */
export function factCuts(script: readonly FactStep[]): FactFrames[] {
  return script.flatMap(({ frames }) => {
    if (frames === undefined) return [];
    const { count, dataFramesFull, lastFramePayload } = frames;
    if (dataFramesFull === undefined || lastFramePayload === undefined) return [{ count }];
    return [{ count, dataFramesFull, lastFramePayload }];
  });
}

function octetCount(payload: Payload): number {
  return "hex" in payload ? payload.hex.length / 2 : payload.length;
}

function factEvent(event: ExpectedEvent): unknown[] {
  if (event.event === "timeout") return ["timeout", event.tag];
  const payload = ourPayload(event.payload);
  return event.event === "pong" ? ["pong", payload] : ["message", payload, event.binary];
}

function factRule({ onMessage, close, suppressClose = false }: Case): unknown {
  if (onMessage.rule === "compare") {
    const closes = close.byFuzzer && !suppressClose;
    return {
      rule: "recordAndCompare",
      closesWhenAllListsEqual: closes,
      closeCodeSent: closes ? close.codes[0] : null,
    };
  }
  const { rule, binary, length } = onMessage;
  const wanted = { rule, wantBinary: binary, wantLength: length };
  return rule === "lengthOnly" ? wanted : { ...wanted, count: onMessage.count };
}

function factStep(step: Step): object {
  switch (step.step) {
    case "frame":
      return {
        step: "sendFrame",
        opcode: step.opcode,
        fin: step.fin ?? true,
        rsv: step.rsv ?? 0,
        payload: ourPayload(step.payload),
        ...(step.chop === undefined ? {} : { chop: step.chop }),
        ...(step.sync === undefined ? {} : { sync: step.sync }),
      };
    case "message":
      return {
        step: "sendMessage",
        opcode: step.opcode,
        payload: ourPayload(step.payload),
        fragmentSize: step.fragment ?? null,
      };
    case "close":
      return {
        step: "sendClose",
        code: step.code ?? null,
        reason: step.reason === undefined ? null : ourPayload(step.reason),
      };
    case "rawHeader":
      return {
        step: "rawFrameHeader",
        opcode: step.opcode,
        fin: step.fin,
        rsv: 0,
        announcedLength: step.length,
      };
    case "rawOctets":
      return { step: "rawFrameBytes", payload: ourPayload(step.payload) };
    case "killAfter":
    case "closeAfter":
      return { step: step.step, seconds: step.ms / 1000 };
    case "wait":
      return factWait(step);
    case "log":
      break;
  }
  return { step: "wirelog", on: step.on, logEntry: step.noted };
}

function factWait({ ms, tag, while: state, then: steps }: Extract<Step, { step: "wait" }>): object {
  return Object.fromEntries([
    ["step", "wait"],
    ["seconds", ms / 1000],
    ["tag", tag ?? null],
    [state === "open" ? "onlyIfStateOpen" : "onlyIfStateNotClosed", true],
    ...(tag === undefined ? [] : [["recordEvent", ["timeout", tag]] as const]),
    // oxlint-disable-next-line unicorn/no-thenable -- data in the form of the facts; nothing awaits it
    ["then", steps.map(factStep)],
  ]);
}

/** The deadline of a script, and behind how many waits it is armed. */
function timersOf(script: readonly Step[], waits: number): Record<string, number> {
  const timers: Record<string, number> = {};
  for (const step of script) {
    if (step.step === "wait") Object.assign(timers, timersOf(step.then, waits + 1));
    if (step.step !== "killAfter" && step.step !== "closeAfter") continue;
    timers[step.step] = step.ms / 1000;
    if (waits > 0) timers["armedAfterWaits"] = waits;
  }
  return timers;
}

/** A payload of ours in the form in which payloads are compared. */
function ourPayload(payload: Payload): string {
  if ("hex" in payload) return payload.hex;
  return repeated(payload.unit, payload.length);
}

function repeated(unit: string, length: number): string {
  if (length > shortPayload) return `${unit} up to ${length}`;
  return unit.repeat(Math.ceil((length * 2) / unit.length)).slice(0, length * 2);
}

/** The same with payloads in the form of {@link ourPayload} and without `frames`, which {@link factCuts} gives. */
function onePayloadForm(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(onePayloadForm);
  if (typeof value !== "object" || value === null) return value;
  if ("kind" in value) return factPayload(payloadSchema.parse(value));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== "frames")
      .map(([name, inner]) => [name, onePayloadForm(inner)]),
  );
}

function factPayload(payload: z.infer<typeof payloadSchema>): string {
  if (payload.kind === "repeat") return repeated(payload.unitHex, payload.length);
  if (payload.hex.length !== payload.length * 2) throw new TypeError(`${payload.hex} has another length`);
  return payload.hex;
}
