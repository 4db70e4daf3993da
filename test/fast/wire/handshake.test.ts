import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";

import {
  acceptKey,
  fieldHasToken,
  fieldValue,
  fieldValues,
  HeadReader,
  type HeadProgress,
  maxHeadOctets,
  parseHead,
} from "../../../wire/handshake.ts";

import { anyCuts, hex, oneByOne, pieces } from "../../support/octets.ts";

const response =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-A: 1\r\nx-a:  2 \r\n\r\n";

/** What a reader makes of chunks; pushing ends with the first answer that is not `more`. */
function read(chunks: readonly Buffer[]): HeadProgress {
  const reader = new HeadReader();
  for (const [at, chunk] of chunks.entries()) {
    const progress = reader.push(chunk);
    if (progress.state === "more") continue;
    if (progress.state === "tooLarge") return progress;
    return { ...progress, rest: Buffer.concat([progress.rest, ...chunks.slice(at + 1)]) };
  }
  return { state: "more" };
}

it("the accept value is that of RFC 6455 section 1.3", () => {
  expect(acceptKey("dGhlIHNhbXBsZSBub25jZQ==")).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
});

describe("taking a head apart", () => {
  it("gives start line and fields", () => {
    const head = parseHead(response);
    expect(head).toEqual({
      raw: response,
      startLine: "HTTP/1.1 101 Switching Protocols",
      fields: [
        { name: "Upgrade", value: "websocket" },
        { name: "Connection", value: "Upgrade" },
        { name: "X-A", value: "1" },
        { name: "x-a", value: "2" },
      ],
      deviations: [],
    });
  });

  it("finds fields in any letter case", () => {
    const head = parseHead(response);
    expect(fieldValues(head, "X-a")).toEqual(["1", "2"]);
    expect(fieldValue(head, "x-A")).toBe("1, 2");
    expect([fieldValue(head, "absent"), fieldValues(head, "absent")]).toEqual([null, []]);
  });

  it("finds tokens in lists, and only whole ones", () => {
    const head = parseHead("X\r\nConnection: keep-alive ,  UPGRADE\r\nConnection: other\r\n\r\n");
    const has = (token: string) => fieldHasToken(head, "connection", token);
    expect(["upgrade", "Keep-Alive", "other", "up", "alive", "keep-alive , upgrade"].map(has)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(fieldHasToken(head, "absent", "x")).toBe(false);
  });

  it.each([
    ["a bare LF", "GET / HTTP/1.1\nHost: a\r\n\r\n", [["Host", "a"]], /bare LF/],
    ["nothing but bare LFs", "GET / HTTP/1.1\nHost: a\n\n", [["Host", "a"]], /bare LF/],
    [
      "a folded field",
      "GET / HTTP/1.1\r\nA: b\r\n c\r\n\td\r\nE: f\r\n\r\n",
      [
        ["A", "b c d"],
        ["E", "f"],
      ],
      /folded/,
    ],
    ["a line without a colon", "GET / HTTP/1.1\r\nnonsense\r\nA: b\r\n\r\n", [["A", "b"]], /no field name/],
    [
      "a line that begins with a colon",
      "GET / HTTP/1.1\r\n: x\r\nA: b\r\n\r\n",
      [["A", "b"]],
      /no field name/,
    ],
    ["white space before the colon", "GET / HTTP/1.1\r\nA : b\r\n\r\n", [["A", "b"]], /not a token/],
    ["white space before the first field", "GET / HTTP/1.1\r\n A: b\r\n\r\n", [["A", "b"]], /not a token/],
    ["a name that is no token", "GET / HTTP/1.1\r\nA(b): c\r\n\r\n", [["A(b)", "c"]], /not a token/],
  ] as const)("with %s, it goes on and notes the deviation", (_name, raw, fields, deviation) => {
    const head = parseHead(raw);
    expect(head.startLine).toBe("GET / HTTP/1.1");
    expect(head.fields.map(({ name, value }) => [name, value])).toEqual(fields);
    expect(head.deviations).not.toEqual([]);
    for (const noted of head.deviations) expect(noted).toMatch(deviation);
  });

  it("keeps colons and high octets in values", () => {
    const head = parseHead("X\r\nHost: [::1]:80\r\nServer: caf\u00e9\r\n\r\n");
    expect(fieldValue(head, "Host")).toBe("[::1]:80");
    expect(fieldValue(head, "Server")).toBe("caf\u00e9");
    expect(head.deviations).toEqual([]);
  });

  it("never throws", () => {
    const property = fc.property(
      fc.string({ unit: fc.constantFrom("a", ":", " ", "\t", "\r", "\n", "\u00ff", "(") }),
      (raw) => {
        expect(() => parseHead(raw)).not.toThrow();
      },
    );
    fc.assert(property);
  });
});

const headOf = (length: number) => Buffer.concat([Buffer.alloc(length - 4, "x"), Buffer.from("\r\n\r\n")]);

describe("reading a head", () => {
  const octets = Buffer.from(response, "latin1");

  it("hands out the octets behind it", () => {
    const rest = hex("8105 48656c6c6f 0d0a0d0a");
    const progress = read([Buffer.concat([octets, rest])]);
    expect(progress).toEqual({ state: "done", head: parseHead(response), rest });
  });

  it("takes one octet at a time", () => {
    expect(read(oneByOne(octets))).toEqual({
      state: "done",
      head: parseHead(response),
      rest: Buffer.alloc(0),
    });
  });

  it("gives the same however the octets are cut", () => {
    const property = fc.property(fc.uint8Array({ maxLength: 30 }), anyCuts, (behind, cuts) => {
      const all = Buffer.concat([octets, behind]);
      expect(read(pieces(all, cuts))).toEqual({
        state: "done",
        head: parseHead(response),
        rest: Buffer.from(behind),
      });
    });
    fc.assert(property);
  });

  it("tells what there is so far", () => {
    const reader = new HeadReader();
    expect(reader.raw).toBe("");
    expect(reader.push(Buffer.from("HTTP/1.1 \u00ff", "latin1"))).toEqual({ state: "more" });
    expect(reader.push(Buffer.from("\r\n\r"))).toEqual({ state: "more" });
    expect(reader.raw).toBe("HTTP/1.1 \u00ff\r\n\r");
  });

  it("keeps high octets as they are", () => {
    const raw = "X\r\nA: \u0080\u00ff\r\n\r\n";
    expect(read([Buffer.from(raw, "latin1")])).toMatchObject({ head: { raw } });
  });

  it("keeps nothing of the buffers it was given", () => {
    const reader = new HeadReader();
    const first = Buffer.from("HTTP/1.1 200");
    reader.push(first);
    first.fill(0);
    expect(reader.raw).toBe("HTTP/1.1 200");
  });

  it.each([
    ["at once", (all: Buffer) => [all]],
    ["in halves", (all: Buffer) => [all.subarray(0, all.length / 2), all.subarray(all.length / 2)]],
    [
      "with its end split",
      (all: Buffer) => [all.subarray(0, maxHeadOctets - 2), all.subarray(maxHeadOctets - 2)],
    ],
    ["one octet at a time", oneByOne],
  ])("of 64 KiB is taken, and of one octet more refused, %s", (_name, cut) => {
    expect(read(cut(headOf(maxHeadOctets)))).toMatchObject({ state: "done", rest: Buffer.alloc(0) });
    const tooLarge = read(cut(headOf(maxHeadOctets + 1)));
    expect(tooLarge).toMatchObject({ state: "tooLarge" });
    expect(tooLarge).toHaveProperty("raw.length", maxHeadOctets);
  });

  it("keeps no more than 64 KiB of a flood", () => {
    const reader = new HeadReader();
    expect(reader.push(Buffer.alloc(10_000_000, "x"))).toMatchObject({ state: "tooLarge" });
    expect(reader.raw).toHaveLength(maxHeadOctets);
  });

  it("copies each octet a few times at the most, though they come one by one", () => {
    const set = vi.spyOn<Buffer, "set">(Buffer.prototype, "set");
    const concat = vi.spyOn(Buffer, "concat");
    const octetsOneByOne = oneByOne(Buffer.alloc(maxHeadOctets, "x"));
    expect(read(octetsOneByOne)).toMatchObject({ state: "tooLarge" });
    const joined = concat.mock.calls.flatMap(([list]) => list.map((part) => part.length));
    const lengths = [...set.mock.calls.map(([from]) => from.length), ...joined];
    vi.restoreAllMocks();
    const copied = lengths.reduce((sum, length) => sum + length, 0);
    expect(copied).toBeLessThan(5 * maxHeadOctets);
  });
});
