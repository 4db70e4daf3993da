/** What the chapters from 20 on are written with. */

import type { Case, Chapter, Citation, Payload } from "../case.ts";
import { headOf, requestLines, responseLines } from "../extra/heads.ts";
import type { Expectation, ExtraPlay, ExtraStep, Level, Rule, Script } from "../extra/script.ts";
import type { Role } from "../record.ts";

/** A case as a chapter writes it down; its number comes from its place. */
export interface Draft {
  readonly title: string;
  /** What the fuzzer does. */
  readonly does: string;
  /** What a conforming peer does, and what is tolerated. */
  readonly expects: string;
  readonly roles: readonly Role[];
  /** The steps of the only connection, or all connections. */
  readonly steps: readonly ExtraStep[] | readonly Script[];
  readonly rules: readonly Rule[];
  readonly deflate?: NonNullable<ExtraPlay["deflate"]>;
  readonly needs?: NonNullable<ExtraPlay["needs"]>;
  readonly limit?: NonNullable<ExtraPlay["limit"]>;
  readonly heavy?: true;
  readonly overTls?: true;
  readonly over?: NonNullable<ExtraPlay["over"]>;
  readonly practice?: string;
}

/** Roles of the target. */
export const server: readonly Role[] = ["server"];
export const client: readonly Role[] = ["client"];
export const both: readonly Role[] = ["server", "client"];

/**
 * A chapter of groups, each a name and its cases: `20.1.1` is the first of the first.
 *
 * @param all what holds of every case, unless it says otherwise
 */
export function extraChapter(
  id: string,
  title: string,
  groups: readonly { readonly title: string; readonly cases: readonly Draft[] }[],
  all: Pick<Draft, "over"> = {},
): Chapter {
  return {
    id,
    title,
    extra: true,
    groups: groups.map((group, at) => ({
      id: `${id}.${at + 1}`,
      title: group.title,
      cases: group.cases.map((draft, index) => caseOf(`${id}.${at + 1}.${index + 1}`, { ...all, ...draft })),
    })),
  };
}

function caseOf(id: string, { title, does, expects, roles, steps, rules, ...rest }: Draft): Case {
  const connections = isScripts(steps) ? steps : [{ steps }];
  return {
    id,
    title,
    description: does,
    expectation: expects,
    citations: citationsOf(rules),
    script: [],
    expected: {},
    close: { byFuzzer: true, codes: [], clean: false },
    onMessage: { rule: "compare" },
    onEnd: rules.every(({ level }) => level === "open") ? "informational" : "base",
    extra: { roles, connections, rules, ...rest },
  };
}

function isScripts(steps: Draft["steps"]): steps is readonly Script[] {
  const [first] = steps;
  return first !== undefined && "steps" in first && !("step" in first);
}

function citationsOf(rules: readonly Rule[]): Citation[] {
  const found = new Map(rules.map(({ rfc, section }) => [`${rfc} ${section}`, { rfc, section }]));
  return [...found.values()];
}

const rule =
  (level: Level) =>
  (place: string, expectation: Expectation): Rule => {
    const [rfc = "", section = ""] = place.split(" ");
    return { level, rfc: Number(rfc), section, expectation };
  };

/** Rules by their level; the place is an RFC and a section, such as `6455 5.1`. */
export const must: (place: string, expectation: Expectation) => Rule = rule("MUST");
export const should: (place: string, expectation: Expectation) => Rule = rule("SHOULD");
export const open: (place: string, expectation: Expectation) => Rule = rule("open");

/** Payloads. */
export const utf8 = (text: string): Payload => ({ hex: Buffer.from(text).toString("hex") });
export const octets = (hex: string): Payload => ({ hex: hex.replaceAll(/\s/g, "") });
export const many = (unit: string, length: number): Payload => ({
  unit: Buffer.from(unit).toString("hex"),
  length,
});
export const none: Payload = { hex: "" };

/** Expected messages. */
export const textMessage = (payload: Payload | string): { binary: false; payload: Payload } => ({
  binary: false,
  payload: typeof payload === "string" ? utf8(payload) : payload,
});
export const binaryMessage = (payload: Payload): { binary: true; payload: Payload } => ({
  binary: true,
  payload,
});

/** What is changed of a head: lines taken out or replaced by the name of their field, and lines added at the end. */
export interface HeadChange {
  readonly line?: string;
  readonly without?: readonly string[];
  readonly replace?: Readonly<Record<string, string>>;
  readonly add?: readonly string[];
}

function changed(
  lines: readonly string[],
  { line, without = [], replace = {}, add = [] }: HeadChange,
): string {
  const [first = "", ...fields] = lines;
  const kept = fields.flatMap((field) => {
    const name = field.slice(0, field.indexOf(":"));
    if (without.includes(name)) return [];
    return replace[name] ?? field;
  });
  return headOf([line ?? first, ...kept, ...add]);
}

/** The request of a fuzzing client, with changes. */
export const requestHead = (change: HeadChange = {}): string => changed(requestLines, change);

/** The response of a fuzzing server, with changes. */
export const responseHead = (change: HeadChange = {}): string => changed(responseLines, change);

/** Steps. */
export const opening: ExtraStep = { step: "open" };
export const request = (change: HeadChange = {}): ExtraStep => ({
  step: "request",
  head: requestHead(change),
});
export const response = (change: HeadChange = {}): ExtraStep => ({
  step: "response",
  head: responseHead(change),
});
export const pause = (ms: number): ExtraStep => ({ step: "pause", ms });
export const mark = (tag: string): ExtraStep => ({ step: "mark", tag });

type FrameOptions = Omit<Extract<ExtraStep, { step: "frame" }>, "step" | "opcode" | "payload">;

export const frame = (opcode: number, payload: Payload, options: FrameOptions = {}): ExtraStep => ({
  step: "frame",
  opcode,
  payload,
  ...options,
});
export const textFrame = (text: string, options: FrameOptions = {}): ExtraStep =>
  frame(1, utf8(text), options);
export const ping = (text: string, options: FrameOptions = {}): ExtraStep => frame(9, utf8(text), options);
export const pong = (text: string, options: FrameOptions = {}): ExtraStep => frame(10, utf8(text), options);

/** A close frame with a code, or none, and a reason. */
export function closeFrame(code: number | null = 1000, reason = ""): ExtraStep {
  const head = Buffer.alloc(code === null ? 0 : 2);
  if (code !== null) head.writeUInt16BE(code, 0);
  return frame(8, { hex: Buffer.concat([head, Buffer.from(reason)]).toString("hex") });
}

export const messages = (count: number, ms = 2_000, tag?: string): ExtraStep => ({
  step: "await",
  for: { what: "message", count },
  ms,
  ...(tag !== undefined && { tag }),
});
export const pongs = (count: number, ms = 2_000, tag?: string): ExtraStep => ({
  step: "await",
  for: { what: "pong", count },
  ms,
  ...(tag !== undefined && { tag }),
});
/** Waits for the peer to fail the connection: for its end of TCP. */
export const end = (ms = 1_500, tag = "end"): ExtraStep => ({ step: "await", for: { what: "end" }, ms, tag });
/** The same where the standard leaves it open: only looked at, and so not for long. */
export const brief: ExtraStep = end(600);
/** The wait that goes with rules on failing. */
export const endFor = (rules: readonly Rule[]): ExtraStep =>
  rules.every(({ level }) => level === "open") ? brief : end();
export const closed = (ms = 1_500, tag = "close"): ExtraStep => ({
  step: "await",
  for: { what: "close" },
  ms,
  tag,
});

/** The closing handshake, begun by the fuzzer. */
export const closing: readonly ExtraStep[] = [closeFrame(), closed()];

/** An ordinary connection with one echo: whoever serves it is alive. */
export const liveConnection: Script = { steps: [opening, textFrame("alive"), messages(1), ...closing] };

/** The same behind what may keep a server busy for long: the case ends when the server has time for others again. */
export const liveAgain: Script = {
  steps: [{ step: "open", ms: 60_000 }, textFrame("alive"), messages(1, 10_000), ...closing],
};

/** That the second connection was served. */
export const stillAlive: Expectation = { expect: "messages", on: 1, are: [textMessage("alive")] };

/** The peer fails the connection and delivers nothing of what it must not take. */
export const fails = (are: Extract<Expectation, { expect: "messagesWithin" }>["are"] = []): Expectation => ({
  expect: "allOf",
  of: [{ expect: "failed" }, { expect: "messagesWithin", are }],
});

/**
 * The client does not take the connection for open: it echoes nothing. Whether it ends TCP is another matter; one that
 * sends its next request there instead is read as frames, of which text can have no whole message.
 */
export const rejects: Expectation = { expect: "messages", are: [] };

/**
 * Nothing behind the peer's close frame. The sentence speaks of data frames; that a pong or a second close frame has no
 * place there either follows from section 1.4 alone.
 */
export const silentAfterClose: readonly Rule[] = [
  must("6455 5.5.1", { expect: "silentAfterClose", what: "data" }),
  should("6455 1.4", { expect: "silentAfterClose", what: "any" }),
];

/** The code that says why, where a close frame says something. */
export const says = (...codes: number[]): Expectation => ({ expect: "closeCode", among: codes });

export const echoes = (...are: { binary: boolean; payload: Payload }[]): Expectation => ({
  expect: "messages",
  are,
});
