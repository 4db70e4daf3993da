import { describe, expect, it } from "vitest";

import { framesText, streamText } from "../../../mutation/describe.ts";
import { divide, renderFrames, renderOpening } from "../../../mutation/render.ts";
import type { FrameStream, StreamElement } from "../../../mutation/stream.ts";

const stream = (elements: readonly StreamElement[], more: Partial<FrameStream> = {}): FrameStream => ({
  kind: "frames",
  offer: null,
  elements,
  writes: { by: "whole" },
  sentinel: "0102",
  closing: { code: 1000, reason: "" },
  keys: 5,
  ...more,
});

const hello = { hex: Buffer.from("Hello").toString("hex") };
const text = { kind: "message", binary: false, payload: hello } as const;
const linesOf = (...elements: StreamElement[]) => framesText(renderFrames(stream(elements), null).octets);

describe("a stream is written", () => {
  it("with its fragments, and what stands between them", () => {
    const ping = { kind: "frame", opcode: 9, payload: { hex: "ff" } } as const;
    expect(linesOf({ ...text, fragments: [2, 0], inside: [ping] })).toEqual([
      'text, no FIN, 2 octets: "He" (2 octets)',
      "ping, FIN, 1 octets: 0xff (1 octets)",
      "continuation, no FIN, 0 octets",
      "continuation, FIN, 3 octets: 0x6c6c6f (3 octets)",
    ]);
  });

  it("with the edits of its headers", () => {
    expect(linesOf({ ...text, edits: [{ fragment: 0, rsv: 3, lengthBits: 16, masked: false }] })).toEqual([
      'text, FIN, RSV2, RSV3, not masked, length in 16 bits, 5 octets: "Hello" (5 octets)',
    ]);
    expect(linesOf({ kind: "frame", opcode: 11, fin: false, payload: hello, declared: 9 })).toEqual([
      "opcode 11 (reserved), no FIN, 9 octets: 0x48656c6c6f (5 octets), of which 5 are sent",
    ]);
  });

  it("with flips and a cut", () => {
    const plain = renderFrames(stream([text]), null).octets;
    const flipped = renderFrames(
      stream([text], { flips: [{ at: plain.length, xor: 0x80 }], cut: 3 }),
      null,
    ).octets;
    expect(flipped).toEqual(Buffer.from([plain[0]! ^ 0x80, plain[1]!, plain[2]!]));
  });

  it("compressed where that was agreed on, and as it is elsewhere", () => {
    const agreed = {
      serverNoContextTakeover: false,
      clientNoContextTakeover: false,
      serverMaxWindowBits: null,
      clientMaxWindowBits: null,
    };
    const both = stream([
      { ...text, deflate: true },
      { ...text, deflate: true },
    ]);
    // The octets of RFC 7692 sections 7.2.3.1 and 7.2.3.2.
    expect(framesText(renderFrames(both, agreed).octets)).toEqual([
      expect.stringMatching(/^text, FIN, RSV1, 7 octets/),
      expect.stringMatching(/^text, FIN, RSV1, 5 octets/),
    ]);
    expect(framesText(renderFrames(both, null).octets)[0]).toBe('text, FIN, 5 octets: "Hello" (5 octets)');
  });

  it("with the same octets each time", () => {
    expect(renderFrames(stream([text]), null)).toEqual(renderFrames(stream([text]), null));
  });
});

describe("octets are divided", () => {
  const octets = Buffer.from("0123456789");

  it.each([
    [{ by: "whole" } as const, ["0123456789"]],
    [{ by: "size", sizes: [4, 1] } as const, ["0123", "4", "5678", "9"]],
    [{ by: "size", sizes: [0] } as const, ["0123456789"]],
    [{ by: "size", sizes: [99] } as const, ["0123456789"]],
    [{ by: "element" } as const, ["012", "3456789"]],
  ])("by %o", (writes, expected) => {
    expect(divide(octets, writes, [0, 3, 3, 10]).map(String)).toEqual(expected);
  });

  it("into no more writes than a stream may have", () => {
    const parts = divide(Buffer.alloc(5_000), { by: "size", sizes: [1] });
    expect(parts.length).toBe(256);
    expect(Buffer.concat(parts).length).toBe(5_000);
  });
});

describe("a request", () => {
  it("names the host and the path of its target", () => {
    const opening = {
      kind: "opening",
      lines: ["GET {resource} HTTP/1.1\r\n", "Host: {host}\n"],
      writes: { by: "whole" },
    } as const;
    expect(renderOpening(opening, { host: "::1", port: 9, resource: "/a?b" }).toString()).toBe(
      "GET /a?b HTTP/1.1\r\nHost: [::1]:9\n\r\n",
    );
    expect(streamText(opening)).toContain(String.raw`Host: {host}\n`);
  });
});
