import type { CaseRecord, RecordedEvent } from "../../../fuzzer/record.ts";
import type { TalkEvent } from "../../../fuzzer/extra/events.ts";
import type { Http2Fact } from "../../../fuzzer/extra/http2/script.ts";
import type { RecordsData, ResultData } from "../data/files.ts";
import type { Elem } from "./dom.ts";
import { element, plain } from "./elements.ts";

/** What a case expects, as `data/cases` gives it. */
export interface CaseWords {
  readonly title: string;
  readonly description: string;
  readonly expectation: string;
  readonly page: string;
  readonly expected: Readonly<Record<string, readonly ExpectedWords[]>>;
  /** Its messages are counted rather than listed. */
  readonly counted: boolean;
  /** Of a case of ours: what must hold. */
  readonly rules: readonly string[];
  readonly close: { readonly byFuzzer: boolean; readonly codes: readonly number[]; readonly clean: boolean };
}

/** One expected event. */
export interface ExpectedWords {
  readonly event: string;
  readonly text: string;
}

/** When, how often, under what conditions. */
export function factsPart(cell: RecordsData["cell"], result: ResultData, record: CaseRecord | null): Elem {
  const facts: (readonly [string, string])[] = [
    [
      "Started",
      record === null
        ? "not kept"
        : `${new Date(record.started).toISOString().replace("T", " ").replace("Z", "")} UTC`,
    ],
    ["Took", `${result.duration} ms`],
    ["Plays", result.plays === 1 ? "1" : `${result.plays}: this verdict is that of the last`],
    ["The fuzzer was", `the ${cell.role === "server" ? "client" : "server"}`],
    ["Against the baseline", result.outcome ?? "not asked"],
    ["Compression", record?.deflate ? plain(record.deflate, 300) : "not agreed on"],
    ["What was played", plain(cell.digest ?? "not known", 300)],
  ];
  return element(
    "dl",
    { class: "facts" },
    ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
  );
}

/** What would have been right, and what came. */
export function expectedPart(words: CaseWords, record: CaseRecord): Elem {
  const lists = Object.entries(words.expected).map(([verdict, events]) =>
    element(
      "div",
      {},
      element("h3", {}, `Expected for ${verdict}`),
      eventList(events.map(({ text }) => text)),
    ),
  );
  const { trips } = record;
  const counted =
    trips === null
      ? null
      : element(
          "p",
          {},
          `Messages of this case are counted: ${trips.sent} sent in the loop, ${trips.right} right echoes, ${trips.wrong} wrong ones.`,
        );
  const dropped =
    record.receivedDropped > 0 ? element("p", {}, `${record.receivedDropped} more were not kept.`) : null;
  const error =
    record.internalError === null
      ? null
      : element("p", {}, `What came could not be processed: ${plain(record.internalError, 1000)}`);
  return element(
    "section",
    {},
    element("h2", {}, "Expected and observed"),
    element(
      "div",
      { class: "two" },
      element("div", {}, ...(lists.length > 0 ? lists : [ruleWords(words)])),
      element("div", {}, element("h3", {}, "Observed"), ...observedLists(record), dropped, counted, error),
    ),
  );
}

/** What came, on each connection of a case of ours. */
export function observedLists(record: CaseRecord): readonly Elem[] {
  if (record.extra === undefined) return [eventList(record.received.map(eventWords))];
  return record.extra.connections.flatMap(({ events }, at) => [
    element("p", {}, `Connection ${at + 1}`),
    eventList(events.map((event) => `${event.t.toFixed(0)} ms: ${talkWords(event)}`)),
  ]);
}

/** Something that happened on a connection of a case of ours. */
export function talkWords(event: TalkEvent): string {
  switch (event.event) {
    case "response":
      return event.status === null ? "a response that is none" : `response ${event.status}`;
    case "opened":
      return "the connection is open";
    case "message": {
      const kind = event.binary ? "binary message" : "text message";
      const packed = event.deflate === null ? "" : ", compressed";
      return `${kind}${packed} ${payloadWords(event.payload.length, event.payload.head)}`;
    }
    case "ping":
    case "pong":
      return `${event.event} ${payloadWords(event.payload.length, event.payload.head)}`;
    case "close": {
      const reason =
        event.reason === "" ? "" : `, reason ${payloadWords(event.reason.length / 2, event.reason)}`;
      return `close frame ${event.code === null ? "without a code" : `with ${event.code}`}${reason}`;
    }
    case "violation":
      return `a rule is broken: ${plain(event.text, 500)}`;
    case "http2":
      return http2Words(event);
    case "closeSent":
      return "the fuzzer sends a close frame";
    case "fin":
      return "the target ends TCP";
    case "reset":
      return "the target resets TCP";
    case "timeout":
      return `the wait ${plain(event.tag, 60)} is over`;
    case "mark":
      return `(${plain(event.tag, 60)})`;
    case "notConnected":
      return `no connection: ${plain(event.why, 500)}`;
    case "tls": {
      const name = event.serverName === null ? "" : `, server name ${plain(event.serverName, 255)}`;
      const protocol = event.alpn === null ? "" : `, ${plain(event.alpn, 255)} by ALPN`;
      return `${plain(event.version ?? "TLS", 20)}${name}${protocol}`;
    }
  }
}

/** Something of HTTP/2. */
function http2Words(fact: Http2Fact): string {
  switch (fact.fact) {
    case "settings":
      return `SETTINGS: ${fact.values.map(([id, value]) => `${id} = ${value}`).join(", ")}`;
    case "pingAnswer":
      return "PING is answered";
    case "goaway":
      return `GOAWAY with code ${fact.code}`;
    case "rstStream":
      return `RST_STREAM with code ${fact.code}`;
    case "violation":
      return `a rule of HTTP/2 is broken: ${plain(fact.text, 500)}`;
  }
}

/** What decides where no events are listed. */
export function ruleWords({ rules }: CaseWords): Elem {
  if (rules.length === 0) return element("p", {}, "The rule of the case decides: see what it does.");
  const list = element("ul", {}, ...rules.map((rule) => element("li", {}, rule)));
  return element("div", {}, element("h3", {}, "What must hold"), list);
}

/** Events in their order. */
export function eventList(texts: readonly string[]): Elem {
  if (texts.length === 0) return element("p", {}, "Nothing.");
  return element("ol", { class: "flow" }, ...texts.map((text) => element("li", {}, text)));
}

/** An event in words. */
export function eventWords(event: RecordedEvent): string {
  if (event.event === "timeout") return `wait ${event.tag} is over`;
  const kind = event.event === "pong" ? "pong" : event.binary ? "binary message" : "text message";
  return `${kind} ${payloadWords(event.payload.length, event.payload.head)}`;
}

/** A payload: its text where it is UTF-8, its octets where not, and how long it is. */
export function payloadWords(length: number, hex: string): string {
  if (length === 0) return "without payload";
  const octets = new Uint8Array((hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)));
  const whole = octets.length >= length;
  const size = `${length} ${length === 1 ? "octet" : "octets"}`;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(octets, { stream: !whole });
    return `“${plain(text, 200)}${whole ? "" : " …"}” (${size})`;
  } catch {
    return `${hex.replaceAll(/(..)(?=.)/g, "$1 ")}${whole ? "" : " …"} (${size})`;
  }
}

/** Both heads of the opening handshake, as they came. */
export function handshakePart(record: CaseRecord): Elem {
  const head = (text: string | null) =>
    element(
      "pre",
      {},
      text === null ? "There was none." : plain(text.replaceAll("\r\n", "\n").trimEnd(), 20_000),
    );
  return element(
    "section",
    {},
    element("h2", {}, "Opening handshake"),
    element(
      "div",
      { class: "two" },
      element("div", {}, element("h3", {}, "Request"), head(record.httpRequest)),
      element("div", {}, element("h3", {}, "Response"), head(record.httpResponse)),
    ),
  );
}
