import { describe, expect, it } from "vitest";

import { digestOf } from "../../../fuzzer/digest.ts";
import { maxLogEntries, WireLog } from "../../../fuzzer/wire-log.ts";

const frame = { opcode: 1, fin: true, rsv: 0, maskKey: null, payload: Buffer.from("Hello") };
const header = { ...frame, masked: false, length7: 5, length: 5 };

describe("the wire log", () => {
  it("keeps octets, frames and notes in their order, with times of its own", () => {
    const log = new WireLog();
    log.countFrom(1_000);
    log.sent(1_000.0004, Buffer.alloc(100, 1), false);
    log.sent(1_001, Buffer.from("a"), true);
    log.received(1_002.5, Buffer.alloc(65, 2));
    log.frameReceived(
      1_002.5,
      { ...header, masked: true, maskKey: Buffer.from([1, 2, 3, 4]) },
      digestOf(Buffer.from("Hello")),
    );
    log.frameSent(1_003, { ...frame, repeat: 5, chop: 2, sync: true });
    log.note(1_004, { log: "killFired" });
    const payload = { length: 5, head: "48656c6c6f" };
    expect(log.entries).toEqual([
      { t: 0, log: "sent", octets: 100, hex: "01".repeat(64) },
      { t: 1, log: "sent", octets: 1, hex: "61", sync: true },
      { t: 2.5, log: "received", octets: 65, hex: "02".repeat(64) },
      { t: 2.5, log: "frameReceived", opcode: 1, fin: true, rsv: 0, mask: "01020304", payload },
      {
        t: 3,
        log: "frameSent",
        opcode: 1,
        fin: true,
        rsv: 0,
        mask: null,
        payload,
        repeat: 5,
        chop: 2,
        sync: true,
      },
      { t: 4, log: "killFired" },
    ]);
  });

  it("can count anew, and then shows what was before with negative times", () => {
    const log = new WireLog();
    log.countFrom(500);
    log.note(500, { log: "killFired" });
    log.note(510, { log: "killFired" });
    log.countFrom(510);
    log.note(512, { log: "killFired" });
    expect(log.entries.map(({ t }) => t)).toEqual([-10, 0, 2]);
  });

  it("while off, keeps notes and counts", () => {
    const log = new WireLog();
    log.enabled = false;
    log.sent(0, Buffer.from("abc"), false);
    log.received(0, Buffer.from("ab"));
    log.received(0, Buffer.from("ab"));
    log.frameSent(0, frame);
    log.frameReceived(0, { ...header, opcode: 9 }, null);
    log.note(0, { log: "logging", on: false });
    expect(log.entries).toEqual([{ t: 0, log: "logging", on: false }]);
    expect([log.txOctets, log.rxOctets, log.txFrames, log.rxFrames]).toEqual([
      { 3: 1 },
      { 2: 2 },
      { 1: 1 },
      { 9: 1 },
    ]);
  });

  it("is bounded, and counts what it does not keep", () => {
    const log = new WireLog();
    for (let at = 0; at < maxLogEntries + 7; at++) log.note(at, { log: "killFired" });
    expect([log.entries.length, log.dropped, log.entries.at(-1)!.t]).toEqual([
      maxLogEntries,
      7,
      maxLogEntries - 1,
    ]);
  });

  it("keeps the counts of 500 sizes, and sums up others", () => {
    const log = new WireLog();
    for (let size = 1; size <= 510; size++) log.received(0, Buffer.alloc(size));
    log.received(0, Buffer.alloc(3));
    expect(Object.keys(log.rxOctets)).toHaveLength(501);
    expect([log.rxOctets["3"], log.rxOctets["500"], log.rxOctets["501"], log.rxOctets["other"]]).toEqual([
      2,
      1,
      undefined,
      10,
    ]);
  });
});
