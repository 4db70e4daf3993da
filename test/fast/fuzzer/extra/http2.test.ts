import { describe, expect, it } from "vitest";

import { judgeExtra } from "../../../../fuzzer/extra/judge.ts";
import type { TalkRecord } from "../../../../fuzzer/extra/events.ts";
import { fieldFaults } from "../../../../fuzzer/extra/http2/fields.ts";
import { errorName, http2Finding, settingName } from "../../../../fuzzer/extra/http2/findings.ts";
import type { Http2Expectation, Http2Fact } from "../../../../fuzzer/extra/http2/script.ts";
import { ExtraRun } from "../../../../fuzzer/extra/play.ts";
import type { ExtraStep, Script } from "../../../../fuzzer/extra/script.ts";
import { extraCatalogue } from "../../../../fuzzer/extra-catalogue.ts";
import type { FieldLine } from "../../../../wire/http2/fields.ts";
import {
  clientPreface,
  encodeHttp2Frame,
  encodeSettings,
  ErrorCode,
  FrameFlag,
  FrameType,
  type Http2Frame,
  Http2FrameReader,
  Setting,
  uint32,
} from "../../../../wire/http2/frame.ts";
import { encodeFields, HpackDecoder } from "../../../../wire/http2/hpack.ts";

const to = { host: "::1", port: 9001, resource: "/x?y" };
const template = extraCatalogue.byId.get("34.1.1")!.case;
const hex = (text: string) => Buffer.from(text, "hex");
const ok: readonly FieldLine[] = [[":status", "200"]];
const { endHeaders, endStream, ack, padded } = FrameFlag;

/** A connection with the talks of some scripts, and a peer that says what a test wants. */
function playing(...scripts: readonly Script[]) {
  const played = { ...template, extra: { ...template.extra!, connections: scripts } };
  const run = new ExtraRun(played, "server", {
    wallClock: () => 0,
    random: (octets) => Buffer.alloc(octets),
  });
  const written: Buffer[] = [];
  const wishes: string[] = [];
  const transport = {
    write: (octets: Buffer) => void written.push(octets),
    shut: () => void wishes.push("shut"),
    end: () => void wishes.push("end"),
    cut: () => void wishes.push("cut"),
    reset: () => void wishes.push("reset"),
    reading: () => {},
  };
  run.begin(0);
  const connection = run.http2({ transport, script: scripts[0]!.http2 ?? {}, talks: scripts.length });
  connection.begin(0);
  const preface = written.shift();
  const reader = new Http2FrameReader();
  const hpack = new HpackDecoder();
  let now = 0;
  const join = (at: number) => {
    const stream = connection.newStream(scripts[at]!.http2 ?? {});
    const talk = run.talk(at, { transport: stream, stream, to });
    connection.join(now, talk, stream, () => run.over(at, talk));
    return talk;
  };
  const talks = [join(0)];
  return {
    connection,
    wishes,
    preface,
    talk: talks[0]!,
    join,
    /** Frames that were sent since the last time. */
    sent(): readonly Http2Frame[] {
      reader.push(Buffer.concat(written.splice(0)));
      const frames: Http2Frame[] = [];
      for (let frame = reader.next(); frame !== null; frame = reader.next()) frames.push(frame);
      return frames;
    },
    fieldsOf: (frame: Http2Frame) => hpack.decode(frame.payload),
    says(type: number, flags: number, stream: number, payload: Buffer | readonly FieldLine[]) {
      const octets = Buffer.isBuffer(payload) ? payload : encodeFields(payload);
      connection.receive(now, encodeHttp2Frame({ type, flags, stream, payload: octets }));
    },
    allows() {
      this.says(FrameType.settings, 0, 0, encodeSettings([[Setting.enableConnectProtocol, 1]]));
    },
    /** Allows, accepts the first stream, and forgets what was sent so far. */
    opens() {
      this.allows();
      this.says(FrameType.headers, endHeaders, 1, ok);
      return this.sent();
    },
    at: (ms: number) => connection.tick((now = ms)),
    violations: () =>
      talks[0]!.record!.events.flatMap((event) =>
        event.event === "http2" && event.fact === "violation" ? [event.text] : [],
      ),
  };
}

const open: ExtraStep = { step: "open" };
const pause: ExtraStep = { step: "pause", ms: 100 };
const frameOf = (length: number): ExtraStep => ({
  step: "frame",
  opcode: 2,
  payload: { unit: "61", length },
  key: "00000000",
});
const events = (record: TalkRecord | null) =>
  record!.events.map((event) => (event.event === "http2" ? event.fact : event.event));
const lengths = (frames: readonly Http2Frame[]) =>
  frames.filter(({ type }) => type === FrameType.data).map(({ payload }) => payload.length);

describe("a talk in a stream of HTTP/2", () => {
  it("begins when extended CONNECT is allowed, and is what it would be over TCP", () => {
    const message: ExtraStep = { step: "await", for: { what: "message", count: 1 }, ms: 50 };
    const peer = playing({
      steps: [open, frameOf(2), message, { step: "await", for: { what: "end" }, ms: 50 }],
    });
    expect(peer.preface).toEqual(clientPreface);
    expect(peer.sent().map(({ type }) => type)).toEqual([FrameType.settings]);
    peer.allows();
    const [acknowledged, asked] = peer.sent();
    expect(acknowledged).toMatchObject({ type: FrameType.settings, flags: ack });
    expect(asked).toMatchObject({ type: FrameType.headers, flags: endHeaders, stream: 1 });
    expect(peer.fieldsOf(asked!)).toEqual([
      [":method", "CONNECT"],
      [":protocol", "websocket"],
      [":scheme", "http"],
      [":path", "/x?y"],
      [":authority", "[::1]:9001"],
      ["sec-websocket-version", "13"],
    ]);
    peer.says(FrameType.headers, endHeaders, 1, [[":status", "103"]]);
    peer.says(FrameType.headers, endHeaders, 1, [...ok, ["sec-websocket-protocol", "x"]]);
    expect(peer.sent()).toMatchObject([
      { type: FrameType.data, stream: 1, payload: hex("8282000000006161") },
    ]);
    peer.says(FrameType.data, 0, 1, hex("8202"));
    peer.says(FrameType.data, padded, 1, hex("0361 61 000000".replaceAll(" ", "")));
    expect(peer.sent().map(({ type, payload }) => [type, payload.readUInt32BE(0)])).toEqual([
      [FrameType.windowUpdate, 2],
      [FrameType.windowUpdate, 2],
      [FrameType.windowUpdate, 6],
      [FrameType.windowUpdate, 6],
    ]);
    peer.says(FrameType.data, endStream, 1, Buffer.alloc(0));
    expect(events(peer.talk.record)).toEqual(["settings", "response", "opened", "message", "fin"]);
    expect(peer.talk.record!.response).toBe("HTTP/2 200\r\nsec-websocket-protocol: x\r\n\r\n");
    expect(peer.sent().map(({ type, flags }) => [type, flags])).toEqual([
      [FrameType.data, endStream],
      [FrameType.goaway, 0],
    ]);
    expect(peer.wishes).toEqual(["end"]);
    expect(peer.connection.record).toBe(true);
  });

  it("sends no more than windows allow, in the pieces that a script wants", () => {
    const peer = playing({ steps: [open, frameOf(70_000), pause] });
    const settings = [
      [Setting.initialWindowSize, 20_000],
      [Setting.enableConnectProtocol, 1],
    ] as const;
    peer.says(FrameType.settings, 0, 0, encodeSettings(settings));
    peer.says(FrameType.headers, endHeaders, 1, ok);
    expect(lengths(peer.sent())).toEqual([16_384, 3_616]);
    peer.says(FrameType.windowUpdate, 0, 1, uint32(60_000));
    expect(lengths(peer.sent()), "as far as the connection's window").toEqual([16_384, 16_384, 12_767]);
    peer.says(FrameType.windowUpdate, 0, 0, uint32(60_000));
    expect(lengths(peer.sent())).toEqual([70_014 - 65_535]);
    const small = playing({ steps: [open, frameOf(3), pause], http2: { data: { octets: 4, pad: 2 } } });
    expect(small.opens().filter(({ type }) => type === FrameType.data)).toMatchObject([
      { flags: padded, payload: hex("02828300000000") },
      { flags: padded, payload: hex("02000061610000") },
      { flags: padded, payload: hex("02610000") },
    ]);
  });

  it("sends a request in pieces, and frames as they are", () => {
    const fields = [["a", "b"]] as const;
    const peer = playing({
      steps: [
        { step: "http2", send: { send: "headers", fields, end: true, cut: 3, pad: 1 } },
        {
          step: "http2",
          send: { send: "frame", on: "connection", type: 0xf0, flags: 3, payload: { hex: "01" } },
        },
        pause,
      ],
    });
    peer.allows();
    expect(peer.sent().slice(2)).toEqual([
      { type: FrameType.headers, flags: endStream | padded, stream: 1, payload: hex("0100016100") },
      { type: FrameType.continuation, flags: endHeaders, stream: 1, payload: hex("0162") },
      { type: 0xf0, flags: 3, stream: 0, payload: hex("01") },
    ]);
  });

  it.each<readonly [string, number, number, number, Buffer | readonly FieldLine[]]>([
    ["stream's window", FrameType.data, 0, 1, hex("8203616161")],
    ["nobody opened", FrameType.data, 0, 3, hex("8203")],
    ["uppercase", FrameType.headers, endHeaders, 1, [...ok, ["X", "y"]]],
    ["cannot be read any more", FrameType.headers, endHeaders, 1, hex("be")],
    ["stands between HEADERS", FrameType.headers, 0, 1, ok],
    ["promised", FrameType.pushPromise, endHeaders, 1, hex("0000000282")],
    ["padding", FrameType.data, padded, 1, hex("ff00")],
    ["WINDOW_UPDATE", FrameType.windowUpdate, 0, 1, uint32(0)],
  ])("notes a broken rule: %s", (words, type, flags, stream, payload) => {
    const settings = [[Setting.initialWindowSize, 4]] as const;
    const peer = playing({ steps: [open, pause], http2: { settings, keepsWindow: true } });
    peer.allows();
    peer.says(type, flags, stream, payload);
    peer.says(FrameType.ping, 0, 0, Buffer.alloc(8));
    peer.says(FrameType.headers, endHeaders, 1, ok);
    peer.at(200);
    expect(peer.violations().join()).toContain(words);
  });

  it("takes RST_STREAM, GOAWAY and the end of TCP for a reset", () => {
    const said = (act: (peer: ReturnType<typeof playing>) => void) => {
      const peer = playing({ steps: [open, pause] });
      peer.opens();
      act(peer);
      return events(peer.talk.record).slice(3);
    };
    expect(said((peer) => peer.says(FrameType.rstStream, 0, 1, uint32(ErrorCode.cancel)))).toEqual([
      "rstStream",
      "reset",
    ]);
    expect(said((peer) => peer.says(FrameType.goaway, 0, 0, Buffer.alloc(8)))).toEqual(["goaway", "reset"]);
    expect(said((peer) => peer.connection.ended(1))).toEqual(["reset"]);
  });

  it("shares a connection, which ends behind the last stream", () => {
    const peer = playing({ steps: [open] }, { steps: [open, pause], http2: { sharing: true } });
    peer.opens();
    expect([peer.talk.record === null, peer.connection.record]).toEqual([false, null]);
    const second = peer.join(1);
    expect(peer.sent()).toMatchObject([{ type: FrameType.headers, stream: 3 }]);
    peer.says(FrameType.headers, endHeaders, 3, ok);
    peer.at(500);
    expect(events(second.record)).toEqual(["settings", "response", "opened"]);
    expect([peer.connection.record, peer.wishes]).toEqual([true, ["end"]]);
  });

  it("opens no more streams than the peer allows, and goes on when one has ended", () => {
    const peer = playing({ steps: [open, pause] }, { steps: [open], http2: { sharing: true } });
    peer.says(FrameType.settings, 0, 0, encodeSettings([[Setting.maxConcurrentStreams, 1]]));
    peer.opens();
    const second = peer.join(1);
    expect(peer.sent()).toEqual([]);
    peer.at(150);
    expect(peer.sent()).toContainEqual(expect.objectContaining({ type: FrameType.headers, stream: 3 }));
    peer.says(FrameType.headers, endHeaders, 3, ok);
    expect(events(second.record)).toContain("opened");
  });

  it("says why a stream was never there", () => {
    const whyOf = (act: (peer: ReturnType<typeof playing>) => void) => {
      const peer = playing({ steps: [open] });
      act(peer);
      return peer.talk.record!.events.flatMap((event) =>
        event.event === "notConnected" ? [event.why] : [],
      )[0];
    };
    expect(whyOf((peer) => peer.at(20_000))).toBe("no SETTINGS of HTTP/2 came");
    expect(whyOf((peer) => peer.connection.ended(1))).toContain("was ended before");
    const unwilling = whyOf((peer) => {
      peer.says(FrameType.settings, 0, 0, encodeSettings([[Setting.enableConnectProtocol, 0]]));
      peer.at(20_000);
    });
    expect(unwilling).toContain("SETTINGS_ENABLE_CONNECT_PROTOCOL did not come with 1");
    const full = whyOf((peer) => {
      peer.says(FrameType.settings, 0, 0, encodeSettings([[Setting.maxConcurrentStreams, 0]]));
      peer.allows();
      peer.at(20_000);
    });
    expect(full).toContain("SETTINGS_MAX_CONCURRENT_STREAMS allows no stream");
  });

  it("is judged by the rules of its case", () => {
    const peer = playing({ steps: [open] });
    peer.allows();
    peer.says(FrameType.rstStream, 0, 1, uint32(ErrorCode.protocolError));
    const record = { extra: { connections: [peer.talk.record!], nonces: [] } } as unknown as Parameters<
      typeof judgeExtra
    >[1];
    expect(judgeExtra(template, record).behavior).toBe("FAILED");
    const malformed = extraCatalogue.byId.get("34.2.1")!.case;
    const { rules, connections } = malformed.extra!;
    const alone = { ...malformed.extra!, rules: rules.slice(0, 2), connections: connections.slice(0, 1) };
    expect(judgeExtra({ ...malformed, extra: alone }, record).behavior).toBe("OK");
  });
});

it("finds what HTTP/2 has said", () => {
  const holds = (expectation: Http2Expectation, ...facts: readonly Http2Fact[]) => {
    const record = {
      events: facts.map((fact) => ({ t: 0, event: "http2", ...fact })),
    } as unknown as TalkRecord;
    return http2Finding(expectation, record).holds;
  };
  const settings = (value: number): Http2Fact => ({ fact: "settings", values: [[8, value]] });
  expect(holds({ what: "setting", id: 8, value: 1 })).toBe(false);
  expect(holds({ what: "setting", id: 8, value: 1 }, settings(0), settings(1))).toBe(true);
  expect(holds({ what: "setting", id: 8, value: 1 }, settings(1), settings(0))).toBe(false);
  expect(holds({ what: "lawful" }, settings(1))).toBe(true);
  expect(holds({ what: "lawful" }, { fact: "violation", text: "x" })).toBe(false);
  expect(holds({ what: "error" }, { fact: "goaway", code: 0 })).toBe(false);
  expect(holds({ what: "error" }, { fact: "goaway", code: 0 }, { fact: "rstStream", code: 1 })).toBe(true);
  expect(holds({ what: "error", codes: [8] }, { fact: "rstStream", code: 1 })).toBe(false);
  expect(holds({ what: "pingAnswered", hex: "01" }, { fact: "pingAnswer", hex: "02" })).toBe(false);
  expect(holds({ what: "pingAnswered", hex: "01" }, { fact: "pingAnswer", hex: "01" })).toBe(true);
  expect([errorName(1), errorName(13), errorName(99)]).toEqual([
    "PROTOCOL_ERROR",
    "HTTP_1_1_REQUIRED",
    "code 99",
  ]);
  expect([settingName(8), settingName(77)]).toEqual(["SETTINGS_ENABLE_CONNECT_PROTOCOL", "setting 77"]);
});

it.each<readonly [string | null, readonly FieldLine[]]>([
  [null, [...ok, ["server", "x y"]]],
  [":status once", [["server", "x"]]],
  [":status once", [...ok, ...ok]],
  [":status once", [...ok, [":path", "/"]]],
  [":status once", [[":status", "2000"]]],
  ["status 101", [[":status", "101"]]],
  ["stands behind", [["server", "x"], ...ok]],
  ["uppercase", [...ok, ["Server", "x"]]],
  ["octets that it may not have", [...ok, ["a b", "x"]]],
  ["octets that it may not have", [...ok, ["a:b", "x"]]],
  ["speaks of a connection", [...ok, ["upgrade", "websocket"]]],
  ["the value of server", [...ok, ["server", "x\r\ny"]]],
  ["the value of server", [...ok, ["server", " x"]]],
])("finds in a response: %s", (words, fields) => {
  const faults = fieldFaults(fields, "response").join();
  expect(faults).toMatch(words === null ? /^$/ : new RegExp(words));
});

it("knows trailers", () => {
  expect(fieldFaults([["grpc-status", "0"]], "trailers")).toEqual([]);
  expect(fieldFaults(ok, "trailers").join()).toContain("trailers hold");
});
