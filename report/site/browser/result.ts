import type { CaseRecord } from "../../../fuzzer/record.ts";
import { isOneConnection, playCapture } from "../../pcapng/pcapng.ts";
import { unpackLog } from "../data/packed.ts";
import type { RecordsData, ResultData } from "../data/files.ts";
import type { Doc, Elem, Win } from "./dom.ts";
import { element, load, markOfClass, plain, siteRoot } from "./elements.ts";
import { button, copy, save } from "./downloads.ts";
import { closingPart } from "./result-closing.ts";
import { statisticsPart } from "./result-counts.ts";
import { type CaseWords, expectedPart, factsPart, handshakePart } from "./result-parts.ts";
import { wirePart } from "./result-wire.ts";

declare const document: Doc;
declare const window: Win;

/** Shows the result that the address names, and another one when it changes. */
export function startResult(): void {
  window.addEventListener("hashchange", showResult);
  showResult();
}

/** Loads what the address names: `#<cell file>/<case>`. */
export function showResult(): void {
  const match = /^#([A-Za-z0-9_][A-Za-z0-9._-]*)\/(\d+(?:\.\d+)+)$/.exec(window.location.hash);
  const place = document.getElementById("result");
  if (place === null || window.location.hash === "#main") return;
  if (match === null) {
    return place.replaceChildren(
      problem(
        "The address names no result",
        "It ends in #<cell>/<case>, as links from the pages of targets and cases do.",
      ),
    );
  }
  const [, file = "", id = ""] = match;
  const chapter = id.split(".")[0] ?? "";
  const recordsPath = `data/records/${file}/${chapter}.js`;
  load(recordsPath, (records) =>
    load(`data/cases/${chapter}.js`, (cases) => {
      if (window.location.hash !== match[0]) return;
      const data = records as RecordsData | null;
      const words = (cases as Record<string, CaseWords> | null)?.[id];
      const result = data?.cases[id];
      if (data === null || result === undefined || words === undefined) {
        return place.replaceChildren(
          problem(
            `There is no result of case ${id} in ${file}`,
            "It was not played in the run that these pages show, or its data were not published.",
          ),
        );
      }
      place.replaceChildren(...resultParts(data.cell, file, id, result, words));
      document.title = `${id} ${data.cell.name} · wsmatrix`;
    }),
  );
}

/** What is said when nothing can be shown. */
export function problem(title: string, text: string): Elem {
  return element("div", {}, element("h1", {}, title), element("p", {}, text));
}

/** The whole page of one result. */
export function resultParts(
  cell: RecordsData["cell"],
  file: string,
  id: string,
  result: ResultData,
  words: CaseWords,
): readonly Elem[] {
  const root = siteRoot();
  const record = fullRecord(cell, id, result);
  const head = [
    element(
      "p",
      { class: "crumbs" },
      element("a", { href: `${root}${cell.page}#${file}` }, plain(cell.name, 200)),
      " / case ",
      element("a", { href: root + words.page }, `${id} ${words.title}`),
    ),
    element("h1", {}, `${id} ${words.title}`),
    element(
      "div",
      { class: "verdict-line" },
      markOfClass(result.class),
      element("span", {}, `${result.behavior} / ${result.behaviorClose}`),
      element("span", { class: "faint" }, plain(cell.name, 200)),
      result.flaky ? element("span", { class: "tag" }, "flaky: two plays differed") : null,
    ),
    element("p", {}, `${sentenceOf(result.result)} ${sentenceOf(result.resultClose)}`),
    known(result),
    steps(cell, file, id, record),
    factsPart(cell, result, record),
  ];
  const about = [
    element("h2", {}, "What the case does"),
    element("p", {}, words.description),
    element("p", {}, words.expectation),
  ];
  const proof =
    record === null
      ? [element("p", { class: "notice" }, "No record was kept of this play: only the verdict is left.")]
      : [
          expectedPart(words, record),
          wirePart(record),
          handshakePart(record),
          closingPart(words, result, record),
          statisticsPart(record),
        ];
  return [...head, ...about, ...proof, repeatPart(cell, id), logPart(cell, file)].filter(
    (part) => part !== null,
  );
}

/** A stranger's text with a capital and a full stop. */
export function sentenceOf(text: string): string {
  const shown = plain(text, 1000);
  return `${shown.charAt(0).toUpperCase()}${shown.slice(1)}${/[.!?]$/.test(shown) ? "" : "."}`;
}

/** The record as it was before it was made small. */
export function fullRecord(cell: RecordsData["cell"], id: string, { record }: ResultData): CaseRecord | null {
  if (record === null) return null;
  const empty = {
    id,
    role: cell.role as CaseRecord["role"],
    started: 0,
    duration: 0,
    opened: false,
    received: [],
    receivedDropped: 0,
    trips: null,
    deflate: null,
    traffic: null,
    closedByMe: false,
    failedByMe: false,
    droppedByMe: false,
    wasClean: false,
    wasNotCleanReason: null,
    wasServerConnectionDropTimeout: false,
    wasOpenHandshakeTimeout: false,
    wasCloseHandshakeTimeout: false,
    localCloseCode: null,
    localCloseReason: null,
    remoteCloseCode: null,
    remoteCloseReason: null,
    internalError: null,
    watchdog: false,
    idle: false,
    timerFired: false,
    httpRequest: null,
    httpResponse: null,
    rxOctets: {},
    txOctets: {},
    rxFrames: {},
    txFrames: {},
    logDropped: 0,
  };
  return { ...empty, ...record, log: unpackLog(record.log) };
}

/** What the baseline says. */
export function known({ known: entry }: ResultData): Elem | null {
  if (entry === null) return null;
  const link =
    entry.link === undefined || !/^https?:/.test(entry.link)
      ? null
      : element("a", { href: entry.link }, entry.link);
  return element("p", {}, element("strong", {}, "Known: "), plain(entry.reason, 1000), " ", link);
}

/** To the results before and behind it, and downloads. */
export function steps(cell: RecordsData["cell"], file: string, id: string, record: CaseRecord | null): Elem {
  const at = cell.ids.indexOf(id);
  const to = (other: string | undefined, rel: string, sign: string) =>
    other === undefined ? null : element("a", { href: `#${file}/${other}`, rel }, `${sign} ${other}`);
  const line = element(
    "div",
    { class: "steps" },
    to(cell.ids[at - 1], "prev", "←"),
    to(cell.ids[at + 1], "next", "→"),
  );
  const name = `${file}_${id.replaceAll(".", "_")}`;
  if (record !== null && isOneConnection(record)) {
    const title = `wsmatrix: case ${id}, ${cell.id}`;
    const capture = () => save(`${name}.pcapng`, "application/octet-stream", playCapture(record, title));
    line.append(button("pcapng for Wireshark", capture));
  }
  if (record !== null) {
    line.append(
      button("JSON", () => save(`${name}.json`, "application/json", JSON.stringify(record, null, 1))),
    );
  }
  line.append(button("Copy the link", (self) => copy(window.location.href, self)));
  return line;
}

/** The command that plays it again. */
export function repeatPart(cell: RecordsData["cell"], id: string): Elem {
  const command = cell.command.replace("CASE", id);
  return element(
    "section",
    {},
    element("h2", {}, "Repeat it"),
    element(
      "div",
      { class: "copy" },
      element("pre", {}, plain(command, 2000)),
      button("Copy", (self) => copy(command, self)),
    ),
  );
}

/** The end of the target's log, loaded when it is opened. */
export function logPart(cell: RecordsData["cell"], file: string): Elem | null {
  if (!cell.hasLog) return null;
  const text = element("pre", {}, "…");
  const details = element("details", {}, element("summary", {}, "The end of the target's log"), text);
  details.addEventListener("toggle", () =>
    load(`data/logs/${file}.js`, (value) => {
      text.textContent = plain(typeof value === "string" ? value : "", 20_000) || "It printed nothing.";
    }),
  );
  return element("section", {}, element("h2", {}, "Log"), details);
}
