import { html, type Html, htmlPage } from "#report/html.ts";
import { closeCodeNames } from "#wire/close.ts";

import { caseJson, type CaseJson, type EventJson, type ReportedResult, type StatisticJson } from "./case-json.ts";
import type { ReportHead } from "./index-html.ts";
import { baseStyle, caseStyle, failedStyle, verdictStyle } from "./style.ts";
import { wireLines } from "./wire-lines.ts";
import { shownBehavior, shownClose } from "./words.ts";

/** The page of a result: the verdict, what was expected and observed, how it ended, and what went over the wire. */
export function caseHtml(result: ReportedResult, head: ReportHead): string {
  const facts = caseJson(result);
  const { word } = shownBehavior(facts.behavior);
  return htmlPage({
    title: `${word}: case ${facts.id}, ${facts.agent}`,
    style: baseStyle + verdictStyle + failedStyle + caseStyle,
    body: html`<main>
<p><a href="index.html">All results</a></p>
${heading(result, facts)}${description(result)}${outcome(result, facts)}${closing(result, facts)}${handshake(facts)}${statistics(facts)}${wireLog(result)}</main>
<footer class="faint"><p>Made by ${head.generator}.</p></footer>
`,
  });
}

function heading({ entry }: ReportedResult, facts: CaseJson): Html {
  const { word, style } = shownBehavior(facts.behavior);
  const { title } = entry.case;
  return html`<h1><span class="verdict ${style}">${word}</span> ${facts.id} ${title}</h1>
<dl class="facts">
<dt>Agent</dt><dd><bdi>${facts.agent}</bdi></dd>
<dt>Case</dt><dd>${facts.id} (number ${facts.case}), ${entry.chapter.title} / ${entry.group.title}</dd>
<dt>Verdict</dt><dd>${facts.behavior} / ${facts.behaviorClose}</dd>
<dt>Started</dt><dd>${facts.started} (UTC)</dd>
<dt>Duration</dt><dd>${facts.duration} ms</dd>
<dt>The fuzzer was</dt><dd>the ${facts.isServer ? "server" : "client"}</dd>
</dl>
`;
}

function description({ entry: { case: played } }: ReportedResult): Html {
  const sections = played.citations.map(({ rfc, section }) => `RFC ${rfc} section ${section}`);
  return html`<h2>The case</h2>
<p>${played.description}</p>
<h3>Expected</h3>
<p>${played.expectation}</p>
<p class="faint">Rests on ${sections.join(", ")}.</p>
`;
}

function outcome({ record, verdict }: ReportedResult, { expected, received }: CaseJson): Html {
  const lists = Object.entries(expected);
  const dropped = record.receivedDropped;
  return html`<h2>Outcome</h2>
<p>${sentence(verdict.result)}</p>
${lists.map(([behavior, events]) => html`<h3>Events expected for ${behavior}</h3>\n${eventList(events)}`)}<h3>Events observed</h3>
${eventList(received)}${dropped > 0 && html`<p>${dropped} more events were not kept.</p>\n`}${tripCounts(record.trips)}${record.internalError !== null && html`<p>The fuzzer could not process what it received: ${cut(record.internalError)}</p>\n`}`;
}

function tripCounts(trips: ReportedResult["record"]["trips"]): Html | null {
  if (trips === null) return null;
  const { sent, right, wrong } = trips;
  return html`<p>Messages of this case are counted: ${sent} sent in the loop, ${right} right echoes, ${wrong} wrong ones.</p>
`;
}

function eventList(events: readonly EventJson[]): Html {
  if (events.length === 0) return html`<p>None.</p>\n`;
  return html`<ol class="events">
${events.map((event) => html`<li>${eventText(event)}</li>\n`)}</ol>
`;
}

function eventText(event: EventJson): Html {
  switch (event[0]) {
    case "message":
      return html`${event[2] ? "binary" : "text"} message <code>${cut(event[1])}</code>`;
    case "pong":
      return html`pong <code>${cut(event[1])}</code>`;
    case "timeout":
      return html`wait ${event[1]} was over`;
  }
}

/** Characters shown of any text of the peer's. */
const most = 1000;

function cut(text: string): string {
  return text.length > most ? `${text.slice(0, most)} ...` : text;
}

function closing({ verdict, record }: ReportedResult, facts: CaseJson): Html {
  const { word, style, remark } = shownClose(facts.behaviorClose, facts.remoteCloseCode);
  const { closedByMe, closeCode, requireClean } = facts.expectedClose;
  const codes = Array.isArray(closeCode) ? closeCode.join(" or ") : "";
  const wanted =
    closedByMe === undefined
      ? null
      : html`<p>Expected: ${closedByMe ? "the fuzzer" : "the peer"} closes; close code ${codes} or none; a clean end is ${requireClean ? "required" : "not required"}.</p>\n`;
  return html`<h2>How the connection ended</h2>
<p><span class="verdict ${style}">${facts.behaviorClose}</span> ${word}${remark !== null && html` (${remark})`}: ${sentence(verdict.resultClose)}</p>
${wanted}${record.watchdog && html`<p>The watchdog ended it: no timer of the case would have.</p>\n`}${record.idle && html`<p>The case was idle for too long and was closed.</p>\n`}<div class="scroll"><table>
<thead><tr><th scope="col">Fact</th><th scope="col">Value</th><th scope="col">Meaning</th></tr></thead>
<tbody>
${closingRows(facts).map(([name, value, meaning]) => html`<tr><th scope="row">${name}</th><td>${value}</td><td>${meaning}</td></tr>\n`)}</tbody>
</table></div>
`;
}

function closingRows(facts: CaseJson): (readonly [string, string, string])[] {
  const row = (name: keyof CaseJson & string, meaning: string) => [name, valueText(facts[name]), meaning] as const;
  return [
    row("closedByMe", "The fuzzer sent the first close frame."),
    row("failedByMe", "The fuzzer failed the connection, over an error of the peer's or at the end of its time."),
    row("droppedByMe", "The fuzzer ended TCP."),
    row("wasClean", "Both sides finished the closing handshake."),
    row("wasNotCleanReason", "Why not."),
    row("wasServerConnectionDropTimeout", "The server did not end TCP in time after the closing handshake."),
    row("wasOpenHandshakeTimeout", "The opening handshake was not finished in time."),
    row("wasCloseHandshakeTimeout", "The peer did not answer the fuzzer's close frame in time."),
    ["localCloseCode", codeText(facts.localCloseCode), "In the fuzzer's close frame."],
    row("localCloseReason", "In the fuzzer's close frame."),
    ["remoteCloseCode", codeText(facts.remoteCloseCode), "In the peer's close frame."],
    row("remoteCloseReason", "In the peer's close frame."),
  ];
}

function valueText(value: unknown): string {
  if (value === null) return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return cut(String(value));
}

function codeText(code: number | null): string {
  if (code === null) return "none";
  const name = closeCodeNames[code];
  return name === undefined ? String(code) : `${code} (${name})`;
}

function handshake({ httpRequest, httpResponse }: CaseJson): Html {
  return html`<h2>Opening handshake</h2>
<h3>Request</h3>
<pre>${headLines(httpRequest)}</pre>
<h3>Response</h3>
<pre>${headLines(httpResponse)}</pre>
`;
}

/** Line ends of HTTP are line ends of the page; any other control character is spelled out. */
function headLines(head: string): string {
  return head.replaceAll("\r\n", "\n").trimEnd();
}

function statistics(facts: CaseJson): Html {
  const { trafficStats } = facts;
  const traffic =
    trafficStats &&
    html`<h3>Compression</h3>
<div class="tables"><table><tbody>
${Object.entries(trafficStats).map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${figure(value)}</td></tr>\n`)}</tbody></table></div>
`;
  return html`<h2>Statistics</h2>
<h3>Octets by size of a read or write</h3>
<div class="tables">
${sizeTable("Received", facts.rxOctetStats)}${sizeTable("Sent", facts.txOctetStats)}</div>
<h3>Frames by opcode</h3>
<div class="tables">
${opcodeTable("Received", facts.rxFrameStats)}${opcodeTable("Sent", facts.txFrameStats)}</div>
${traffic}`;
}

function figure(value: NonNullable<CaseJson["trafficStats"]>[string]): string | number {
  if (value === null) return "none";
  return typeof value === "number" ? value : value.value.toFixed(3);
}

type Cell = string | number;

function sizeTable(caption: string, statistic: StatisticJson): Html {
  const rows = [...statistic].map(([size, count]): Cell[] => [
    size,
    count,
    typeof size === "number" ? size * count : "",
  ]);
  const whole = statistic.size > 0 && !statistic.has("other");
  const octets = [...statistic].reduce((sum, [size, count]) => sum + Number(size) * count, 0);
  const total: Cell[] = ["Total", totalOf(statistic), whole ? octets : ""];
  return table(caption, ["Size", "Count", "Octets"], rows, total);
}

function opcodeTable(caption: string, statistic: StatisticJson): Html {
  return table(caption, ["Opcode", "Count"], [...statistic], ["Total", totalOf(statistic)]);
}

function totalOf(statistic: StatisticJson): number {
  return [...statistic.values()].reduce((sum, count) => sum + count, 0);
}

function table(
  caption: string,
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
  total: readonly Cell[],
): Html {
  const cells = (row: readonly Cell[]) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>\n`;
  return html`<table><caption>${caption}</caption>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${rows.map(cells)}</tbody>
<tfoot>${cells(total)}</tfoot>
</table>
`;
}

function wireLog({ record }: ReportedResult): Html {
  const cutNote = record.logDropped > 0 && html`<p>${record.logDropped} more entries were not kept.</p>\n`;
  return html`<h2>Wire log</h2>
<p class="faint">Milliseconds since the case began; negative during the opening handshake. Of more than 60 octets, the first 64 are shown.</p>
<ol class="wire">
${wireLines(record.log).map(({ kind, t, text }) => html`<li class="${kind}"><span class="t">${t.toFixed(1)}</span>  ${text}</li>\n`)}<li class="end"><span class="t">${record.duration.toFixed(1)}</span>  ${record.droppedByMe ? "the fuzzer ended TCP" : "the peer ended TCP"}</li>
</ol>
${cutNote}`;
}

function sentence(text: string): string {
  const whole = cut(text);
  return whole.charAt(0).toUpperCase() + whole.slice(1) + (/[.!?]$/.test(whole) ? "" : ".");
}
