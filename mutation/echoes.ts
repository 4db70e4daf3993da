/** The messages that came back, held against those that were sent. */

import { type Difference, difference, payloadText } from "./difference.ts";
import type { Seen } from "./observation.ts";
import type { Answer } from "./opinion.ts";

/** A message that is sent back. */
export type Echo = Extract<Answer, { type: "echo" }>;

/** How what came back stands to what was sent. */
export interface EchoMatch {
  /** The first that came back and was not sent so. */
  readonly wrong: Echo | null;
  /** The first that was sent and did not come back. */
  readonly missing: Echo | null;
  /** The first that came back before one that was sent earlier. */
  readonly early: Echo | null;
}

/** The echoes among answers, or among what was seen. */
export function echoesOf(all: readonly (Answer | Seen)[]): readonly Echo[] {
  return all.filter((each): each is Echo => each.type === "echo");
}

/** Finds for each message that came back the first that was sent so and has no other. */
export function matchEchoes(sent: readonly Echo[], seen: readonly Echo[]): EchoMatch {
  const left = [...sent];
  let [wrong, early]: (Echo | null)[] = [null, null];
  for (const echo of seen) {
    const at = left.findIndex((each) => each.binary === echo.binary && each.payload.equals(echo.payload));
    if (at < 0) wrong ??= echo;
    else left.splice(at, 1);
    if (at > 0) early ??= echo;
  }
  return { wrong: wrong ?? null, missing: left[0] ?? null, early: early ?? null };
}

/** One did not come back. */
export function lost(missing: Echo, seen: string): Difference {
  return difference("loses", "a message", {
    rule: "RFC 6455, 5.6",
    expected: echoText(missing),
    seen,
  });
}

/** One came back as another. */
export function altered(sent: Echo, echo: Echo): Difference {
  const what =
    sent.binary !== echo.binary
      ? `${typeName(sent)} comes back as ${typeName(echo)}`
      : "a message comes back with other octets";
  return difference("alters", what, {
    rule: "RFC 6455, 5.6",
    expected: echoText(sent),
    seen: echoText(echo),
  });
}

/** All came back, and one before its turn. A server that answers messages side by side may do so. */
export function reordered(echo: Echo): Difference {
  return difference("reorders", "", {
    level: "open",
    rule: "RFC 6455, 5.4",
    expected: "messages come back in their order",
    seen: `${echoText(echo)} comes before one that was sent earlier`,
  });
}

/** A message in a few words. */
export function echoText(echo: Echo): string {
  return `${typeName(echo)} ${payloadText(echo.payload, echo.binary)}`;
}

const typeName = ({ binary }: Echo): string => (binary ? "a binary message" : "a text");
