/**
 * A second opinion on Autobahn's arguable verdicts: how the RFC's own words read where Autobahn asks for more, or for
 * something else. It stands beside the faithful verdict, and never in its place.
 */

import type { Case, ExpectedEvent } from "./case.ts";
import { payloadDigest, sameOctets } from "./digest.ts";
import type { Behavior, CaseRecord, Digest, RecordedEvent, Verdict } from "./record.ts";

/** What a strict reader of the RFC would say of a play, and why. */
export interface RfcReading {
  readonly behavior: Behavior;
  /** Where the RFC says so, or does not, in a sentence. */
  readonly why: string;
}

interface Argument {
  readonly cases: RegExp;
  /** Null where it has nothing to say of the play. */
  readonly read: (played: Case, record: CaseRecord, verdict: Verdict) => RfcReading | null;
}

const reading = (behavior: Behavior, why: string): RfcReading => ({ behavior, why });

const table: readonly Argument[] = [
  {
    cases: /^2\.1[01]$/,
    read: (played, record, { behavior }) =>
      behavior === "FAILED" &&
      isSubsequenceWithLast(pongsOf(record.received), pongsOf(played.expected.OK ?? []))
        ? reading(
            "NON-STRICT",
            "only the latest of several pings has to be answered (RFC 6455 section 5.5.3)",
          )
        : null,
  },
  {
    cases: /^(3\.[234]|4\.1\.[34]|4\.2\.[345]|5\.15)$/,
    read: (_, __, { behavior }) =>
      behavior === "NON-STRICT"
        ? reading(
            "OK",
            "nothing says that earlier messages are answered before a connection is failed (RFC 6455 section 7.1.7)",
          )
        : null,
  },
  {
    cases: /^5\.(19|20)$/,
    read: (played, record, { behavior }) =>
      behavior === "FAILED" && sameSet(record.received, played.expected.OK ?? [])
        ? reading(
            "NON-STRICT",
            "pongs should come as soon as is practical, and need not come before the echo (RFC 6455 section 5.5.2)",
          )
        : null,
  },
  {
    cases: /^6\.4\.[34]$/,
    read: (_, __, { behavior }) =>
      behavior === "OK"
        ? null
        : reading("INFORMATIONAL", "when a broken text must be noticed is not said (RFC 6455 section 8.1)"),
  },
  {
    cases: /^7\.1\.5$/,
    read: (_, { remoteCloseCode }, { behavior }) =>
      behavior === "FAILED" && remoteCloseCode === 1002
        ? reading(
            "NON-STRICT",
            "an answer typically repeats the code, and a message that does not end may be called an error (RFC 6455 section 5.5.1)",
          )
        : null,
  },
  {
    cases: /^7\.7\.8$/,
    read: (_, { role }, { behavior }) =>
      role === "client" && behavior !== "OK"
        ? reading(
            "INFORMATIONAL",
            "1010 is a code that clients send, and not servers (RFC 6455 section 7.4.1)",
          )
        : null,
  },
  {
    cases: /^7\.9\.[36789]$/,
    read: (_, __, { behavior, behaviorClose }) =>
      behavior === "FAILED" || behaviorClose !== "OK"
        ? reading(
            "INFORMATIONAL",
            "the code is reserved, and that it must be refused is not said (RFC 6455 section 7.4)",
          )
        : null,
  },
  {
    cases: /^9\./,
    read: (_, { trips, timerFired }, { behavior }) =>
      behavior === "FAILED" && timerFired && trips !== null && trips.wrong === 0
        ? reading("INFORMATIONAL", "how long an echo may take is not said")
        : null,
  },
];

/** The second opinion on a verdict; null where the RFC's words come to the same, or the target died. */
export function rfcReading(played: Case, record: CaseRecord, verdict: Verdict): RfcReading | null {
  if (record.targetDied || played.extra !== undefined) return null;
  const argument = table.find(({ cases }) => cases.test(played.id));
  const read = argument?.read(played, record, verdict) ?? null;
  if (read !== null || verdict.behaviorClose !== "FAILED BY CLIENT") return read;
  return reading(
    verdict.behavior,
    "a client should leave the end of TCP to the server, and need not (RFC 6455 section 7.1.1)",
  );
}

function pongsOf(events: readonly (RecordedEvent | ExpectedEvent)[]): readonly Digest[] {
  return events.flatMap((event) => (event.event === "pong" ? [digestIn(event.payload)] : []));
}

function digestIn(payload: Extract<RecordedEvent | ExpectedEvent, { event: "pong" }>["payload"]): Digest {
  return "head" in payload ? payload : payloadDigest(payload);
}

/** Some of what was expected, in order, the last among them. */
function isSubsequenceWithLast(received: readonly Digest[], expected: readonly Digest[]): boolean {
  let at = 0;
  for (const each of received) {
    while (at < expected.length && !sameOctets(each, expected[at]!)) at++;
    if (at++ >= expected.length) return false;
  }
  const [last, wanted] = [received.at(-1), expected.at(-1)];
  return last !== undefined && wanted !== undefined && sameOctets(last, wanted);
}

/** The same events, in any order. */
function sameSet(received: readonly RecordedEvent[], expected: readonly ExpectedEvent[]): boolean {
  const key = (event: RecordedEvent | ExpectedEvent): string => {
    if (event.event === "timeout") return `timeout ${event.tag}`;
    const { length, head } = "head" in event.payload ? event.payload : payloadDigest(event.payload);
    return `${event.event} ${length} ${head}`;
  };
  return received.map(key).toSorted().join() === expected.map(key).toSorted().join();
}
