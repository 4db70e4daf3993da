import { fieldValue, type Head, HeadReader, parseHead } from "../wire/handshake.ts";
import { checkResponse } from "../reference-impl/handshake-client.ts";
import type { Destination } from "../fuzzer/opening.ts";
import { readAnswer } from "../fuzzer/negotiation.ts";
import type { Driven } from "../fuzzer/socket.ts";

import { type Difference, difference } from "./difference.ts";
import { openingOpinion } from "./opening-opinion.ts";
import { divide, renderOpening } from "./render.ts";
import type { OpeningStream } from "./stream.ts";
import type { Patience, TalkTransport } from "./talk.ts";

/** Servers that are on their guard against slow peers give up on a request in very many pieces. */
const maxWrites = 24;

/** What came back for a request. */
export interface OpeningRecord {
  readonly request: Buffer;
  /** Null without a whole one. */
  readonly response: Head | null;
  readonly ended: "fin" | "reset" | null;
}

/** Sends a request and waits for the head of the response. Sans I/O. */
export class OpeningTalk implements Driven<OpeningRecord> {
  readonly #transport: TalkTransport;
  readonly #patience: Patience;
  readonly #request: Buffer;
  readonly #reader = new HeadReader();
  #writes: Buffer[];
  #deadline: number | null = null;
  #record: OpeningRecord | null = null;

  constructor(
    stream: OpeningStream,
    setup: { readonly to: Destination; readonly transport: TalkTransport; readonly patience: Patience },
  ) {
    this.#transport = setup.transport;
    this.#patience = setup.patience;
    this.#request = renderOpening(stream, setup.to);
    this.#writes = divide(this.#request, stream.writes, [], maxWrites);
  }

  get deadline(): number | null {
    return this.#deadline;
  }

  get wantsTurn(): boolean {
    return this.#record === null && this.#writes.length > 0;
  }

  get record(): OpeningRecord | null {
    return this.#record;
  }

  /** TCP is connected. */
  connected(now: number): void {
    this.#deadline = now + this.#patience.due;
    this.turn(now);
  }

  turn(_now: number): void {
    const next = this.#writes.shift();
    if (next !== undefined && this.#record === null) this.#transport.write(next);
  }

  receive(_now: number, octets: Buffer): void {
    if (this.#record !== null) return;
    const progress = this.#reader.push(octets);
    if (progress.state === "done") this.#finish(progress.head, null);
    if (progress.state === "tooLarge") this.#finish(parseHead(progress.raw), null);
  }

  tick(now: number): void {
    if (this.#deadline !== null && now >= this.#deadline) this.#finish(null, null);
  }

  lost(_now: number, how: "fin" | "reset" = "fin"): void {
    this.#finish(null, how);
  }

  #finish(response: Head | null, ended: OpeningRecord["ended"]): void {
    if (this.#record !== null) return;
    this.#deadline = null;
    this.#record = { request: this.#request, response, ended };
    if (ended === null) this.#transport.end();
  }
}

/** The difference between what a server made of a request and what it had to, or null. */
export function compareOpening({ request, response, ended }: OpeningRecord): Difference | null {
  const opinion = openingOpinion(request);
  const status = response === null ? null : statusOf(response);
  const opened = status === 101;
  if (opinion.verdict === "either") return null;
  if (opinion.verdict === "refuse") {
    const { rule, text } = opinion;
    const expected = `a response that refuses: ${text}`;
    if (opened) return difference("accepts", text, { rule, expected, seen: "101 Switching Protocols" });
    // Who drops TCP has at least not opened a connection.
    return response === null && ended === null
      ? difference("hangs", `no response: ${text}`, { rule, expected, seen: "nothing, and TCP stays open" })
      : null;
  }
  const rule = "RFC 6455, 4.2.2";
  const expected = "101 Switching Protocols";
  if (opened) return responseDifference(request, response!);
  if (status !== null && ownReasons.has(status)) return null;
  if (response !== null)
    return difference("refuses", "a legal request", {
      code: status,
      rule,
      expected,
      seen: response.startLine.slice(0, 80),
    });
  return ended === null
    ? difference("hangs", "a legal request, without a response", {
        rule,
        expected,
        seen: "nothing, and TCP stays open",
      })
    : difference("refuses", "a legal request, without a response", {
        rule,
        expected,
        seen: "TCP was closed",
      });
}

/** Statuses by which a server refuses what is in order: who may come (RFC 6455 section 10.2), and how much it takes. */
const ownReasons: ReadonlySet<number> = new Set([401, 403, 414, 429, 431, 503]);

/** A response opens a connection; whether it is in order. */
function responseDifference(request: Buffer, response: Head): Difference | null {
  const asked = parseHead(request.toString("latin1"));
  const fault =
    checkResponse(response, fieldValue(asked, "Sec-WebSocket-Key") ?? "")?.text ??
    agreementFault(asked, response);
  if (fault === null) return null;
  return difference("writes", fault, {
    rule: "RFC 6455, 4.2.2",
    expected: "a response that is in order",
    seen: fault,
  });
}

/** Something was agreed on that was not offered. */
function agreementFault(asked: Head, response: Head): string | null {
  const offers = fieldValue(asked, "Sec-WebSocket-Extensions");
  const answer = readAnswer(
    offers === null ? [] : [offers],
    fieldValue(response, "Sec-WebSocket-Extensions"),
  );
  if ("error" in answer) return answer.error;
  const chosen = fieldValue(response, "Sec-WebSocket-Protocol");
  const names = (fieldValue(asked, "Sec-WebSocket-Protocol") ?? "").split(",").map((name) => name.trim());
  return chosen === null || names.includes(chosen) ? null : "a subprotocol is used that was not asked for";
}

function statusOf({ startLine }: Head): number | null {
  const status = /^HTTP\/\d\.\d (\d{3})/.exec(startLine)?.[1];
  return status === undefined ? null : Number(status);
}
