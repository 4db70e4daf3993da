import { describe, expect, it } from "vitest";

import type { TalkRecord } from "../../../../fuzzer/extra/events.ts";
import type { ExtraStep, Script } from "../../../../fuzzer/extra/script.ts";
import { findingOf } from "../../../../fuzzer/extra/findings.ts";
import { Talk, type TalkSetup } from "../../../../fuzzer/extra/talk.ts";
import { rejects } from "../../../../fuzzer/suite/extra.ts";
import { WireLog } from "../../../../fuzzer/wire-log.ts";
import { acceptKey, parseHead } from "../../../../wire/handshake.ts";

const key = Buffer.alloc(16, 7).toString("base64");
const to = { host: "::1", port: 9001, resource: "/x" };
const accepted = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n`;
const request = `GET / HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n\r\n`;

/** A talk, what it wrote and wished of TCP, and the means to answer it. */
function talking(steps: readonly ExtraStep[], script: Partial<Script> = {}, setup: Partial<TalkSetup> = {}) {
  const written: Buffer[] = [];
  const wishes: string[] = [];
  const talk = new Talk(
    { steps, ...script },
    {
      transport: {
        write: (octets) => void written.push(Buffer.from(octets)),
        shut: () => void wishes.push("shut"),
        end: () => void wishes.push("end"),
        cut: () => void wishes.push("cut"),
        reset: () => void wishes.push("reset"),
        reading: (on) => void wishes.push(on ? "read" : "pause"),
      },
      log: new WireLog(),
      deflate: null,
      random: (octets) => Buffer.alloc(octets, octets === 16 ? 7 : 0),
      ...(setup.request === undefined && { to }),
      ...setup,
    },
  );
  let now = 0;
  talk.begin(0);
  return {
    talk,
    wishes,
    hex: () => Buffer.concat(written.splice(0)).toString("hex"),
    text: () => Buffer.concat(written.splice(0)).toString("latin1"),
    says: (octets: string | Buffer) =>
      talk.receive(now, typeof octets === "string" ? Buffer.from(octets, "latin1") : octets),
    at: (ms: number) => talk.tick((now = ms)),
    ends: (how: "fin" | "reset") => talk.ended(now, how),
  };
}

const events = (record: TalkRecord | null) => record!.events.map(({ event }) => event);
const open: ExtraStep = { step: "open" };
const hex = (text: string) => Buffer.from(text, "hex");

describe("a talk as client", () => {
  it("asks with its key and names, and reads frames behind the response", () => {
    const peer = talking([open, { step: "await", for: { what: "message", count: 1 }, ms: 50, tag: "echo" }]);
    expect(peer.text()).toBe(
      `GET /x HTTP/1.1\r\nHost: [::1]:9001\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    peer.says(accepted + "\x81\x02hi");
    expect(events(peer.talk.record)).toEqual(["response", "opened", "message"]);
    expect(peer.wishes).toEqual(["end"]);
  });

  it("leaves out the rest when the handshake fails, and keeps what stands behind the response", () => {
    const peer = talking([open, { step: "frame", opcode: 1, payload: { hex: "61" } }]);
    peer.text();
    peer.says("HTTP/1.1 400 Bad Request\r\n\r\nbehind");
    expect(peer.text()).toBe("");
    expect(peer.talk.record).toMatchObject({ behind: "behind", frames: [] });
    expect(peer.talk.record!.events).toEqual([{ t: 0, event: "response", status: 400 }]);
  });

  it("takes no response with another accept for one", () => {
    const peer = talking([open]);
    peer.says(accepted.replace(/Accept: ./, "Accept: #"));
    expect(events(peer.talk.record)).toEqual(["response"]);
  });

  it("has patience with the ordinary handshake, and some with any other request", () => {
    const givenUp = (step: ExtraStep) => {
      const peer = talking([step]);
      const at = peer.talk.deadline!;
      peer.at(at);
      return { at, events: events(peer.talk.record) };
    };
    expect(givenUp(open)).toEqual({ at: 10_000, events: ["timeout"] });
    expect(givenUp({ step: "open", ms: 60_000 })).toEqual({ at: 60_000, events: ["timeout"] });
    expect(givenUp({ step: "request", head: "GET {resource} HTTP/1.1\r\n\r\n" })).toEqual({
      at: 5_000,
      events: ["timeout"],
    });
  });

  it("takes a data frame behind the close frame for a broken rule, and a control frame for none", () => {
    const broken = (behind: string) => {
      const peer = talking([open, { step: "pause", ms: 10 }]);
      peer.says(`${accepted}\x88\x00${behind}`);
      peer.ends("fin");
      return events(peer.talk.record).includes("violation");
    };
    expect(broken("\x8a\x00\x88\x00")).toBe(false);
    expect(broken("\x81\x00")).toBe(true);
  });

  it("notes what does not come in time, and goes on", () => {
    const peer = talking([
      open,
      { step: "await", for: { what: "pong", count: 1 }, ms: 100, tag: "pong" },
      { step: "mark", tag: "behind" },
    ]);
    peer.says(accepted);
    peer.at(99);
    expect(peer.talk.record).toBeNull();
    peer.at(100);
    expect(peer.talk.record!.events.slice(2)).toEqual([
      { t: 100, event: "timeout", tag: "pong" },
      { t: 100, event: "mark", tag: "behind" },
    ]);
  });

  it("stops when the peer has ended TCP", () => {
    const peer = talking([open, { step: "pause", ms: 1_000 }, { step: "mark", tag: "never" }]);
    peer.says(accepted);
    peer.ends("reset");
    expect(events(peer.talk.record)).toEqual(["response", "opened", "reset"]);
  });

  it("writes in pieces, each at its time", () => {
    const chop = { octets: 2, every: 10 };
    const peer = talking([
      open,
      { step: "frame", opcode: 1, payload: { hex: "6162" }, key: "00000000", chop },
    ]);
    peer.text();
    peer.says(accepted);
    expect(peer.hex()).toBe("8182");
    peer.at(9);
    expect(peer.hex()).toBe("");
    peer.at(10);
    expect(peer.hex()).toBe("0000");
    peer.at(30);
    expect(peer.hex()).toBe("0000");
    peer.at(40);
    expect(peer.hex()).toBe("6162");
  });

  it("writes any frame: masks, bits of the length, and lengths that are not true", () => {
    const frame = (more: object): ExtraStep => ({
      step: "frame",
      opcode: 2,
      payload: { hex: "61" },
      ...more,
    });
    const peer = talking([
      open,
      frame({ masked: false }),
      frame({ key: "01020304", lengthBits: 16 }),
      frame({ masked: false, lengthBits: 64, length: "ffffffffffffffff" }),
      { step: "repeat", times: 2, steps: [frame({ masked: false, fin: false, rsv: 7 })] },
    ]);
    peer.text();
    peer.says(accepted);
    expect(peer.hex()).toBe(`82016182fe00010102030460827fffffffffffffffff61${"720161".repeat(2)}`);
  });

  it("answers pings and the close frame, unless told not to", () => {
    const wait: ExtraStep = { step: "await", for: { what: "end" }, ms: 50 };
    const said = "\x89\x01p\x88\x02\x03\xe8";
    const polite = talking([open, wait]);
    polite.text();
    polite.says(accepted + said);
    expect(polite.hex()).toBe("8a81000000007088820000000003e8");
    const mute = talking([open, wait], { mutePongs: true, muteClose: true });
    mute.text();
    mute.says(accepted + said);
    expect(mute.hex()).toBe("");
  });

  it("tells broken rules of the peer's frames, and goes on reading", () => {
    const peer = talking([open, { step: "await", for: { what: "end" }, ms: 50 }]);
    peer.says(`${accepted}\xc1\x01a\x81\x7e\x00\x01b\x88\x02\x03\xed\x81\x01c`);
    peer.ends("fin");
    const told = peer.talk.record!.events.flatMap((event) =>
      event.event === "violation" ? [event.text] : [],
    );
    expect(told).toEqual([
      expect.stringContaining("reserved bits are 4"),
      expect.stringContaining("not written in the shortest form"),
      expect.stringContaining("close code 1005 was sent"),
      expect.stringContaining("behind the close frame"),
    ]);
    expect(events(peer.talk.record).filter((event) => event === "message")).toHaveLength(3);
  });

  it("keeps few of many pongs, and all else", () => {
    const peer = talking([open, { step: "await", for: { what: "message", count: 1 }, ms: 50 }]);
    peer.says(accepted + "\x8a\x00".repeat(1_000) + "\x81\x00");
    const { events: kept, dropped, frames } = peer.talk.record!;
    expect([kept.length + dropped, kept.at(-1)!.event]).toEqual([1_003, "message"]);
    expect(frames).toHaveLength(400);
  });

  it("does with TCP what the script says", () => {
    const peer = talking([
      open,
      { step: "reading", on: false },
      { step: "reading", on: true },
      { step: "shut" },
      { step: "reset" },
      { step: "mark", tag: "never" },
    ]);
    peer.says(accepted);
    expect(peer.wishes).toEqual(["pause", "read", "shut", "reset"]);
    expect(events(peer.talk.record)).toEqual(["response", "opened"]);
  });
});

describe("a talk as server", () => {
  const asked = { request: { head: parseHead(request), key } };
  const deflate = { offer: "permessage-deflate", answer: "permessage-deflate" };

  it("answers the request that it was given, with what the client demands", () => {
    const peer = talking([open], {}, { ...asked, deflate });
    expect(peer.text()).toBe(
      accepted.replace(
        /\r\n$/,
        "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n\r\n",
      ),
    );
    expect(peer.talk.record).toMatchObject({
      side: "server",
      deflate: "permessage-deflate; server_no_context_takeover",
    });
  });

  it("finds no message in the next request of a client that keeps TCP after a response it rejected", () => {
    const peer = talking(
      [
        { step: "response", head: "HTTP/1.1 101 x\r\n\r\n" },
        { step: "pause", ms: 9 },
      ],
      {},
      asked,
    );
    peer.says(
      `GET /runCase?case=7&agent=a HTTP/1.1\r\nUpgrade: websocket\r\nHost: 172.27.0.1:33019\r\n${"X: y\r\n".repeat(99)}\r\n`,
    );
    peer.ends("fin");
    const found = findingOf(rejects, { connections: [peer.talk.record!], nonces: [] });
    expect(events(peer.talk.record)).toContain("violation");
    expect(found.holds).toBe(true);
  });

  it("agrees to nothing that was not offered", () => {
    const window = { offer: "", answer: "permessage-deflate; client_max_window_bits=9" };
    expect(talking([open], {}, { ...asked, deflate: window }).text()).not.toContain("Extensions");
    const head = parseHead(request.replace(/Sec-WebSocket-Extensions.*\r\n/, ""));
    expect(talking([open], {}, { request: { head, key }, deflate }).text()).not.toContain("Extensions");
  });

  it("inflates what is compressed, and tells how", () => {
    const wait: ExtraStep = { step: "await", for: { what: "message", count: 2 }, ms: 50 };
    const peer = talking([open, wait], {}, { ...asked, deflate });
    const masked = (payload: string) =>
      Buffer.concat([hex("c1"), Buffer.from([0x80 | (payload.length / 2)]), hex("00000000"), hex(payload)]);
    peer.says(Buffer.concat([masked("f248cdc9c90700"), masked("f200110000")]));
    const messages = peer.talk.record!.events.filter((event) => event.event === "message");
    expect(messages).toMatchObject([
      { payload: { length: 5 }, deflate: { usesContext: false, blocks: "fs" } },
      { payload: { length: 5 }, deflate: { usesContext: true, distance: 5 } },
    ]);
  });

  it("reads frames behind a response that opens nothing, to see a client that takes it for one", () => {
    const peer = talking(
      [
        { step: "response", head: "HTTP/1.1 404 Not Found\r\n\r\n" },
        { step: "await", for: { what: "message", count: 1 }, ms: 50 },
      ],
      {},
      asked,
    );
    peer.says(hex("81810000000061"));
    expect(events(peer.talk.record)).toContain("message");
  });
});
