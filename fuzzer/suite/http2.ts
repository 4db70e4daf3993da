/** What the cases about HTTP/2 are written with, beside what all chapters from 20 on have. */

import { ErrorCode, FrameType } from "../../wire/http2/frame.ts";
import type { FieldLine } from "../../wire/http2/fields.ts";

import type { Payload } from "../case.ts";
import { openingFields } from "../extra/http2/fields.ts";
import type { Http2Expectation, Http2Script } from "../extra/http2/script.ts";
import { responsePatience } from "../extra/patience.ts";
import type { Expectation, ExtraStep, Rule, Script } from "../extra/script.ts";
import {
  closing,
  type Draft,
  echoes,
  messages,
  must,
  none,
  octets,
  opening,
  server,
  should,
  stillAlive,
  textFrame,
  textMessage,
} from "./extra.ts";

/** What is changed of the fields of a request: some taken out or replaced by their names, others added at either end. */
export interface FieldChange {
  readonly without?: readonly string[];
  readonly replace?: Readonly<Record<string, string>>;
  readonly add?: readonly FieldLine[];
  readonly before?: readonly FieldLine[];
}

/** The fields of the ordinary opening handshake, with changes. */
export function fieldsWith({
  without = [],
  replace = {},
  add = [],
  before = [],
}: FieldChange): readonly FieldLine[] {
  const kept = openingFields.flatMap(([name, value]) =>
    without.includes(name) ? [] : [[name, replace[name] ?? value] as const],
  );
  return [...before, ...kept, ...add];
}

/** How a request is put into frames. */
type Framing = Omit<
  Extract<Extract<ExtraStep, { step: "http2" }>["send"], { send: "headers" }>,
  "send" | "fields"
>;

/** A request, and the wait for its answer. */
export const asking = (fields: readonly FieldLine[], framing: Framing = {}): readonly ExtraStep[] => [
  { step: "http2", send: { send: "headers", fields, ...framing } },
  { step: "await", for: { what: "response" }, ms: responsePatience, tag: "response" },
];

/** A frame of HTTP/2 in the stream, as it is. */
export const streamFrame = (type: number, payload: Payload, flags = 0): ExtraStep => ({
  step: "http2",
  send: { send: "frame", on: "stream", type, flags, payload },
});

/** A frame of HTTP/2 for all of the connection, as it is. */
export const connectionFrame = (type: number, payload: Payload, flags = 0): ExtraStep => ({
  step: "http2",
  send: { send: "frame", on: "connection", type, flags, payload },
});

/** DATA without any octets. */
export const emptyData: ExtraStep = streamFrame(FrameType.data, none);

/** Lets the peer send so many octets more in the stream. */
export const openWindow = (count: number): ExtraStep =>
  streamFrame(FrameType.windowUpdate, octets(count.toString(16).padStart(8, "0")));

/** A script in a stream of the connection of the one before. */
export const sharing = (steps: readonly ExtraStep[], more: Omit<Script, "steps"> = {}): Script => ({
  ...more,
  steps,
  http2: { ...more.http2, sharing: true },
});

/** An ordinary stream with one echo, on the connection of the one before: whether it still serves is seen by a rule. */
export const anotherStream: Script = sharing([
  ...asking(openingFields),
  textFrame("alive"),
  messages(1),
  ...closing,
]);

/** A script with something of HTTP/2 to it. */
export const over = (http2: Http2Script, steps: readonly ExtraStep[]): readonly Script[] => [
  { steps, http2 },
];

/** Something of HTTP/2 that is looked for. */
export const http2 = (expectation: Http2Expectation): Expectation => ({ expect: "http2", ...expectation });

/** The peer says that it does not do what was asked: by a status, or an error of stream or connection. */
export const saysNo: Expectation = {
  expect: "anyOf",
  of: [{ expect: "status", among: [3, 4, 5] }, http2({ what: "error" })],
};

/** A malformed request is answered by a status of its own, or as an error (RFC 9113 section 8.1.1). */
export const saysMalformed: Expectation = {
  expect: "anyOf",
  of: [
    { expect: "status", among: [4, 5] },
    http2({ what: "error", codes: Object.values(ErrorCode).filter((code) => code !== ErrorCode.noError) }),
  ],
};

/** A message, its echo and the closing handshake. */
export const hello: readonly ExtraStep[] = [textFrame("hello"), messages(1), ...closing];
/** An ordinary stream with one echo. */
export const echo: readonly ExtraStep[] = [opening, ...hello];
/** The message of {@link hello} came back. */
export const echoed: Expectation = echoes(textMessage("hello"));
/** The same as a rule. */
export const isEchoed: Rule = must("6455 5.6", echoed);
/** The peer keeps the rules of HTTP/2. */
export const lawful: Expectation = { expect: "http2", what: "lawful" };

/** The same connection serves another stream. What happens in one stream does not end others, but it may. */
export const streamAlive: Rule = should("9113 5.4.2", stillAlive);

/** Something that a server takes, shown by an echo. */
export const takes = (
  title: string,
  does: string,
  steps: Draft["steps"],
  rules: readonly Rule[] = [isEchoed],
  practice?: string,
): Draft => ({
  title,
  does,
  expects: "The message is echoed.",
  roles: server,
  steps,
  rules,
  ...(practice !== undefined && { practice }),
});
