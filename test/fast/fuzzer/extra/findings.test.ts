import { describe, expect, it } from "vitest";

import type { TalkEvent, TalkRecord } from "../../../../fuzzer/extra/events.ts";
import { findingOf } from "../../../../fuzzer/extra/findings.ts";
import { judgeExtra } from "../../../../fuzzer/extra/judge.ts";
import type { Expectation, Level } from "../../../../fuzzer/extra/script.ts";
import { digestOf } from "../../../../fuzzer/digest.ts";
import { extraCatalogue } from "../../../../fuzzer/extra-catalogue.ts";
import type { CaseRecord } from "../../../../fuzzer/record.ts";

type Untimed<T> = T extends unknown ? Omit<T, "t"> : never;
type Event = Untimed<TalkEvent>;

const talk = (events: readonly Event[], more: Partial<TalkRecord> = {}): TalkRecord => ({
  side: "client",
  events: events.map((event, t) => ({ t, ...event })),
  dropped: 0,
  frames: [],
  request: null,
  response: null,
  behind: "",
  deflate: null,
  ...more,
});
const holds = (expectation: Expectation, ...connections: TalkRecord[]) =>
  findingOf(expectation, { connections, nonces: [] }).holds;

const opened: Event[] = [{ event: "response", status: 101 }, { event: "opened" }];
const text = (payload: string): Event => ({
  event: "message",
  binary: false,
  payload: digestOf(Buffer.from(payload)),
  deflate: null,
});
const pong = (payload: string): Event => ({ event: "pong", payload: digestOf(Buffer.from(payload)) });
const close = (code: number | null): Event => ({ event: "close", code, reason: "" });
const hex = (payload: string) => ({ hex: Buffer.from(payload).toString("hex") });
const fin: Event = { event: "fin" };
const closeSent: Event = { event: "closeSent" };
const late: Event = { event: "timeout", tag: "end" };
const head = (...lines: string[]) => `${lines.join("\r\n")}\r\n\r\n`;
const frame = (opcode: number) => ({ opcode, fin: true, rsv: 0, mask: null, length: 0 });
const answer = (value: string) =>
  talk(opened, { response: head("HTTP/1.1 101 x", `Sec-WebSocket-Extensions: ${value}`) });
const both = { binary: false, payload: hex("a") };

describe("an expectation holds, and does not", () => {
  const table: readonly [string, Expectation, TalkRecord, TalkRecord][] = [
    ["refused", { expect: "refused" }, talk([{ event: "response", status: 400 }]), talk(opened)],
    [
      "refused by the end of TCP",
      { expect: "refused" },
      talk([fin]),
      talk([{ event: "response", status: 101 }]),
    ],
    ["status", { expect: "status", among: [4] }, talk([{ event: "response", status: 426 }]), talk([fin])],
    ["opened", { expect: "opened" }, talk(opened), talk([{ event: "response", status: 101 }])],
    ["messages", { expect: "messages", are: [both] }, talk([text("a")]), talk([text("a"), text("a")])],
    ["messages within", { expect: "messagesWithin", are: [both] }, talk([]), talk([text("b")])],
    [
      "all pongs",
      { expect: "pongs", are: [hex("1"), hex("2")], how: "all" },
      talk([pong("1"), pong("2")]),
      talk([pong("2")]),
    ],
    [
      "the last pong",
      { expect: "pongs", are: [hex("1"), hex("2")], how: "last" },
      talk([pong("2")]),
      talk([pong("1")]),
    ],
    [
      "pongs in order",
      { expect: "pongs", are: [hex("1"), hex("2"), hex("3")], how: "last" },
      talk([pong("1"), pong("3")]),
      talk([pong("2"), pong("1"), pong("3")]),
    ],
    ["failed", { expect: "failed" }, talk([fin]), talk([closeSent, close(1000), fin])],
    ["failed by a close frame", { expect: "failed" }, talk([close(1002), closeSent]), talk([])],
    ["survived", { expect: "survived" }, talk([closeSent, close(1000)]), talk([close(1002)])],
    ["a close frame", { expect: "closeFrame" }, talk([close(null)]), talk([fin])],
    ["its code", { expect: "closeCode", among: [1002] }, talk([fin]), talk([close(null)])],
    ["the end in time", { expect: "ended", before: "end" }, talk([fin]), talk([late, fin])],
    ["how it ended", { expect: "endedBy", how: "fin" }, talk([fin]), talk([{ event: "reset" }])],
    ["in time", { expect: "inTime", tag: "end" }, talk([]), talk([late])],
    [
      "count before",
      { expect: "countBefore", tag: "end", what: "pong", least: 1 },
      talk([pong("1"), late]),
      talk([late, pong("1")]),
    ],
    ["lawful frames", { expect: "lawfulFrames" }, talk([]), talk([{ event: "violation", text: "x" }])],
    [
      "silence after the close frame",
      { expect: "silentAfterClose", what: "any" },
      talk([], { frames: [frame(1), frame(8)] }),
      talk([], { frames: [frame(8), frame(10)] }),
    ],
    [
      "no data after the close frame",
      { expect: "silentAfterClose", what: "data" },
      talk([], { frames: [frame(8), frame(10), frame(8)] }),
      talk([], { frames: [frame(8), frame(10), frame(0)] }),
    ],
    ["silence before the response", { expect: "silentBeforeResponse" }, talk([]), talk([], { behind: "x" })],
    [
      "a field",
      { expect: "field", name: "A", matches: "^b$" },
      talk([], { response: head("x", "a: B") }),
      talk([], { response: head("x", "a: bc") }),
    ],
    [
      "a client's field",
      { expect: "field", name: "A", matches: "b" },
      talk([], { side: "server", request: head("x", "a: b") }),
      talk([], { side: "server", response: head("x", "a: b") }),
    ],
    [
      "no field",
      { expect: "fieldAbsent", name: "a" },
      talk([], { response: head("x") }),
      talk([], { response: head("x", "A:") }),
    ],
    [
      "a field once",
      { expect: "fieldTimes", name: "a", most: 1 },
      talk([], { response: head("x", "a: b") }),
      talk([], { response: head("x", "a: b", "A: b") }),
    ],
    [
      "the first line",
      { expect: "startLine", matches: "^x" },
      talk([], { response: head("x y") }),
      talk([], { response: head("y") }),
    ],
    [
      "a clean head",
      { expect: "headIsClean" },
      talk([], { response: head("x", "a: b") }),
      talk([], { response: head("x", "a : b") }),
    ],
    [
      "no second response",
      { expect: "noSecondResponse", status: 404 },
      talk([], { behind: "HTTP/1.1 200" }),
      talk([], { behind: "..HTTP/1.1 404 x" }),
    ],
    ["deflate", { expect: "deflateAgreed" }, talk([], { deflate: "permessage-deflate" }), talk([])],
    ["deflate declined", { expect: "deflateDeclined" }, answer("x-one"), answer("permessage-deflate")],
    [
      "an answer to an offer",
      { expect: "deflateAnswer", offers: ["permessage-deflate; server_max_window_bits=10"] },
      answer("permessage-deflate; server_max_window_bits=9"),
      answer("permessage-deflate; server_max_window_bits=11"),
    ],
    [
      "an answer without what was demanded",
      { expect: "deflateAnswer", offers: ["permessage-deflate; server_no_context_takeover"] },
      answer("permessage-deflate; server_no_context_takeover"),
      answer("permessage-deflate"),
    ],
    [
      "a client's window",
      { expect: "deflateAnswer", offers: ["permessage-deflate; client_max_window_bits=12"] },
      answer("permessage-deflate; client_max_window_bits=12"),
      answer("permessage-deflate; client_max_window_bits=13"),
    ],
    ["not", { expect: "not", of: { expect: "failed" } }, talk([]), talk([fin])],
    [
      "any of",
      { expect: "anyOf", of: [{ expect: "failed" }, { expect: "closeFrame" }] },
      talk([fin]),
      talk([]),
    ],
    [
      "all of",
      { expect: "allOf", of: [{ expect: "failed" }, { expect: "closeFrame" }] },
      talk([close(1002)]),
      talk([fin]),
    ],
  ];

  it.each(table)("%s", (_, expectation, good, bad) => {
    expect([holds(expectation, good), holds(expectation, bad)]).toEqual([true, false]);
  });

  it.each([
    ["distance", { expect: "distance", most: 512 }, { distance: 512 }, { distance: 513 }],
    ["noContext", { expect: "noContext" }, { usesContext: false }, { usesContext: true }],
  ] as const)("%s", (_, expectation, good, bad) => {
    const facts = { distance: 0, usesContext: false, blocks: "f" };
    const compressed = (changes: object) =>
      talk([{ ...text("a"), deflate: { ...facts, ...changes } } as Event]);
    expect([holds(expectation, compressed(good)), holds(expectation, compressed(bad))]).toEqual([
      true,
      false,
    ]);
    expect(holds({ expect: "compressed" }, compressed({}))).toBe(true);
    expect(holds({ expect: "compressed" }, talk([text("a")]))).toBe(false);
  });

  it("looks at the connection that is named", () => {
    expect(holds({ expect: "opened", on: 1 }, talk([fin]), talk(opened))).toBe(true);
    expect(holds({ expect: "opened", on: 1 }, talk(opened))).toBe(false);
  });
});

describe("a verdict follows from the level of the rule", () => {
  const [{ case: some }] = extraCatalogue.entries as readonly [(typeof extraCatalogue.entries)[number]];
  const verdictOf = (levels: readonly Level[], events: readonly Event[], changes: object = {}) => {
    const rules = levels.map((level) => ({
      level,
      rfc: 6455,
      section: "5.6",
      expectation: { expect: "failed" } as const,
    }));
    const played = { ...some, extra: { ...some.extra!, connections: [{ steps: [] }], rules, ...changes } };
    const record = { id: some.id, role: "server", extra: { connections: [talk(events)], nonces: [] } };
    return judgeExtra(played, record as unknown as CaseRecord);
  };

  it.each(["20.3.2", "20.3.4", "20.4.3", "20.6.3", "20.6.6", "20.7.1", "20.7.5", "20.7.7", "30.2.1"])(
    "%s: a server that says nothing at all has not passed, one that ends TCP has",
    (id) => {
      const played = extraCatalogue.entries.find((entry) => entry.case.id === id)!.case;
      const verdictOn = (...events: Event[]) => {
        const record = { id, role: "server", extra: { connections: [talk(events)], nonces: [] } };
        return judgeExtra(played, record as unknown as CaseRecord).behavior;
      };
      expect(verdictOn({ event: "timeout", tag: "response" })).toBe("NON-STRICT");
      expect(verdictOn(fin)).toBe("OK");
    },
  );

  it.each([
    [["MUST"], "FAILED"],
    [["SHOULD"], "NON-STRICT"],
    [["open"], "INFORMATIONAL"],
    [["SHOULD", "MUST"], "FAILED"],
    [["open", "SHOULD"], "NON-STRICT"],
  ] as const)("%s broken: %s", (levels, behavior) => {
    expect(verdictOf(levels, opened).behavior).toBe(behavior);
  });

  it("is OK when all are kept, and tells what was seen", () => {
    const verdict = verdictOf(["MUST", "open"], [...opened, close(1002), fin]);
    expect(verdict).toMatchObject({ behavior: "OK", behaviorClose: "OK" });
    expect(verdict.result).toBe("a close frame came with 1002, it ended TCP");
    expect(verdictOf(["open"], [fin])).toMatchObject({
      behavior: "INFORMATIONAL",
      behaviorClose: "INFORMATIONAL",
    });
  });

  it("is FAILED without a connection, or without the handshake that the case rests on", () => {
    expect(verdictOf(["open"], [{ event: "notConnected", why: "no" }]).behavior).toBe("FAILED");
    const rests = { connections: [{ steps: [{ step: "open" }] }] };
    expect(verdictOf(["MUST"], [fin], rests)).toMatchObject({
      behavior: "FAILED",
      result: "the ordinary opening handshake did not succeed",
    });
  });

  it("is UNIMPLEMENTED without what the case needs", () => {
    const needs = {
      needs: ["deflate"],
      deflate: { offer: "permessage-deflate", answer: "permessage-deflate; server_max_window_bits=9" },
    };
    expect(verdictOf(["MUST"], opened, needs).behavior).toBe("UNIMPLEMENTED");
  });
});
