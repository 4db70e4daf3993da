/** Mutants of servers that make mistakes with HTTP/2 (RFC 8441, RFC 9113). */

import { type FieldLine, valueOf } from "../../wire/http2/fields.ts";
import {
  decodeSettings,
  encodeSettings,
  ErrorCode,
  FrameFlag,
  FrameType,
  Setting,
  uint32,
} from "../../wire/http2/frame.ts";

import type { FrameChange, Http2Defect, SeenFrame } from "./http2-filter.ts";
import { type Mutant, mutant } from "./mutant.ts";

const streaming = (
  name: string,
  defect: string,
  rule: string,
  caughtBy: readonly string[],
  http2: Http2Defect,
): Mutant => mutant({ name, defect, rule, caughtBy, sides: ["server"], make: () => ({ http2 }) });

type Fields = readonly FieldLine[];

/** Changes the fields of requests, or of responses that accept one. */
const fields =
  (change: (fields: Fields) => Fields): FrameChange =>
  (frame) => [frame.fields === undefined ? frame : { ...frame, fields: change(frame.fields) }];

const accepting = (change: (fields: Fields) => Fields): FrameChange =>
  fields((all) => (valueOf(all, ":status") === "200" ? change(all) : all));

const ofType =
  (type: number, change: FrameChange): FrameChange =>
  (frame) =>
    frame.type === type ? change(frame) : [frame];

const isPseudo = ([name]: FieldLine): boolean => name.startsWith(":");
const without =
  (...names: string[]) =>
  (all: Fields): Fields =>
    all.filter(([name]) => !names.includes(name));

/** A request with a pseudo-header field that it lacks. */
const supplied =
  (name: string, value: string) =>
  (all: Fields): Fields =>
    valueOf(all, name) === null ? [[name, value], ...all] : all;

/** A request with another value of a regular field, or with that field. */
const set =
  (name: string, value: string) =>
  (all: Fields): Fields => [...without(name)(all), [name, value]];

const replaced =
  (name: string, value: string) =>
  (all: Fields): Fields =>
    all.map((field) => (field[0] === name ? ([name, value] as const) : field));

const hears = (change: (all: Fields) => Fields): Http2Defect => ({ hears: fields(change) });

const known: ReadonlySet<string> = new Set([":method", ":protocol", ":scheme", ":path", ":authority"]);

const withoutSetting = (unwanted: number): FrameChange =>
  ofType(FrameType.settings, (frame) => {
    const kept = decodeSettings(frame.payload).filter(([id]) => id !== unwanted);
    return [{ ...frame, payload: encodeSettings(kept) }];
  });

const isOpening = ({ fields: all }: SeenFrame): boolean =>
  all !== undefined && valueOf(all, ":protocol") !== null;

const openings: readonly Mutant[] = [
  streaming("allows-nothing", "does not say that it allows extended CONNECT", "RFC 8441, 3", ["34.1.1"], {
    says: withoutSetting(Setting.enableConnectProtocol),
  }),
  streaming("length-of-tunnel", "says Content-Length in a tunnel", "RFC 9110, 9.3.6", ["34.1.2"], {
    says: accepting((all) => [...all, ["content-length", "0"]]),
  }),
  streaming("speaks-of-connections", "says Connection in a stream", "RFC 9113, 8.2.2", ["34.1.2"], {
    says: accepting((all) => [...all, ["connection", "keep-alive"]]),
  }),
  streaming(
    "wants-key-in-stream",
    "refuses a request with a key that it does not like",
    "RFC 8441, 5",
    ["34.1.4"],
    hears((all) => (valueOf(all, "sec-websocket-key") === null ? all : replaced(":protocol", "x")(all))),
  ),
  streaming("no-continuation", "does not read on in CONTINUATION", "RFC 9113, 6.10", ["34.1.7"], {
    hears: (frame) => [
      isOpening(frame) && frame.payload.length < 100
        ? { ...frame, fields: frame.fields!.slice(0, 2) }
        : frame,
    ],
  }),
];

const lenient: readonly Mutant[] = [
  streaming(
    "takes-no-protocol",
    "takes any CONNECT for a WebSocket",
    "RFC 8441, 5",
    ["34.2.1", "34.3.4"],
    hears((all) =>
      valueOf(all, ":method") === "CONNECT"
        ? supplied(":protocol", "websocket")(supplied(":scheme", "http")(supplied(":path", "/")(all)))
        : all,
    ),
  ),
  streaming(
    "takes-no-scheme",
    "does without :scheme",
    "RFC 8441, 4",
    ["34.2.2"],
    hears(supplied(":scheme", "http")),
  ),
  streaming("takes-no-path", "does without :path", "RFC 8441, 4", ["34.2.3"], hears(supplied(":path", "/"))),
  streaming(
    "takes-no-authority",
    "does without :authority",
    "RFC 8441, 5",
    ["34.2.4"],
    hears(supplied(":authority", "localhost")),
  ),
  streaming(
    "takes-empty-path",
    "takes no path for the root",
    "RFC 9113, 8.3.1",
    ["34.2.5"],
    hears((all) => (valueOf(all, ":path") === "" ? replaced(":path", "/")(all) : all)),
  ),
  streaming(
    "overlooks-connection",
    "overlooks fields that speak of a connection",
    "RFC 9113, 8.2.2",
    ["34.2.6", "34.2.7"],
    hears(without("connection", "upgrade", "transfer-encoding")),
  ),
  streaming(
    "takes-uppercase",
    "reads field names in any letters",
    "RFC 9113, 8.2.1",
    ["34.2.8"],
    hears((all) => all.map(([name, value]) => [name.toLowerCase(), value] as const)),
  ),
  streaming(
    "reads-pseudo-anywhere",
    "reads pseudo-header fields wherever they stand",
    "RFC 9113, 8.3",
    ["34.2.10"],
    hears((all) => [...all.filter(isPseudo), ...all.filter((field) => !isPseudo(field))]),
  ),
  streaming(
    "takes-two-protocols",
    "reads the first of two pseudo-header fields",
    "RFC 9113, 8.3",
    ["34.2.11"],
    hears((all) =>
      all.filter((field, at) => !isPseudo(field) || all.findIndex(([name]) => name === field[0]) === at),
    ),
  ),
  streaming(
    "overlooks-pseudo",
    "overlooks pseudo-header fields that it does not know",
    "RFC 9113, 8.3",
    ["34.2.12"],
    hears((all) => all.filter((field) => !isPseudo(field) || known.has(field[0]))),
  ),
  streaming(
    "overlooks-host",
    "does not look at Host",
    "RFC 9113, 8.3.1",
    ["34.2.13"],
    hears(without("host")),
  ),
  streaming(
    "speaks-any-version",
    "does not look at the version in a stream",
    "RFC 6455, 4.2.1",
    ["34.3.1", "34.3.2"],
    hears((all) => (valueOf(all, ":protocol") === null ? all : set("sec-websocket-version", "13")(all))),
  ),
  streaming(
    "takes-any-protocol",
    "takes any protocol for WebSocket",
    "RFC 8441, 4",
    ["34.3.3"],
    hears(replaced(":protocol", "websocket")),
  ),
  streaming(
    "takes-any-method",
    "takes :protocol with any method",
    "RFC 8441, 4",
    ["34.3.5"],
    hears((all) => (valueOf(all, ":protocol") === null ? all : replaced(":method", "CONNECT")(all))),
  ),
  streaming(
    "waits-behind-the-end",
    "waits for more behind a request with END_STREAM",
    "RFC 8441, 5",
    ["34.3.6"],
    { hears: (frame) => [isOpening(frame) ? { ...frame, flags: FrameFlag.endHeaders } : frame] },
  ),
  streaming(
    "invents-subprotocol",
    "chooses a subprotocol in a stream that was not offered",
    "RFC 6455, 4.2.2",
    ["34.4.1"],
    { says: accepting((all) => [...all, ["sec-websocket-protocol", "chat"]]) },
  ),
  streaming("keeps-deflate-quiet", "compresses without saying so", "RFC 7692, 5.1", ["34.4.2"], {
    says: accepting(without("sec-websocket-extensions")),
  }),
];

const data = (change: FrameChange): FrameChange => ofType(FrameType.data, change);
const empty = Buffer.alloc(0);

const carrying: readonly Mutant[] = [
  streaming("loses-single-octets", "loses DATA of one octet", "RFC 6455, 5.6", ["34.5.1"], {
    hears: data((frame) => (frame.payload.length === 1 ? [] : [frame])),
  }),
  streaming("padding-is-payload", "takes padding for octets", "RFC 9113, 6.1", ["34.5.2"], {
    hears: data((frame) => [{ ...frame, flags: frame.flags & ~FrameFlag.padded }]),
  }),
  streaming("one-frame-of-data", "reads one frame in DATA, and no more", "RFC 6455, 5.6", ["34.5.3"], {
    hears: data((frame) => [
      { ...frame, payload: frame.payload.subarray(0, 6 + (frame.payload[1]! & 127) || 0) },
    ]),
  }),
  streaming("ends-at-nothing", "takes empty DATA for the end", "RFC 9113, 6.1", ["34.5.4"], {
    hears: data((frame) => [frame.payload.length > 0 ? frame : { ...frame, flags: FrameFlag.endStream }]),
  }),
  streaming("never-opens-windows", "lets nobody send more than a window", "RFC 9113, 6.9.1", ["34.5.5"], {
    says: (frame) => (frame.type === FrameType.windowUpdate ? [] : [frame]),
  }),
  streaming(
    "overlooks-windows",
    "does not look at the first window",
    "RFC 9113, 6.9.1",
    ["34.5.6", "34.6.4"],
    {
      hears: withoutSetting(Setting.initialWindowSize),
    },
  ),
  streaming("no-ping-in-http2", "does not answer PING", "RFC 9113, 6.7", ["34.5.7"], {
    says: (frame) => (frame.type === FrameType.ping ? [] : [frame]),
  }),
  streaming("dreads-the-unknown", "ends at a frame that it does not know", "RFC 9113, 5.5", ["34.5.8"], {
    hears: (frame) => (frame.type > FrameType.continuation ? null : [frame]),
  }),
  streaming("leaves-at-goaway", "ends all at GOAWAY", "RFC 9113, 6.8", ["34.5.9"], {
    hears: ofType(FrameType.goaway, () => null),
  }),
];

const ending: readonly Mutant[] = [
  streaming(
    "one-stream-only",
    "hears the first stream alone",
    "RFC 6455, 5.6",
    ["34.6.1", "34.6.2", "34.6.4"],
    {
      hears: (frame) => (frame.stream > 1 ? [] : [frame]),
    },
  ),
  streaming("mutes-others", "answers nothing but WebSocket", "RFC 9113, 8.1", ["34.6.3"], {
    hears: ofType(FrameType.headers, (frame) => (valueOf(frame.fields!, ":method") === "GET" ? [] : [frame])),
  }),
  streaming("never-ends-streams", "never says END_STREAM", "RFC 8441, 5", ["34.7.1", "34.7.2", "34.7.3"], {
    says: data((frame) => [{ ...frame, flags: frame.flags & ~FrameFlag.endStream }]),
  }),
  streaming("resets-streams", "ends streams by RST_STREAM", "RFC 8441, 5", ["34.7.1"], {
    says: data((frame) => {
      if ((frame.flags & FrameFlag.endStream) === 0) return [frame];
      const reset = { ...frame, type: FrameType.rstStream, flags: 0, payload: uint32(ErrorCode.cancel) };
      return frame.payload.length > 0 ? [{ ...frame, flags: 0 }, reset] : [reset];
    }),
  }),
  streaming("all-or-nothing", "ends the connection with any stream", "RFC 9113, 5.4.2", ["34.7.4"], {
    hears: ofType(FrameType.rstStream, () => null),
  }),
  streaming("takes-halves", "takes what END_STREAM cuts off for whole", "RFC 6455, 5.4", ["34.7.3"], {
    hears: data((frame) =>
      (frame.flags & FrameFlag.endStream) === 0
        ? [frame]
        : [
            { ...frame, flags: 0, payload: Buffer.from("6c6c6f", "hex") },
            { ...frame, payload: empty },
          ],
    ),
  }),
];

export const streamingMutants: readonly Mutant[] = [...openings, ...lenient, ...carrying, ...ending];
