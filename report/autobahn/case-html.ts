import { html, type Html, htmlPage } from "../html.ts";

import { caseJson, type CaseJson, type EventJson, type ReportedResult } from "./case-json.ts";
import { closing } from "./case-closing.ts";
import { statistics } from "./case-statistics.ts";
import type { ReportHead } from "./index-html.ts";
import { baseStyle, caseStyle, failedStyle, verdictStyle } from "./style.ts";
import { wireLines } from "./wire-lines.ts";
import { cut, sentence, shownBehavior } from "./words.ts";

/** The page of a result: the verdict, what was expected and observed, how it ended, and what went over the wire. */
export function caseHtml(result: ReportedResult, head: ReportHead): string {
  const facts = caseJson(result);
  const { word } = shownBehavior(facts.behavior);
  return htmlPage({
    title: `${word}: case ${facts.id}, ${facts.agent}`,
    style: baseStyle + verdictStyle + failedStyle + caseStyle,
    body: html`<main>
        <p><a href="index.html">All results</a></p>
        ${heading(result, facts)}${description(result)}${outcome(result, facts)}${closing(result, facts)}${handshake(facts)}${statistics(facts)}${wireLog(result)}
      </main>
      <footer class="faint"><p>Made by ${head.generator}.</p></footer> `,
  });
}

function heading({ entry, record }: ReportedResult, facts: CaseJson): Html {
  const { word, style } = shownBehavior(facts.behavior);
  const { title } = entry.case;
  const place = [...new Set([entry.chapter.title, entry.group.title])].join(" / ");
  return html`<h1><span class="verdict ${style}">${word}</span> ${facts.id} ${title}</h1>
    <dl class="facts">
      <dt>Agent</dt>
      <dd><bdi>${facts.agent}</bdi></dd>
      <dt>Case</dt>
      <dd>${facts.id} (number ${facts.case}), ${place}</dd>
      <dt>Verdict</dt>
      <dd>${facts.behavior} / ${facts.behaviorClose}</dd>
      <dt>Started</dt>
      <dd>${facts.started} (UTC)</dd>
      <dt>Duration</dt>
      <dd>${facts.duration} ms</dd>
      <dt>The fuzzer was</dt>
      <dd>the ${facts.isServer ? "server" : "client"}</dd>
      ${
        facts.reportCompressionRatio &&
        html`<dt>Compression</dt>
          <dd>${record.deflate ?? "not agreed on"}</dd>`
      }
    </dl> `;
}

function description({ entry: { case: played } }: ReportedResult): Html {
  const sections = played.citations.map(({ rfc, section }) => `RFC ${rfc} section ${section}`);
  return html`<h2>The case</h2>
    <p>${played.description}</p>
    <h3>Expected</h3>
    <p>${played.expectation}</p>
    <p class="faint">Rests on ${sections.join(", ")}.</p> `;
}

function outcome({ record, verdict }: ReportedResult, { expected, received }: CaseJson): Html {
  const lists = Object.entries(expected);
  const dropped = record.receivedDropped;
  return html`<h2>Outcome</h2>
    <p>${sentence(verdict.result)}</p>
    ${lists.map(
      ([behavior, events]) =>
        html`<h3>Events expected for ${behavior}</h3>
          ${eventList(events)}`,
    )}
    <h3>Events observed</h3>
    ${eventList(received)}${dropped > 0 && html`<p>${dropped} more events were not kept.</p> `}${tripCounts(record.trips)}${record.internalError !== null && html`<p>The fuzzer could not process what it received: ${cut(record.internalError)}</p> `}`;
}

function tripCounts(trips: ReportedResult["record"]["trips"]): Html | null {
  if (trips === null) return null;
  const { sent, right, wrong } = trips;
  return html`<p>
    Messages of this case are counted: ${sent} sent in the loop, ${right} right echoes, ${wrong} wrong ones.
  </p> `;
}

function eventList(events: readonly EventJson[]): Html {
  if (events.length === 0) return html`<p>None.</p> `;
  return html`<ol class="events">
    ${events.map((event) => html`<li>${eventText(event)}</li> `)}
  </ol> `;
}

function eventText(event: EventJson): Html {
  switch (event[0]) {
    case "message":
      return html`${event[2] ? "binary" : "text"} message ${payload(event[1])}`;
    case "pong":
      return html`pong ${payload(event[1])}`;
    case "timeout":
      return html`wait ${event[1]} was over`;
  }
}

function payload(text: string): Html {
  return text === "" ? html`without payload` : html`<code>${cut(text)}</code>`;
}

function handshake({ httpRequest, httpResponse }: CaseJson): Html {
  return html`<h2>Opening handshake</h2>
    <h3>Request</h3>
    <pre>${headLines(httpRequest)}</pre>
    <h3>Response</h3>
    <pre>${headLines(httpResponse)}</pre> `;
}

/** Line ends of HTTP are line ends of the page; any other control character is spelled out. */
function headLines(head: string): string {
  return head.replaceAll("\r\n", "\n").trimEnd();
}

function wireLog({ record }: ReportedResult): Html {
  const cutNote = record.logDropped > 0 && html`<p>${record.logDropped} more entries were not kept.</p> `;
  return html`<h2>Wire log</h2>
    <p class="faint">
      Milliseconds since the case began; negative during the opening handshake. Of more than 60 octets, the
      first 64 are shown.
    </p>
    <ol class="wire">
      ${wireLines(record.log).map(({ kind, t, text }) => html`<li class="${kind}"><span class="t">${t.toFixed(1)}</span> ${text}</li> `)}
      <li class="end">
        <span class="t">${record.duration.toFixed(1)}</span>
        ${record.droppedByMe ? "the fuzzer ended TCP" : "the peer ended TCP"}
      </li>
    </ol>
    ${cutNote}`;
}
