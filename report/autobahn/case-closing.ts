import { html, type Html } from "../html.ts";
import { closeCodeNames } from "../../wire/close.ts";

import type { CaseJson, ReportedResult } from "./case-json.ts";
import { cut, sentence, shownClose } from "./words.ts";

/** The part of a case's page that tells how the connection ended. */
export function closing({ verdict, record }: ReportedResult, facts: CaseJson): Html {
  const { style } = shownClose(facts.behaviorClose, facts.remoteCloseCode);
  const { closedByMe, closeCode, requireClean } = facts.expectedClose;
  const codes = Array.isArray(closeCode) ? closeCode.join(" or ") : "";
  const wanted =
    closedByMe === undefined
      ? null
      : html`<p>
          Expected: ${closedByMe ? "the fuzzer" : "the peer"} closes; close code ${codes} or none; a clean end
          is ${requireClean ? "required" : "not required"}.
        </p> `;
  return html`<h2>How the connection ended</h2>
    <p>
      <span class="verdict ${style}">${facts.behaviorClose}</span>
      ${sentence(verdict.resultClose)}
    </p>
    ${wanted}${record.watchdog && html`<p>The watchdog ended it: no timer of the case would have.</p> `}${record.idle && html`<p>The case was idle for too long and was closed.</p> `}
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Fact</th>
            <th scope="col">Value</th>
            <th scope="col">Meaning</th>
          </tr>
        </thead>
        <tbody>
          ${closingRows(facts).map(
            ([name, value, meaning]) =>
              html`<tr>
                <th scope="row">${name}</th>
                <td>${value}</td>
                <td>${meaning}</td>
              </tr> `,
          )}
        </tbody>
      </table>
    </div> `;
}

/** Name, value and meaning. */
function closingRows(facts: CaseJson): (readonly [string, string, string])[] {
  return [
    ["closedByMe", yesOrNo(facts.closedByMe), "The fuzzer sent the first close frame."],
    [
      "failedByMe",
      yesOrNo(facts.failedByMe),
      "The fuzzer failed the connection: an error of the peer's, or no time left.",
    ],
    ["droppedByMe", yesOrNo(facts.droppedByMe), "The fuzzer ended TCP."],
    ["wasClean", yesOrNo(facts.wasClean), "Both sides finished the closing handshake."],
    ["wasNotCleanReason", orNone(facts.wasNotCleanReason), "Why not."],
    [
      "wasServerConnectionDropTimeout",
      yesOrNo(facts.wasServerConnectionDropTimeout),
      "The server did not end TCP in time after the closing handshake.",
    ],
    [
      "wasOpenHandshakeTimeout",
      yesOrNo(facts.wasOpenHandshakeTimeout),
      "The opening handshake was not finished in time.",
    ],
    [
      "wasCloseHandshakeTimeout",
      yesOrNo(facts.wasCloseHandshakeTimeout),
      "The peer did not answer the fuzzer's close frame in time.",
    ],
    ["localCloseCode", codeText(facts.localCloseCode), "In the fuzzer's close frame."],
    ["localCloseReason", orNone(facts.localCloseReason), "In the fuzzer's close frame."],
    ["remoteCloseCode", codeText(facts.remoteCloseCode), "In the peer's close frame."],
    ["remoteCloseReason", orNone(facts.remoteCloseReason), "In the peer's close frame."],
  ];
}

function yesOrNo(value: boolean): string {
  return value ? "yes" : "no";
}

function orNone(text: string | null): string {
  return text === null ? "none" : cut(text);
}

function codeText(code: number | null): string {
  if (code === null) return "none";
  const name = closeCodeNames[code];
  return name === undefined ? String(code) : `${code} (${name})`;
}
