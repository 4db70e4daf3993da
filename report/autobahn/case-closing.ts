import { html, type Html } from "../html.ts";
import { closeCodeNames } from "../../wire/close.ts";

import { type ClosingFact, closingRows } from "../closing-facts.ts";
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
          ${closingRows((name) => factText(facts, name)).map(
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

function factText(facts: CaseJson, name: ClosingFact): string {
  const value = facts[name];
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "number" ? codeText(value) : orNone(value);
}

function orNone(text: string | null): string {
  return text === null ? "none" : cut(text);
}

function codeText(code: number): string {
  const name = closeCodeNames[code];
  return name === undefined ? String(code) : `${code} (${name})`;
}
