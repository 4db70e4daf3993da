import type { Case } from "./case.ts";
import { eventsMatch } from "./digest.ts";
import { judgeExtra } from "./extra/judge.ts";
import type { Behavior, BehaviorClose, CaseRecord, Verdict } from "./record.ts";

/**
 * The verdict on a record, by Autobahn's rules. Pure: a stored record gives the same verdict for ever.
 *
 * Not shown by the words of the verdict: silence is OK wherever silence was asked for, so a peer that answers
 * nothing at all is told only by `behaviorClose`.
 */
export function judge(played: Case, record: CaseRecord): Verdict {
  if (record.targetDied) return died;
  if (played.extra !== undefined) return judgeExtra(played, record);
  const close = judgeClose(played, record);
  const behavior = judgeBehavior(played, record);
  return applyEndRule(played, record, applyFatalSide(played, record, { ...behavior, ...close }));
}

type CloseVerdict = Pick<Verdict, "behaviorClose" | "resultClose">;
type BehaviorVerdict = Pick<Verdict, "behavior" | "result">;

const died: Verdict = Object.freeze({
  behavior: "FAILED",
  behaviorClose: "FAILED",
  result:
    "the target died, or did not answer any more, in this case, and again when it was played alone (targetDied)",
  resultClose: "the target died",
});

const closeVerdict = (behaviorClose: BehaviorClose, resultClose: string): CloseVerdict => ({
  behaviorClose,
  resultClose,
});
const behaviorVerdict = (behavior: Behavior, result: string): BehaviorVerdict => ({ behavior, result });

/** The first rule that matches decides; a mismatch of the closing side hides everything after it. */
function judgeClose(played: Case, record: CaseRecord): CloseVerdict {
  const { byFuzzer, clean, codes } = played.close;
  if (!record.opened) {
    return closeVerdict(
      "FAILED",
      `the opening handshake was not completed: ${record.wasNotCleanReason ?? "no reason known"}`,
    );
  }
  if (byFuzzer !== record.closedByMe) {
    return closeVerdict(
      "FAILED",
      byFuzzer
        ? "the peer closed or failed the connection, not the fuzzer"
        : "the peer did not fail the connection: the fuzzer had to close it",
    );
  }
  if (clean && !record.wasClean) {
    return closeVerdict(
      "UNCLEAN",
      `no clean closing handshake: ${record.wasNotCleanReason ?? "TCP was dropped by the fuzzer"}`,
    );
  }
  if (record.remoteCloseCode !== null && !codes.includes(record.remoteCloseCode)) {
    return closeVerdict(
      "WRONG CODE",
      `the close code should have been ${codes.join(" or ")} or none, and was ${record.remoteCloseCode}`,
    );
  }
  if (record.role === "server" && record.droppedByMe) {
    return closeVerdict("FAILED BY CLIENT", "the server left it to the client to drop TCP");
  }
  return closeVerdict("OK", "the connection ended as it should");
}

function judgeBehavior(played: Case, record: CaseRecord): BehaviorVerdict {
  if (!record.opened) return behaviorVerdict("FAILED", "the opening handshake was not completed");
  if (played.onMessage.rule !== "compare") return judgeTrips(played.onMessage, record);
  const matched = record.receivedDropped > 0 ? undefined : matchingBehavior(played, record);
  if (matched === undefined)
    return behaviorVerdict("FAILED", "what was received differs from every expectation");
  return behaviorVerdict(matched, `what was received is what the case expects (${matched})`);
}

function matchingBehavior(played: Case, record: CaseRecord): "OK" | "NON-STRICT" | undefined {
  const names = ["OK", "NON-STRICT"] as const;
  return names.find((name) => {
    const events = played.expected[name];
    return events !== undefined && eventsMatch(record.received, events);
  });
}

function judgeTrips(
  rule: Exclude<Case["onMessage"], { rule: "compare" }>,
  record: CaseRecord,
): BehaviorVerdict {
  const { right, wrong, last, lastWrong } = record.trips!;
  // Who sends something unasked is not excused by having no compression.
  if (rule.rule === "compressedRoundTrips" && record.deflate === null && wrong === 0) {
    return behaviorVerdict(
      "UNIMPLEMENTED",
      "permessage-deflate was not negotiated, so there was nothing to test",
    );
  }
  const wanted = `${rule.binary ? "binary" : "text"} messages of ${rule.length} octets`;
  // In 9.1 to 9.6 a right echo stands whatever comes before or after; in 9.7 and 9.8 the last word counts.
  const ok = rule.rule === "lengthOnly" ? right > 0 : last === "complete";
  if (ok) return behaviorVerdict("OK", `${right} of ${right} echoes were ${wanted}`);
  if (wrong > 0 && lastWrong !== null) {
    const got = `${lastWrong.binary ? "binary" : "text"} message of ${lastWrong.length} octets`;
    return behaviorVerdict("FAILED", `expected ${wanted}, and received a ${got}`);
  }
  const how =
    record.closedByMe || record.remoteCloseCode === null
      ? "ended"
      : `was closed by the peer with ${record.remoteCloseCode}`;
  return behaviorVerdict("FAILED", `the connection ${how} after ${right} echoes, before the case was done`);
}

/** In the UTF-8 cases a connection closed by the wrong side is a failure to detect, or to accept, the text. */
function applyFatalSide(played: Case, record: CaseRecord, verdict: Verdict): Verdict {
  const wrongSide = record.opened && record.closedByMe !== played.close.byFuzzer;
  return played.close.wrongSideIsFatal && wrongSide ? { ...verdict, behavior: "FAILED" } : verdict;
}

function applyEndRule(played: Case, record: CaseRecord, verdict: Verdict): Verdict {
  switch (played.onEnd) {
    case "base":
      return verdict;
    case "wrongCodeFails":
      if (verdict.behaviorClose !== "WRONG CODE") return verdict;
      return { ...verdict, behavior: "FAILED", result: verdict.resultClose };
    case "informational":
      return informational(verdict);
    case "frameCount":
      return framesAreSplit(played, record)
        ? verdict
        : { ...verdict, behavior: "FAILED", result: "frames were not split as announced" };
  }
}

function informational(verdict: Verdict): Verdict {
  const base = `taken for itself this would be ${verdict.behavior} / ${verdict.behaviorClose}`;
  return {
    behavior: "INFORMATIONAL",
    behaviorClose: "INFORMATIONAL",
    result: `for information only; ${base}: ${verdict.result}`,
    resultClose: `for information only: ${verdict.resultClose}`,
  };
}

/** Whether the data frames sent are those that the script's fragmented message must give. */
function framesAreSplit(played: Case, record: CaseRecord): boolean {
  const step = played.script.find((candidate) => candidate.step === "message");
  if (!record.opened || step?.step !== "message" || step.fragment === undefined) return false;
  const length = "hex" in step.payload ? step.payload.hex.length / 2 : step.payload.length;
  const continuations = Math.floor(length / step.fragment);
  return record.txFrames["0"] === continuations && record.txFrames[step.opcode] === 1;
}
