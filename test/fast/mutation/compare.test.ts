import { describe, expect, it } from "vitest";

import { encodeFrame } from "../../../wire/frame.ts";
import { compare, progressOf } from "../../../mutation/compare.ts";
import type { Observation, Seen } from "../../../mutation/observation.ts";
import { opinionsOf } from "../../../mutation/opinion.ts";

const text = (content: string) => Buffer.from(content);
const frame = (opcode: number, payload: Buffer | string, more: { fin?: boolean; rsv?: number } = {}) =>
  encodeFrame({ opcode, maskKey: Buffer.from("01020304", "hex"), ...more }, Buffer.from(payload));
const octets = (...frames: Buffer[]) => Buffer.concat(frames);

const agreed = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: null,
  clientMaxWindowBits: null,
};

const sentinel = "c0de";
const pong: Seen = { type: "pong", payload: Buffer.from(sentinel, "hex") };
const echo = (content: string): Seen => ({ type: "echo", binary: false, payload: text(content) });
const close = (code: number | null): Seen => ({ type: "close", code, reason: null });

const seen = (events: readonly Seen[], more: Partial<Observation> = {}): Observation => ({
  opening: { state: "open", agreed: null },
  events,
  closed: true,
  sentCode: 1000,
  ended: "fin",
  waitedFor: null,
  ...more,
});

const verdict = (sent: Buffer, observed: Observation, deflate: typeof agreed | null = null) => {
  const found = compare(opinionsOf(sent, deflate), observed, sentinel);
  return found === null ? null : `${found.level} ${found.kind}`;
};

const closedByPeer = { closed: false } as const;
const silent = { closed: false, ended: null, waitedFor: "answers" } as const;

describe("a stream in which nothing is wrong", () => {
  const sent = octets(frame(1, "a"), frame(9, "p"), frame(1, "b"));

  it.each([
    ["all that is due", seen([echo("a"), echo("b"), pong, close(1000)]), null],
    [
      "pongs for the last ping alone, and others unasked",
      seen([pong, { type: "pong", payload: text("x") }, echo("a"), echo("b"), close(1000)]),
      null,
    ],
    ["another code in the close frame", seen([echo("a"), echo("b"), pong, close(1001)]), null],
    [
      "a close frame as if ours had been wrong",
      seen([echo("a"), echo("b"), pong, close(1002)]),
      "open fails",
    ],
    ["echoes out of turn", seen([echo("b"), echo("a"), pong, close(1000)]), "open reorders"],
    ["one echo too few", seen([echo("b"), pong], silent), "must loses"],
    ["one too many", seen([echo("a"), echo("b"), echo("b"), pong, close(1000)]), "must alters"],
    ["another one", seen([echo("a"), echo("c"), pong, close(1000)]), "must alters"],
    ["no pong", seen([echo("a"), echo("b")], silent), "must no-pong"],
    ["no close frame", seen([echo("a"), echo("b"), pong]), "must no-close"],
    ["no close frame that a reset had left", seen([echo("a"), echo("b"), pong], { ended: "reset" }), null],
    [
      "TCP that stays open",
      seen([echo("a"), echo("b"), pong, close(1000)], { ended: null, waitedFor: "end" }),
      "must keeps-tcp",
    ],
    ["a failure", seen([echo("a"), close(1002)], closedByPeer), "must fails"],
    ["a goodbye", seen([echo("a"), close(1001)], closedByPeer), "open fails"],
    ["a limit", seen([echo("a"), close(1009)], closedByPeer), "open fails"],
    ["the end of TCP", seen([echo("a")], closedByPeer), "must fails"],
  ])("and %s", (_, observed, expected) => {
    expect(verdict(sent, observed)).toBe(expected);
  });
});

describe("a frame that must fail the connection", () => {
  const sent = octets(frame(1, "a"), frame(3, "x"), frame(1, "b"));

  it.each([
    ["a close frame", seen([echo("a"), close(1002)], closedByPeer), null],
    ["another code", seen([close(1000)], closedByPeer), null],
    ["the end of TCP alone", seen([], closedByPeer), null],
    ["a reset", seen([echo("a")], { closed: false, ended: "reset" }), null],
    ["silence", seen([echo("a")], silent), "must ignores"],
    ["what comes behind it", seen([echo("a"), echo("b"), close(1002)], closedByPeer), "must takes"],
    ["a pong for the ping behind it", seen([echo("a"), pong], silent), "must takes"],
    ["a pong, and a failure after all", seen([echo("a"), pong, close(1002)], closedByPeer), null],
    ["an echo that is altered before it", seen([echo("ä"), close(1002)], closedByPeer), "must alters"],
  ])("and %s", (_, observed, expected) => {
    expect(verdict(sent, observed)).toBe(expected);
  });

  it("need not be noticed before it has come to its end", () => {
    expect(verdict(octets(frame(3, "xyz").subarray(0, 7)), seen([], silent))).toBeNull();
  });
});

describe("a frame that nobody may send, and anybody may take", () => {
  const sent = octets(frame(9, "p", { fin: false }));

  it.each([
    ["a failure", seen([close(1002)], closedByPeer), null],
    ["silence", seen([], silent), null],
    ["a pong for the ping behind it", seen([pong], silent), "open takes"],
  ])("and %s", (_, observed, expected) => {
    expect(verdict(sent, observed)).toBe(expected);
  });

  it("must not be answered by what is wrong itself", () => {
    const fault: Seen = { type: "violation", level: "must", text: "x", section: "5.5" };
    expect(verdict(sent, seen([fault], silent))).toBe("must writes");
  });
});

describe("a text that is not UTF-8", () => {
  const begun = octets(frame(1, Buffer.from("ff", "hex"), { fin: false }));
  const ended = octets(begun, frame(0, "x"));

  it("may be noticed at once, or when the message ends", () => {
    expect(verdict(begun, seen([close(1007)], closedByPeer))).toBeNull();
    expect(verdict(begun, seen([pong, close(1000)]))).toBeNull();
    expect(verdict(ended, seen([close(1007)], closedByPeer))).toBeNull();
    expect(verdict(ended, seen([pong], silent))).toBe("must takes");
  });

  it("may be noticed early within a compressed message too", () => {
    const open = octets(frame(1, Buffer.from("fa0f00", "hex"), { fin: false, rsv: 4 }));
    expect(verdict(open, seen([close(1007)], closedByPeer), agreed)).toBeNull();
    expect(verdict(open, seen([pong, close(1000)]), agreed)).toBeNull();
    expect(verdict(octets(open, frame(8, "")), seen([], closedByPeer), agreed)).toBeNull();
  });
});

describe("our own close frame in the stream", () => {
  const sent = octets(frame(1, "a"), frame(8, Buffer.from("03e8", "hex")), frame(1, "b"));
  const open = { closed: false, ended: null, waitedFor: "answers" } as const;

  it.each([
    ["its answer", seen([echo("a"), close(1000)], closedByPeer), null],
    ["its answer alone", seen([close(1000)], closedByPeer), null],
    ["the end of TCP alone", seen([echo("a")], closedByPeer), "must no-close"],
    ["a reset by what stands behind it", seen([], { closed: false, ended: "reset" }), null],
    ["nothing", seen([echo("a")], open), "must no-close"],
    [
      "an echo of what stands behind it",
      seen([echo("a"), echo("b"), close(1000)], closedByPeer),
      "open takes",
    ],
  ])("and %s", (_, observed, expected) => {
    expect(verdict(sent, observed)).toBe(expected);
  });
});

describe("a code that was registered after RFC 6455", () => {
  it("may be refused", () => {
    const ended = seen([echo("a"), pong], { sentCode: 1014 });
    expect(verdict(octets(frame(1, "a")), ended)).toBe("open no-close");
    const sent = octets(frame(8, Buffer.from("03f6", "hex")));
    expect(verdict(sent, seen([], closedByPeer))).toBe("open no-close");
    expect(verdict(sent, seen([], silent))).toBe("must no-close");
  });
});

describe("a header that does not end", () => {
  it("may be known to be wrong by one who looks at each octet", () => {
    const broken = frame(1, "abc", { rsv: 2 });
    expect(verdict(broken.subarray(0, 1), seen([close(1002)], closedByPeer))).toBeNull();
    expect(
      verdict(octets(frame(1, "a"), broken.subarray(0, 1)), seen([close(1002)], closedByPeer)),
    ).toBeNull();
    expect(verdict(frame(2, Buffer.alloc(200)).subarray(0, 3), seen([], closedByPeer))).toBeNull();
    expect(verdict(frame(1, "abc").subarray(0, 1), seen([], silent))).toBeNull();
  });
});

describe("a compressed message in a frame that does not end", () => {
  it("may be known to be wrong by one who inflates as it comes", () => {
    const sent = frame(1, Buffer.alloc(20), { rsv: 4 }).subarray(0, 12);
    expect(verdict(sent, seen([], closedByPeer), agreed)).toBeNull();
    expect(verdict(frame(1, "abc").subarray(0, 7), seen([], closedByPeer))).toBe("must fails");
  });
});

describe("a compressed message with a final block", () => {
  it("leaves everything open", () => {
    // RFC 7692 section 7.2.3.4.
    const sent = octets(frame(1, Buffer.from("f348cdc9c9070000", "hex"), { rsv: 4 }), frame(1, "b"));
    for (const events of [[], [echo("Hello")], [pong], [close(1002)]])
      expect(verdict(sent, seen(events, silent), agreed)).toBeNull();
  });
});

describe("a final block in a message that does not end", () => {
  it("leaves open whether the message is whole", () => {
    const sent = frame(1, Buffer.from("f348cdc9c9070000", "hex"), { rsv: 4, fin: false });
    expect(verdict(sent, seen([echo("Hello"), pong, close(1000)]), agreed)).toBeNull();
    const unfinished = frame(1, Buffer.from("f248cdc9c907", "hex"), { rsv: 4, fin: false });
    expect(verdict(unfinished, seen([echo("Hello"), pong, close(1000)]), agreed)).toBe("must alters");
  });
});

describe("a message that comes back as another before what may not be sent", () => {
  it("was altered, and does not show that the rest was taken", () => {
    const sent = octets(frame(1, "abc"), frame(9, "p", { fin: false }));
    expect(verdict(sent, seen([echo("abd"), close(1002)], closedByPeer))).toBe("must alters");
    expect(verdict(sent, seen([echo("abc"), echo("x")], closedByPeer))).toBe("open takes");
  });
});

describe("many small frames", () => {
  it("are read in a time that goes with their number", () => {
    const spent = (count: number) => {
      const sent = Buffer.concat(
        Array.from({ length: count }, () => Buffer.from("8a8300000000616263", "hex")),
      );
      const before = process.cpuUsage();
      expect(opinionsOf(sent, null)[0]!.end.state).toBe("open");
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    // To copy for each frame all that stands behind it would take sixteen times as long.
    expect(spent(60_000) / spent(15_000)).toBeLessThan(12);
  });
});

describe("the progress of a talk", () => {
  const progress = (sent: Buffer, events: readonly Seen[], deflate: typeof agreed | null = null) =>
    progressOf(opinionsOf(sent, deflate), events, sentinel);

  it("says what the peer still owes", () => {
    const legal = octets(frame(1, "a"));
    expect(progress(legal, [])).toBe("due");
    expect(progress(legal, [pong])).toBe("due");
    expect(progress(legal, [pong, echo("a")])).toBe("done");
    expect(progress(legal, [close(1000)])).toBe("closed");
    expect(progressOf(opinionsOf(legal.subarray(0, 4), null), [], null)).toBe("idle");
    const broken = octets(frame(3, "x"));
    expect([progress(broken, []), progress(broken, [pong])]).toEqual(["due", "late"]);
    const lenient = octets(frame(9, "p", { fin: false }));
    expect([progress(lenient, []), progress(lenient, [pong])]).toEqual(["late", "settled"]);
  });
});
