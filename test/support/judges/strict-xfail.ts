import { readDetail, readRecords } from "./reports.ts";

/** Failures that are known: cases, and the text that their detail file must give as the result. */
const known: readonly { readonly cases: RegExp; readonly result: string }[] = [
  { cases: /^7\.5\.1$/, result: "The close code should have been 1007 or empty" },
  { cases: /^7\.9\.\d+$/, result: "The close code should have been 1002 or empty" },
  { cases: /^9\.[1-6]\.\d$/, result: "Did not receive message within 10 seconds." },
  { cases: /^2\.\d+$/, result: "Actual events match at least one expected." },
];

/** Looks at `behaviorClose` alone; a known failure must be there, and for the reason that is known. */
export function strictXfail(dir: string) {
  const outcomes = readRecords(dir).map(([id, record]) => [outcome(dir, id, record), id] as const);
  const of = (wanted: string) => outcomes.filter(([was]) => was === wanted).map(([, id]) => id);
  return {
    passed: of("passed").length,
    xfailed: of("xfailed"),
    xpassed: of("xpassed"),
    failed: of("failed"),
  };
}

function outcome(dir: string, id: string, record: Parameters<typeof readDetail>[1]): string {
  const { behaviorClose, result } = readDetail(dir, record);
  const isFine = behaviorClose === "OK" || behaviorClose === "INFORMATIONAL";
  const expected = known.find(({ cases }) => cases.test(id));
  if (isFine) return expected === undefined ? "passed" : "xpassed";
  return expected?.result === result ? "xfailed" : "failed";
}
