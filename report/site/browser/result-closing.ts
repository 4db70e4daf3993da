import type { CaseRecord } from "../../../fuzzer/record.ts";
import type { ResultData } from "../data/files.ts";
import type { Elem } from "./dom.ts";
import { element, plain, tableOf } from "./elements.ts";
import { type CaseWords, payloadWords } from "./result-parts.ts";

/** How the connection ended: each flag, and what it means. */
export function closingPart({ close }: CaseWords, result: ResultData, record: CaseRecord): Elem {
  const yes = (value: boolean) => (value ? "yes" : "no");
  const reason = (hex: string | null) => (hex === null ? "none" : payloadWords(hex.length / 2, hex));
  const code = (value: number | null) => (value === null ? "none" : String(value));
  const rows: readonly (readonly [string, string, string])[] = [
    ["closedByMe", yes(record.closedByMe), "The fuzzer sent the first close frame."],
    [
      "failedByMe",
      yes(record.failedByMe),
      "The fuzzer failed the connection: an error of the peer's, or no time left.",
    ],
    ["droppedByMe", yes(record.droppedByMe), "The fuzzer ended TCP."],
    ["wasClean", yes(record.wasClean), "Both sides finished the closing handshake."],
    ["wasNotCleanReason", plain(record.wasNotCleanReason ?? "none", 1000), "Why not."],
    [
      "wasServerConnectionDropTimeout",
      yes(record.wasServerConnectionDropTimeout),
      "The server did not end TCP in time after the closing handshake.",
    ],
    [
      "wasOpenHandshakeTimeout",
      yes(record.wasOpenHandshakeTimeout),
      "The opening handshake was not finished in time.",
    ],
    [
      "wasCloseHandshakeTimeout",
      yes(record.wasCloseHandshakeTimeout),
      "The peer did not answer the fuzzer's close frame in time.",
    ],
    ["localCloseCode", code(record.localCloseCode), "In the fuzzer's close frame."],
    ["localCloseReason", reason(record.localCloseReason), "In the fuzzer's close frame."],
    ["remoteCloseCode", code(record.remoteCloseCode), "In the peer's close frame."],
    ["remoteCloseReason", reason(record.remoteCloseReason), "In the peer's close frame."],
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
