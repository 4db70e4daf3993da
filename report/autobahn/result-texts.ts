import type { Case, Step } from "../../fuzzer/case.ts";
import { eventsMatch } from "../../fuzzer/digest.ts";
import type { CaseRecord, Verdict } from "../../fuzzer/record.ts";

/**
 * The sentences of a verdict as the JSON of a case gives them. They are the judge's, but for three that
 * programs compare with the `result` of a detail file, letter by letter: those are written as Autobahn does.
 */
export function resultTexts(
  played: Case,
  record: CaseRecord,
  verdict: Verdict,
): Pick<Verdict, "result" | "resultClose"> {
  const wrongCode = verdict.behaviorClose === "WRONG CODE" ? wrongCodeText(played) : null;
  return {
    result: comparedText(played, record, wrongCode) ?? verdict.result,
    resultClose: wrongCode ?? verdict.resultClose,
  };
}

function comparedText(played: Case, record: CaseRecord, wrongCode: string | null): string | null {
  if (!record.opened || record.targetDied || played.onEnd === "informational") return null;
  if (wrongCode !== null && played.onEnd === "wrongCodeFails") return wrongCode;
  switch (played.onMessage.rule) {
    case "compare":
      return isExpected(played, record) ? "Actual events match at least one expected." : null;
    case "lengthOnly":
      return noEchoText(played, record);
    case "roundTrips":
    case "compressedRoundTrips":
      return null;
  }
}

function isExpected({ expected }: Case, record: CaseRecord): boolean {
  if (record.receivedDropped > 0) return false;
  return Object.values(expected).some((events) => eventsMatch(record.received, events));
}

/** That the one echo of 9.1 to 9.6 did not come while the case had time. */
function noEchoText({ script }: Case, { trips }: CaseRecord): string | null {
  if (trips === null || trips.right + trips.wrong > 0) return null;
  const timer = script.find(
    (step): step is Extract<Step, { step: "closeAfter" }> => step.step === "closeAfter",
  );
  return timer === undefined ? null : `Did not receive message within ${timer.ms / 1000} seconds.`;
}

function wrongCodeText({ close: { codes } }: Case): string {
  return `The close code should have been ${codes.join(",")} or empty`;
}
