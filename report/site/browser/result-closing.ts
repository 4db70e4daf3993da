import type { CaseRecord } from "../../../fuzzer/record.ts";
import { type ClosingFact, closingRows } from "../../closing-facts.ts";
import type { ResultData } from "../data/files.ts";
import type { Elem } from "./dom.ts";
import { element, plain, tableOf } from "./elements.ts";
import { type CaseWords, payloadWords } from "./result-parts.ts";

/** How the connection ended: each flag, and what it means. */
export function closingPart({ close }: CaseWords, result: ResultData, record: CaseRecord): Elem {
  const yes = (value: boolean) => (value ? "yes" : "no");
  const rows: readonly (readonly [string, string, string])[] = [
    ...closingRows((name) => closingFactText(record, name)),
    ["watchdog", yes(record.watchdog), "The watchdog ended it: no timer of the case would have."],
    ["idle", yes(record.idle), "A bulk case had no octet either way for too long."],
    ["timerFired", yes(record.timerFired), "A timer that ends a case ran out."],
    [
      "targetDied",
      yes(record.targetDied === true),
      "The target died while the case was open, also when it was played alone.",
    ],
  ];
  const codes =
    close.codes.length === 0 ? "without a code" : `close code ${close.codes.join(" or ")} or none`;
  const side = close.byFuzzer ? "the fuzzer closes" : "the peer fails the connection";
  const clean = close.clean ? "required" : "not required";
  const wanted = record.extra === undefined ? ` Expected: ${side}, ${codes}; a clean end is ${clean}.` : "";
  return element(
    "section",
    {},
    element("h2", {}, "How the connection ended"),
    element("p", {}, `${result.behaviorClose}: ${plain(result.resultClose, 1000)}.${wanted}`),
    element(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "How the connection ended" },
      tableOf("Each fact, and what it means", ["Fact", "Value", "Meaning"], rows),
    ),
  );
}

/** What a record says of a fact. */
export function closingFactText(record: CaseRecord, name: ClosingFact): string {
  const value = record[name];
  if (value === null) return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return String(value);
  // Reasons of close frames are in hexadecimal.
  return name === "wasNotCleanReason" ? plain(value, 1000) : payloadWords(value.length / 2, value);
}
