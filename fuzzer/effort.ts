import { isBulk } from "./campaign.ts";
import type { Case, Step } from "./case.ts";
import { payloadLength } from "./digest.ts";
import { type Profile, tripsOf } from "./profile.ts";
import type { TripRule } from "./trips.ts";

/**
 * What cases cost, as far as it can be told before they are played: to play the longest first, and to keep cases apart
 * that would be in each other's way.
 */

/** Octets a ms that a good target echoes, and that pass through DEFLATE on both sides. Rough; only ratios matter. */
const echoed = 150_000;
const deflated = 20_000;

/** Ms of a round trip, of a frame, and of a piece of a frame that leaves in a turn of its own. */
const perTrip = 0.1;
const perFrame = 0.005;
const perPiece = 0.025;

/** Of the extra cases that keep a target busy: floods, messages beyond its limit, and peers that do not read. */
const heavyEffort = 500;
const heavyOctets = 16 << 20;

/** Ms that a good target takes for a bulk case; 0 for a timer-bound one, whose time is its timers. */
export function effortOf(played: Case, profile: Profile): number {
  const rule = played.onMessage;
  if (played.extra?.heavy) return heavyEffort;
  if (rule.rule === "compare") return 0;
  const trips = tripsOf(rule, profile);
  const octets = trips * rule.length;
  if (rule.rule !== "compressedRoundTrips") return trips * perTrip + octets / echoed + chops(played);
  const frames = rule.fragment > 0 ? octets / rule.fragment : 0;
  return trips * perTrip + octets / deflated + frames * perFrame;
}

/** Octets that a bulk case may have on their way at once, there and back; 0 for a timer-bound case. */
export function octetsInFlight(played: Case): number {
  const rule: TripRule | { readonly rule: "compare" } = played.onMessage;
  if (played.extra?.heavy) return heavyOctets;
  if (rule.rule === "compare") return 0;
  const sent = played.script.map((step) =>
    "payload" in step && step.payload ? payloadLength(step.payload) : 0,
  );
  return 2 * Math.max(...sent, rule.length);
}

/** Ms of the pieces in which frames of a script leave, each in a turn of its own. */
function chops({ script }: Case): number {
  const pieces = script.map((step) =>
    step.step === "frame" && step.chop ? payloadLength(step.payload) / step.chop : 0,
  );
  return pieces.reduce((sum, count) => sum + count * perPiece, 0);
}

/** A stretch of time in ms; it may have no end. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Ms before the script goes on after a wait in which nothing may keep fuzzer or target busy. */
const before = 50;

/** Ms in which a target answers what it was sent: a good one takes a few. */
const reaction = 300;

/**
 * When a case must not be disturbed, in ms since its connection was begun: all the time, unless its script waits. While
 * it waits, and the target has had time to answer what was sent before, nothing is going on that could be too late.
 *
 * @param known the case was played before, with a verdict that load cannot have caused: so it is disturbed only while the
 *   target may have to answer; should it come out otherwise all the same, it is played alone
 */
export function attentiveSpans(played: Case, known = false): readonly Span[] {
  const actions = [...actionsOf(played.script, 0)];
  if (isBulk(played) || (actions.length === 0 && !known)) return [{ from: 0, to: Infinity }];
  return [0, ...actions].map((at, index) => ({
    from: at - before,
    to: index === actions.length && !known ? Infinity : at + reaction,
  }));
}

/** When the script goes on after waits, in ms since its beginning. */
function* actionsOf(script: readonly Step[], begun: number): Generator<number> {
  for (const step of script) {
    if (step.step !== "wait") continue;
    yield begun + step.ms;
    yield* actionsOf(step.then, begun + step.ms);
  }
}
