/**
 * What a target did, held against what the reference endpoint makes of the same octets. The RFCs leave much open, and what
 * any reading allows is no difference:
 *
 * - What breaks a rule may be noticed with the octet that breaks it, or when the frame ends; a text that is not UTF-8 when
 *   the message ends. Answers to what came before may be lost with the connection.
 * - Who fails a connection may say so in a close frame, with whatever code, or drop TCP.
 * - Of several pings only the last need be answered (RFC 6455 section 5.5.3), and pongs may come unasked.
 * - Octets that a reset of TCP may have thrown away are not missed.
 */

import type { CloseContent } from "../wire/close.ts";

import { closeText, type Difference, difference, ruleName } from "./difference.ts";
import { altered, type Echo, echoesOf, echoText, lost, matchEchoes, reordered } from "./echoes.ts";
import type { Observation, Seen, SeenOpening } from "./observation.ts";
import type { Opinion } from "./opinion.ts";
import { ownFault } from "./own-fault.ts";

/** How far a talk is, as far as what a peer owes goes. */
export type Progress =
  /** The peer closes. */
  | "closed"
  /** All answers are there, and the talk goes on. */
  | "done"
  /** All that can be seen is there, and the talk need not end well. */
  | "settled"
  /** The peer owes nothing more. */
  | "idle"
  /** The peer goes on where it should not. */
  | "late"
  /** Something is due. */
  | "due";

const order: readonly Progress[] = ["closed", "done", "settled", "idle", "late", "due"];

/**
 * How far a talk is in the reading in which it is furthest.
 *
 * @param sentinel null when no ping was sent, since it would not be read as one
 */
export function progressOf(
  opinions: readonly Opinion[],
  events: readonly Seen[],
  sentinel: string | null,
): Progress {
  if (events.some(({ type }) => type === "close")) return "closed";
  if (events.some(({ type }) => type === "violation")) return "idle";
  const found = new Set(opinions.map((opinion) => progressIn(opinion, events, sentinel)));
  return order.find((progress) => found.has(progress))!;
}

function progressIn({ answers, end }: Opinion, events: readonly Seen[], sentinel: string | null): Progress {
  const ponged = sentinel !== null && hasPong(events, sentinel);
  switch (end.state) {
    case "open": {
      if (echoesOf(events).length < echoesOf(answers).length) return "due";
      if (end.swallowed) return "idle";
      return ponged ? "done" : "due";
    }
    case "closed":
      return "due";
    case "unclear":
      if (sentinel === null) return "idle";
      return ponged ? "settled" : "late";
    case "failed":
      if (end.must && end.whole) return ponged ? "late" : "due";
      if (sentinel === null || !end.whole) return "idle";
      return ponged ? "settled" : "late";
  }
}

/** The difference between a target and the rules that no reading explains, or null. */
export function compare(
  opinions: readonly Opinion[],
  seen: Observation,
  sentinel: string,
): Difference | null {
  if (seen.opening.state !== "open") return openingDifference(seen.opening, seen);
  const own = ownFault(seen.events);
  if (own !== null) return returned(opinions[0]!.end, own) ?? own;
  const differences = opinions.map((opinion) => differenceIn(opinion, seen, sentinel));
  return differences.includes(null) ? null : differences[0]!;
}

/** A legal request was answered with something else than an open connection. */
function openingDifference(opening: Exclude<SeenOpening, { state: "open" }>, seen: Observation): Difference {
  const expected = "an open connection";
  if (opening.state === "none") {
    const how = seen.ended === null ? "no answer" : "TCP was closed without an answer";
    return difference(seen.ended === null ? "hangs" : "refuses", "a legal request, without a response", {
      rule: "RFC 6455, 4.2.2",
      expected,
      seen: how,
    });
  }
  const { status, text } = opening;
  if (status === 101)
    return difference("writes", text, {
      rule: /_window_bits|_takeover|permessage/.test(text) ? "RFC 7692, 7.1" : "RFC 6455, 4.2.2",
      expected: "a response that is in order",
      seen: text,
    });
  return difference("refuses", "a legal request", {
    code: status,
    rule: "RFC 6455, 4.2.2",
    expected,
    seen: text,
  });
}

/** What it sends is no text because what it was sent is none. */
function returned(end: Opinion["end"], own: Difference): Difference | null {
  if (end.state !== "failed" || end.failure.section !== "8.1" || own.rule !== ruleName("8.1")) return null;
  return difference("takes", end.failure.text, {
    rule: ruleName("8.1"),
    expected: `the connection fails: ${end.failure.text}`,
    seen: "it goes on, and sends back what is no text",
  });
}

function differenceIn(opinion: Opinion, seen: Observation, sentinel: string): Difference | null {
  const { end } = opinion;
  const wrong = wrongEcho(opinion, seen);
  if (wrong !== null) return wrong;
  switch (end.state) {
    case "open":
      return end.doomed && hasEnded(seen) ? null : whileOpen(opinion, end.swallowed, seen, sentinel);
    case "unclear":
      return null;
    case "closed":
      return end.doomed && hasEnded(seen) ? null : afterClose(seen, end.code);
    case "failed":
      return afterFailure(end, seen, sentinel);
  }
}

/** A message that came back and should not, or is another one. */
function wrongEcho({ answers, end }: Opinion, { events }: Observation): Difference | null {
  const { wrong, missing } = matchEchoes(echoesOf(answers), echoesOf(events));
  if (wrong === null) return null;
  // Where a message that was in order is missing, the wrong one stands for it rather than for one that was not: they come
  // back in their order.
  return missing !== null && end.state !== "unclear" ? altered(missing, wrong) : surplus(end, wrong);
}

function surplus(end: Opinion["end"], echo: Echo): Difference | null {
  const seen = echoText(echo);
  if (end.state === "unclear") return null;
  if (end.state === "open")
    return difference("alters", "a message that was not sent", {
      rule: "RFC 6455, 5.4",
      expected: "no further message",
      seen,
    });
  if (end.state === "closed")
    return difference("takes", "a message behind a close frame", {
      level: "open",
      rule: "RFC 6455, 5.5.1",
      expected: "nothing is read behind a close frame",
      seen,
    });
  const { failure, must } = end;
  return difference("takes", failure.text, {
    level: must ? "must" : "open",
    rule: ruleName(failure.section, failure.text),
    expected: `the connection fails: ${failure.text}`,
    seen: `it goes on, with ${seen}`,
  });
}

/** Codes that say that the peer broke a rule, or that the sender is at its wits' end (RFC 6455 section 7.4.1). */
const accusing: ReadonlySet<number> = new Set([1002, 1003, 1007, 1010, 1011]);

/** Nothing is wrong with the stream: answers, a pong, and then our close frame is answered. */
function whileOpen(
  { answers }: Opinion,
  swallowed: boolean,
  seen: Observation,
  sentinel: string,
): Difference | null {
  if (!seen.closed && hasEnded(seen)) return endedEarly(seen);
  const { missing, early } = matchEchoes(echoesOf(answers), echoesOf(seen.events));
  if (missing !== null)
    return lost(
      missing,
      `nothing${hasPong(seen.events, sentinel) ? ", though a ping sent later was answered" : ""}`,
    );
  if (swallowed) return null;
  if (!hasPong(seen.events, sentinel))
    return difference("no-pong", "", {
      rule: "RFC 6455, 5.5.2",
      expected: `a pong with 0x${sentinel}`,
      seen: pongsText(seen),
    });
  return afterClose(seen, seen.sentCode) ?? (early === null ? null : reordered(early));
}

/** The target ended a talk in which nothing was wrong. */
function endedEarly(seen: Observation): Difference {
  const close = closeOf(seen);
  const expected = "the talk goes on";
  if (close === undefined) {
    const how = seen.ended === "reset" ? "TCP was reset" : "TCP was closed without a close frame";
    return difference("fails", `without a close frame`, { rule: "RFC 6455, 7.3", expected, seen: how });
  }
  // Who says that the peer broke a rule, or that it failed itself, is wrong; other codes are no accusation.
  const isFault = close.code !== null && accusing.has(close.code);
  const reason = close.reason?.toString("utf8") ?? "";
  return difference("fails", reason, {
    code: close.code,
    level: isFault ? "must" : "open",
    rule: "RFC 6455, 7.4.1",
    expected,
    seen: closeText(close),
  });
}

/** A close frame of ours, legal, was sent last. */
function afterClose(seen: Observation, code: number | null): Difference | null {
  const close = closeOf(seen);
  if (close !== undefined) {
    if (seen.waitedFor === null) return accusation(close, seen);
    return difference("keeps-tcp", "", {
      rule: "RFC 6455, 5.5.1",
      expected: "a server closes TCP at once when both close frames are sent",
      seen: "TCP stays open",
    });
  }
  // A reset may have thrown the close frame away.
  if (seen.ended === "reset") return null;
  // Codes that were registered after RFC 6455 are unknown to it, and who does not know them may fail the connection.
  const isLater = code !== null && code >= 1012 && code <= 1014;
  return difference(
    "no-close",
    [...(isLater ? ["a later code"] : []), ...(seen.ended === null ? ["TCP stays open"] : [])].join(", "),
    {
      level: isLater && seen.ended !== null ? "open" : "must",
      rule: "RFC 6455, 5.5.1",
      expected: "a close frame",
      seen: seen.ended === null ? "nothing" : "TCP was closed without one",
    },
  );
}

/** A close frame that was in order is answered as if it had not been; which code is to stand there is left open. */
function accusation(close: CloseContent, { closed, sentCode }: Observation): Difference | null {
  if (!closed || close.code === sentCode || close.code === null || !accusing.has(close.code)) return null;
  return difference("fails", "a close frame that was in order", {
    code: close.code,
    level: "open",
    rule: "RFC 6455, 5.5.1",
    expected: "a close frame that does not speak of an error",
    seen: closeText(close),
  });
}

function afterFailure(
  { failure, must, whole }: Extract<Opinion["end"], { state: "failed" }>,
  seen: Observation,
  sentinel: string,
): Difference | null {
  if (hasEnded(seen)) return null;
  const facts = {
    level: must ? "must" : "open",
    rule: ruleName(failure.section, failure.text),
    expected: `the connection fails: ${failure.text}`,
  } as const;
  if (hasPong(seen.events, sentinel))
    return difference("takes", failure.text, {
      ...facts,
      seen: "it goes on, and answers the ping behind it",
    });
  if (!must || !whole) return null;
  return difference("ignores", failure.text, { ...facts, seen: "neither a close frame nor the end of TCP" });
}

function hasPong(events: readonly Seen[], sentinel: string): boolean {
  return events.some((seen) => seen.type === "pong" && seen.payload.toString("hex") === sentinel);
}

/** It closed, one way or the other. */
function hasEnded(seen: Observation): boolean {
  return seen.ended !== null || closeOf(seen) !== undefined;
}

function closeOf({ events }: Observation) {
  return events.find((seen): seen is Extract<Seen, { type: "close" }> => seen.type === "close");
}

function pongsText({ events }: Observation): string {
  const pongs = events.flatMap((seen) =>
    seen.type === "pong" ? [`0x${seen.payload.toString("hex", 0, 24)}`] : [],
  );
  return pongs.length === 0 ? "no pong" : `pongs with ${pongs.slice(0, 5).join(", ")}`;
}
