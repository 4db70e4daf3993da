import type { Behavior, BehaviorClose } from "../../fuzzer/record.ts";

/** How a verdict is shown: a word, and the class that colours it. */
export interface Shown {
  readonly word: string;
  readonly style: string;
}

/** The colour of failure; scripts count this name in the index. */
export const failedClass = "case_failed";

const byBehavior: Readonly<Record<Behavior, Shown>> = {
  OK: { word: "Pass", style: "case_ok" },
  "NON-STRICT": { word: "Non-Strict", style: "case_non_strict" },
  INFORMATIONAL: { word: "Info", style: "case_info" },
  UNIMPLEMENTED: { word: "Unimplemented", style: "case_unimplemented" },
  FAILED: { word: "Fail", style: failedClass },
};

/** A behavior in a word. */
export function shownBehavior(behavior: Behavior): Shown {
  return byBehavior[behavior];
}

/** How a connection ended: the peer's close code where there is one to speak of. */
export interface ShownClose extends Shown {
  /** What is wrong with it, so that nothing is told by colour alone; null when nothing is. */
  readonly remark: string | null;
}

/** How a connection ended, in a word. */
export function shownClose(behaviorClose: BehaviorClose, remoteCloseCode: number | null): ShownClose {
  const code = remoteCloseCode === null ? "None" : String(remoteCloseCode);
  switch (behaviorClose) {
    case "OK":
      return { word: code, style: "case_ok", remark: null };
    case "INFORMATIONAL":
      return { word: code, style: "case_info", remark: null };
    case "FAILED BY CLIENT":
      return { word: code, style: "case_almost", remark: "TCP ended by client" };
    case "WRONG CODE":
      return { word: code, style: "case_non_strict", remark: "wrong code" };
    case "UNCLEAN":
      return { word: "Unclean", style: failedClass, remark: null };
    case "FAILED":
      return { word: "Fail", style: failedClass, remark: null };
  }
}

/** What the words of the index mean. */
export const legend: readonly (Shown & { readonly meaning: string })[] = [
  { ...byBehavior.OK, meaning: "What the peer sent is what the case expects." },
  {
    ...byBehavior["NON-STRICT"],
    meaning: "Tolerated: the peer keeps to the protocol, but does not do what it should, or what is usual.",
  },
  {
    ...byBehavior.FAILED,
    meaning:
      "The peer breaks a rule of the protocol; in chapter 9 it may just have been too slow, or have a limit on sizes.",
  },
  { ...byBehavior.INFORMATIONAL, meaning: "For information only: the protocol leaves it open." },
  {
    ...byBehavior.UNIMPLEMENTED,
    meaning: "The peer did not agree to the compression that the case is about.",
  },
  { word: "Missing", style: "case_missing", meaning: "The case was not played, or has not come to its end." },
];

/** Characters shown of any text of the peer's. */
const most = 1000;

/** The beginning of a text of the peer's. */
export function cut(text: string): string {
  return text.length > most ? `${text.slice(0, most)} ...` : text;
}

/** A sentence from a verdict, with a capital and a full stop. */
export function sentence(text: string): string {
  const whole = cut(text);
  return whole.charAt(0).toUpperCase() + whole.slice(1) + (/[.!?]$/.test(whole) ? "" : ".");
}
