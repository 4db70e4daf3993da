import { parseExtensions } from "../../wire/extensions.ts";
import { isControl } from "../../wire/frame.ts";
import { fieldValue, fieldValues, type Head, parseHead } from "../../wire/handshake.ts";
import {
  type AgreedDeflate,
  type DeflateParams,
  permessageDeflate,
  readDeflateOffer,
  readDeflateResponse,
} from "../../wire/permessage-deflate.ts";

import { payloadDigest, sameOctets } from "../digest.ts";
import type { Digest } from "../record.ts";
import type { TlsFacts } from "../server-tls.ts";
import type { ExtraRecord, TalkEvent, TalkRecord } from "./events.ts";
import { http2Finding } from "./http2/findings.ts";
import { maskKeyFault, nonceFault } from "./randomness.ts";
import type { Expectation, ExpectedMessage } from "./script.ts";

/** Whether an expectation holds, and what was seen, in words that may hold text of the peer's. */
export interface Finding {
  readonly holds: boolean;
  readonly seen: string;
}

const nothing: TalkRecord = {
  side: "client",
  events: [],
  dropped: 0,
  frames: [],
  request: null,
  response: null,
  behind: "",
  deflate: null,
};

/** Looks for something in a record. Pure. */
export function findingOf(expectation: Expectation, record: ExtraRecord): Finding {
  const talk = record.connections[expectation.on ?? 0] ?? nothing;
  const { events } = talk;
  switch (expectation.expect) {
    case "refused":
      return { holds: !has(events, "opened") && statusSeen(events) !== 101, seen: openingSeen(events) };
    case "noRequest":
      return { holds: talk.request === null, seen: requestSeen(talk) };
    case "alpn": {
      const chosen = tlsOf(events)?.alpn ?? null;
      return { holds: expectation.among.includes(chosen), seen: `the protocol by ALPN is ${quoted(chosen)}` };
    }
    case "noServerName": {
      const name = tlsOf(events)?.serverName ?? null;
      return { holds: name === null, seen: `the server name is ${quoted(name)}` };
    }
    case "status":
      return { holds: statusIsAmong(statusSeen(events), expectation.among), seen: openingSeen(events) };
    case "opened":
      return { holds: has(events, "opened"), seen: openingSeen(events) };
    case "field":
      return fieldFinding(peerHead(talk), expectation.name, new RegExp(expectation.matches, "i"));
    case "fieldAbsent": {
      const value = fieldOf(peerHead(talk), expectation.name);
      return { holds: value === null, seen: `${expectation.name} is ${quoted(value)}` };
    }
    case "fieldTimes": {
      const times = peerHead(talk) === null ? 0 : fieldValues(peerHead(talk)!, expectation.name).length;
      return { holds: times <= expectation.most, seen: `${expectation.name} occurs ${times} times` };
    }
    case "startLine": {
      const line = peerHead(talk)?.startLine ?? null;
      return {
        holds: line !== null && new RegExp(expectation.matches).test(line),
        seen: `the first line is ${quoted(line)}`,
      };
    }
    case "headIsClean": {
      const deviations = peerHead(talk)?.deviations ?? [];
      return { holds: deviations.length === 0, seen: deviations[0] ?? "the head is well-formed" };
    }
    case "silentBeforeResponse":
      return {
        holds: talk.behind === "",
        seen: talk.behind === "" ? "it waited for the response" : "it sent octets before the response",
      };
    case "noSecondResponse": {
      const second = new RegExp(`HTTP/1\\.[01] ${expectation.status}\\b`).test(talk.behind);
      return {
        holds: !second,
        seen: second ? `a second response, of status ${expectation.status}, follows` : "no second response",
      };
    }
    case "messages":
      return {
        holds: sameMessages(messagesOf(events), expectation.are, true),
        seen: messagesSeen(events),
      };
    case "messagesWithin":
      return {
        holds: sameMessages(messagesOf(events), expectation.are, false),
        seen: messagesSeen(events),
      };
    case "pongs":
      return pongsFinding(events, expectation.are.map(payloadDigest), expectation.how);
    case "failed":
      return { holds: endedUnasked(events), seen: endSeen(events) };
    case "survived":
      return { holds: !endedUnasked(events), seen: endSeen(events) };
    case "closeFrame":
      return { holds: has(events, "close"), seen: endSeen(events) };
    case "closeCode": {
      const close = events.find((event) => event.event === "close");
      return { holds: close === undefined || expectation.among.includes(close.code), seen: endSeen(events) };
    }
    case "ended":
      return {
        holds: peerEnd(events) !== null && !timedOut(events, expectation.before),
        seen: endSeen(events),
      };
    case "endedBy":
      return { holds: peerEnd(events) === expectation.how, seen: endSeen(events) };
    case "inTime": {
      const late = timedOut(events, expectation.tag);
      return {
        holds: !late,
        seen: late ? `nothing came in time (${expectation.tag})` : `${expectation.tag} came in time`,
      };
    }
    case "countBefore":
      return countFinding(events, expectation);
    case "lawfulFrames": {
      const broken = events.find((event) => event.event === "violation");
      return { holds: broken === undefined, seen: broken?.text ?? "its frames are lawful" };
    }
    case "silentAfterClose": {
      const at = talk.frames.findIndex(({ opcode }) => opcode === 8);
      const behind = at < 0 ? [] : talk.frames.slice(at + 1);
      const counted = expectation.what === "any" ? behind : behind.filter(({ opcode }) => !isControl(opcode));
      return {
        holds: counted.length === 0,
        seen:
          behind.length === 0
            ? "nothing stands behind its close frame"
            : `frames stand behind its close frame (${behind
                .slice(0, 4)
                .map(({ opcode }) => `opcode ${opcode}`)
                .join(", ")}${behind.length > 4 ? " ..." : ""})`,
      };
    }
    case "maskKeys": {
      const fault = maskKeyFault(
        talk.frames.flatMap(({ mask }) => mask ?? []),
        expectation.what,
      );
      return { holds: fault === null, seen: fault ?? "masking keys look unpredictable" };
    }
    case "nonces": {
      const fault = nonceFault(record.nonces);
      return { holds: fault === null, seen: fault ?? `${record.nonces.length} keys, all different` };
    }
    case "deflateAgreed":
      return { holds: talk.deflate !== null, seen: deflateSeen(talk) };
    case "deflateDeclined":
      return { holds: !namesDeflate(talk), seen: deflateSeen(talk) };
    case "deflateAnswer":
      return answerFinding(talk, expectation.offers);
    case "compressed": {
      const plain = messagesOf(events).filter(({ deflate }) => deflate === null).length;
      return {
        holds: plain === 0,
        seen: plain === 0 ? "messages are compressed" : `${plain} messages are not compressed`,
      };
    }
    case "distance": {
      const most = Math.max(0, ...messagesOf(events).map(({ deflate }) => deflate?.distance ?? 0));
      return { holds: most <= expectation.most, seen: `matches go back ${most} octets at the most` };
    }
    case "noContext": {
      const uses = messagesOf(events).some(({ deflate }) => deflate?.usesContext);
      return {
        holds: !uses,
        seen: uses ? "a message refers to the ones before" : "each message stands for itself",
      };
    }
    case "http2":
      return http2Finding(expectation, talk);
    case "not": {
      const { holds, seen } = findingOf(expectation.of, record);
      return { holds: !holds, seen };
    }
    case "anyOf":
      return together(expectation.of, record, (all) => all.some(({ holds }) => holds));
    case "allOf":
      return together(expectation.of, record, (all) => all.every(({ holds }) => holds));
  }
}

function together(
  parts: readonly Expectation[],
  record: ExtraRecord,
  holds: (all: readonly Finding[]) => boolean,
): Finding {
  const all = parts.map((part) => findingOf(part, record));
  return { holds: holds(all), seen: [...new Set(all.map(({ seen }) => seen))].join(", ") };
}

type MessageEvent = Extract<TalkEvent, { event: "message" }>;

const messagesOf = (events: readonly TalkEvent[]): readonly MessageEvent[] =>
  events.filter((event) => event.event === "message");

const has = (events: readonly TalkEvent[], name: TalkEvent["event"]): boolean =>
  events.some(({ event }) => event === name);

const timedOut = (events: readonly TalkEvent[], tag: string): boolean =>
  events.some((event) => event.event === "timeout" && event.tag === tag);

const missedOf = (events: readonly TalkEvent[]): string | null =>
  events.find((event) => event.event === "notConnected")?.why ?? null;

const tlsOf = (events: readonly TalkEvent[]): TlsFacts | null =>
  events.find((event) => event.event === "tls") ?? null;

function requestSeen({ request, events }: TalkRecord): string {
  return request === null ? (missedOf(events) ?? "it sent no request") : "it sent its request";
}

function statusSeen(events: readonly TalkEvent[]): number | null {
  return events.find((event) => event.event === "response")?.status ?? null;
}

function statusIsAmong(status: number | null, among: readonly number[]): boolean {
  return status !== null && among.some((each) => each === status || each === Math.floor(status / 100));
}

function openingSeen(events: readonly TalkEvent[]): string {
  const response = events.find((event) => event.event === "response");
  const missed = missedOf(events);
  if (missed !== null) return missed;
  if (response === undefined) {
    if (has(events, "opened")) return "the connection is open";
    return peerEnd(events) === null
      ? "no response came"
      : `${carrierOf(events)} was ended without a response`;
  }
  if (has(events, "opened")) return "the connection was opened";
  return response.status === null ? "the response is no HTTP" : `the response has status ${response.status}`;
}

/** The head that the peer wrote. */
function peerHead({ side, request, response }: TalkRecord): Head | null {
  const text = side === "server" ? request : response;
  return text === null ? null : parseHead(text);
}

function fieldOf(head: Head | null, name: string): string | null {
  return head === null ? null : fieldValue(head, name);
}

function fieldFinding(head: Head | null, name: string, matches: RegExp): Finding {
  const value = fieldOf(head, name);
  return { holds: value !== null && matches.test(value), seen: `${name} is ${quoted(value)}` };
}

function quoted(text: string | null): string {
  return text === null ? "absent" : JSON.stringify(text.slice(0, 80));
}

function sameMessages(
  received: readonly MessageEvent[],
  expected: readonly ExpectedMessage[],
  whole: boolean,
): boolean {
  if (whole ? received.length !== expected.length : received.length > expected.length) return false;
  return received.every(({ binary, payload }, at) => {
    const wanted = expected[at]!;
    return binary === wanted.binary && sameOctets(payload, payloadDigest(wanted.payload));
  });
}

function messagesSeen(events: readonly TalkEvent[]): string {
  const all = messagesOf(events);
  if (all.length === 0) return missedOf(events) ?? "no message came";
  const words = all
    .slice(0, 3)
    .map(({ binary, payload }) => `${binary ? "binary" : "text"} of ${payload.length} octets`);
  return `${all.length} message${all.length === 1 ? "" : "s"} came: ${words.join(", ")}${all.length > 3 ? " ..." : ""}`;
}

function pongsFinding(
  events: readonly TalkEvent[],
  expected: readonly Digest[],
  how: "all" | "last",
): Finding {
  const received = events.flatMap((event) => (event.event === "pong" ? [event.payload] : []));
  const seen = `${received.length} of ${expected.length} pongs came`;
  const isAll =
    received.length === expected.length && received.every((each, at) => sameOctets(each, expected[at]!));
  if (how === "all") return { holds: isAll, seen };
  let at = 0;
  const inOrder = received.every((each) => {
    while (at < expected.length && !sameOctets(each, expected[at]!)) at++;
    return at++ < expected.length;
  });
  const last = received.at(-1);
  return { holds: inOrder && last !== undefined && sameOctets(last, expected.at(-1)!), seen };
}

function peerEnd(events: readonly TalkEvent[]): "fin" | "reset" | null {
  const end = events.find((event) => event.event === "fin" || event.event === "reset");
  return end === undefined ? null : (end.event as "fin" | "reset");
}

/** The peer sent a close frame, or ended TCP, before the fuzzer's close frame. */
function endedUnasked(events: readonly TalkEvent[]): boolean {
  const end = events.findIndex(({ event }) => event === "close" || event === "fin" || event === "reset");
  const asked = events.findIndex(({ event }) => event === "closeSent");
  return end >= 0 && (asked < 0 || end < asked);
}

function endSeen(events: readonly TalkEvent[]): string {
  const close = events.find((event) => event.event === "close");
  const frame =
    close === undefined ? "no close frame came" : `a close frame came with ${close.code ?? "no code"}`;
  const end = peerEnd(events);
  const how = end === null ? ["left", " open"] : [end === "fin" ? "ended" : "reset", ""];
  return `${frame}, it ${how[0]} ${carrierOf(events)}${how[1]}`;
}

/** What carries the octets of WebSocket. */
function carrierOf(events: readonly TalkEvent[]): string {
  return has(events, "http2") ? "the stream" : "TCP";
}

function countFinding(
  events: readonly TalkEvent[],
  { tag, what, least }: Extract<Expectation, { expect: "countBefore" }>,
): Finding {
  const at = events.findIndex(
    (event) => (event.event === "mark" || event.event === "timeout") && event.tag === tag,
  );
  const before = at < 0 ? events : events.slice(0, at);
  const count = before.filter(({ event }) => event === what).length;
  return { holds: count >= least, seen: `${count} ${what}s came before "${tag}"` };
}

function namesDeflate({ response }: TalkRecord): boolean {
  return deflateOf(response) !== null;
}

function deflateOf(response: string | null): ReturnType<typeof parseExtensions>[number] | null {
  const value = response === null ? null : fieldValue(parseHead(response), "Sec-WebSocket-Extensions");
  return parseExtensions(value ?? "").find(({ name }) => name === permessageDeflate) ?? null;
}

function deflateSeen({ response }: TalkRecord): string {
  const value = response === null ? null : fieldValue(parseHead(response), "Sec-WebSocket-Extensions");
  return `Sec-WebSocket-Extensions is ${quoted(value)}`;
}

/** RFC 7692 section 7.1: a response must correspond to one of the offers. */
function answerFinding(talk: TalkRecord, offers: readonly string[]): Finding {
  const seen = deflateSeen(talk);
  const answer = deflateOf(talk.response);
  if (answer === null) return { holds: true, seen };
  const reading = readDeflateResponse(answer);
  if ("error" in reading) return { holds: false, seen: `${seen}, and ${reading.error}` };
  const sound = offers.flatMap((offer) => parseExtensions(offer)).map(readDeflateOffer);
  const fits = sound.some((offer) => "params" in offer && corresponds(reading.params, offer.params));
  return { holds: fits, seen };
}

function corresponds(response: AgreedDeflate, offer: DeflateParams): boolean {
  if (offer.serverNoContextTakeover && !response.serverNoContextTakeover) return false;
  if (offer.serverMaxWindowBits !== null) {
    const bits = response.serverMaxWindowBits ?? 15;
    if (bits > offer.serverMaxWindowBits) return false;
  }
  if (response.clientMaxWindowBits === null) return true;
  if (offer.clientMaxWindowBits === null) return false;
  return offer.clientMaxWindowBits === true || response.clientMaxWindowBits <= offer.clientMaxWindowBits;
}
