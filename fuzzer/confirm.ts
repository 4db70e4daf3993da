import type { Case } from "./case.ts";
import { eventsAreProperPrefix } from "./digest.ts";
import type { CaseRecord, Verdict } from "./record.ts";

/**
 * Whether a busy machine, ours or the target's, can have caused this verdict: something came too late or not
 * at all. Wrong octets, cases that are always informational and what a target does not implement are final.
 */
export function mayBeLoad(played: Case, record: CaseRecord, verdict: Verdict): boolean {
  if (played.extra !== undefined) return isWorseThanOpen(record, verdict);
  if (played.onEnd === "informational" || record.targetDied || verdict.behavior === "UNIMPLEMENTED")
    return false;
  // A timer that fires before a slow echo leaves the verdict as it is, and changes the close code.
  if (verdict.behavior === "OK" && verdict.behaviorClose === "OK") return record.timerFired;
  if (verdict.behavior === "NON-STRICT" || verdict.behaviorClose === "UNCLEAN") return true;
  if (!record.closedByMe && record.remoteCloseCode !== null && faultsOfMessages.has(record.remoteCloseCode))
    return false;
  return record.timerFired || !record.opened || isUnfinished(played, record);
}

/** Close codes by which a peer says that it did not like what it got (RFC 6455 section 7.4.1): not a matter of load. */
const faultsOfMessages: ReadonlySet<number> = new Set([1002, 1003, 1007, 1008, 1009, 1010]);

/** Of an extra case it is not known which of its facts need time, so whatever is held against a target is doubtful. */
function isWorseThanOpen(record: CaseRecord, { behavior }: Verdict): boolean {
  return !record.targetDied && (behavior === "FAILED" || behavior === "NON-STRICT");
}

/** What was received is right so far, and not all of it. */
function isUnfinished(played: Case, record: CaseRecord): boolean {
  if (record.trips !== null) return record.trips.wrong === 0;
  return Object.values(played.expected).some((events) => eventsAreProperPrefix(record.received, events));
}
