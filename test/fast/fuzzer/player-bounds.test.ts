import { describe, expect, it } from "vitest";

import { judge } from "../../../fuzzer/judge.ts";
import type { CaseRecord } from "../../../fuzzer/record.ts";
import { maxLogEntries } from "../../../fuzzer/wire-log.ts";

import { peerFrame } from "../../support/endpoint-bench.ts";
import { caseOf, PlayerBench } from "../../support/player-bench.ts";

/** Events that a record keeps. */
const maxEvents = 1_000;

const flood = 50_000;

/** Characters of JSON that a record may have, whatever the peer does. */
const maxRecord = 1_500_000;

function recordAfter(frames: readonly Buffer[]): CaseRecord {
  const bench = new PlayerBench(caseOf("1.1.2"), { role: "server" }).open();
  for (const frame of frames) bench.receiveOctets(frame);
  return bench.lose();
}

describe("a peer that floods", () => {
  it("with messages, each by itself: events and log are cut, counts are kept", () => {
    const frame = peerFrame("client", { opcode: 1 }, Buffer.alloc(100, "x"));
    const record = recordAfter(Array.from({ length: flood }, () => frame));
    expect([record.received.length, record.receivedDropped]).toEqual([maxEvents, flood - maxEvents]);
    expect(record.rxFrames).toEqual({ "1": flood });
    expect(record.rxOctets).toMatchObject({ "102": flood });
    // Each frame is an entry for the octets and one for the frame; five come before them.
    expect([record.log.length, record.logDropped]).toEqual([maxLogEntries, 2 * flood + 5 - maxLogEntries]);
    expect(JSON.stringify(record).length).toBeLessThan(maxRecord);
    expect(judge(caseOf("1.1.2"), record).behavior).toBe("FAILED");
  });

  it("with pongs, many in one segment", () => {
    const segment = Buffer.concat(Array.from({ length: flood }, () => peerFrame("client", { opcode: 10 })));
    const record = recordAfter([segment]);
    expect([record.received.length, record.receivedDropped]).toEqual([maxEvents, flood - maxEvents]);
    expect(record.rxOctets).toMatchObject({ [String(segment.length)]: 1 });
  });

  it("with empty frames of one message", () => {
    const empty = peerFrame("client", { opcode: 0, fin: false });
    const frames = [
      peerFrame("client", { opcode: 1, fin: false }),
      ...Array.from({ length: flood }, () => empty),
    ];
    const record = recordAfter(frames);
    expect([record.received, record.rxFrames]).toEqual([[], { "0": flood, "1": 1 }]);
    expect(record.log).toHaveLength(maxLogEntries);
  });

  it("with one message of 64 MiB: its digest is kept, not its octets", () => {
    const bench = new PlayerBench(caseOf("1.1.2"), { role: "server" }).open();
    const part = peerFrame("client", { opcode: 0, fin: false }, Buffer.alloc(1 << 20, "y"));
    bench.receive({ opcode: 1, fin: false });
    for (let mebibyte = 0; mebibyte < 64; mebibyte++) bench.receiveOctets(part);
    bench.receive({ opcode: 0 });
    const record = bench.lose();
    expect(record.received).toMatchObject([
      { event: "message", payload: { length: 64 << 20, head: "79".repeat(64) } },
    ]);
    expect(JSON.stringify(record).length).toBeLessThan(maxRecord);
  });

  it("with chunks of many sizes: the sizes kept are limited, and the rest counted", () => {
    const bench = new PlayerBench(caseOf("1.1.2"), { role: "server" }).open();
    const sizes = Array.from({ length: 3_000 }, (_, i) => i + 1);
    bench.receiveOctets(Buffer.from("827f0000000100000000", "hex"));
    for (const size of sizes) bench.receiveOctets(Buffer.alloc(size));
    const { rxOctets } = bench.lose();
    expect(Object.keys(rxOctets).length).toBeLessThanOrEqual(501);
    const counted = Object.values(rxOctets).reduce((sum, count) => sum + count, 0);
    expect(counted).toBe(sizes.length + 2);
    expect(rxOctets["other"]).toBeGreaterThan(2_000);
  });

  it("with a close reason of 1 MiB: the record stays small", () => {
    const payload = Buffer.concat([Buffer.from([3, 232]), Buffer.alloc(1 << 20, "r")]);
    const record = recordAfter([peerFrame("client", { opcode: 8 }, payload)]);
    expect(record.remoteCloseCode).toBe(1000);
    expect(JSON.stringify(record).length).toBeLessThan(maxRecord);
  });
});
