import { describe, expect, it } from "vitest";

import { FrameDecoder } from "../../../wire/frame.ts";
import { type FrameContext, lengthViolations, startViolations } from "../../../wire/rules.ts";

import { hex } from "../../support/octets.ts";

const fromServer: FrameContext = { mustBeMasked: false, deflate: false, messageOpen: false };
const inMessage: FrameContext = { ...fromServer, messageOpen: true };
const deflate: FrameContext = { ...fromServer, deflate: true };

/** The sections of the rules that a frame breaks with its first two octets, and the words. */
function broken(octets: string, context: FrameContext): { sections: string[]; words: string } {
  const decoder = new FrameDecoder();
  decoder.push(hex(octets));
  const event = decoder.next();
  if (event?.type !== "start") throw new Error("there is no frame");
  const violations = startViolations(event.start, context);
  return {
    sections: violations.map(({ section }) => section),
    words: violations.map(({ text }) => text).join("; "),
  };
}

/** The same frame as a client sends it. */
function maskedFrame(octets: string): string {
  const frame = hex(octets);
  frame[1]! |= 0x80;
  return frame.toString("hex");
}

const rules = [
  ["text", "8100", fromServer, []],
  ["binary, not final", "0200", fromServer, []],
  ["a continuation of a message", "8000", inMessage, []],
  ["a close frame, empty", "8800", fromServer, []],
  ["a close frame with a code", "8802", fromServer, []],
  ["a ping of 125 octets", "897d", fromServer, []],
  ["a pong inside a message", "8a00", inMessage, []],
  ["text of 126 octets or more", "817e", fromServer, []],
  ["RSV1", "c100", fromServer, ["5.2"]],
  ["RSV2", "a100", fromServer, ["5.2"]],
  ["RSV3", "9100", fromServer, ["5.2"]],
  ["all reserved bits on a ping", "f900", fromServer, ["5.2"]],
  ["RSV1 on the first frame with deflate", "c100", deflate, []],
  ["RSV2 with deflate", "a100", deflate, ["5.2"]],
  ["RSV1 and RSV2 with deflate", "e100", deflate, ["5.2"]],
  ["RSV1 on a continuation with deflate", "c000", { ...deflate, messageOpen: true }, ["6.1"]],
  ["RSV1 on a ping with deflate", "c900", deflate, ["6.1"]],
  ["data opcodes that are reserved", "8300", fromServer, ["5.2"]],
  ["the last reserved data opcode", "8700", fromServer, ["5.2"]],
  ["control opcodes that are reserved", "8b00", fromServer, ["5.2"]],
  ["the last reserved control opcode", "8f00", fromServer, ["5.2"]],
  ["a continuation of nothing", "8000", fromServer, ["5.4"]],
  ["text inside a message", "8100", inMessage, ["5.4"]],
  ["binary inside a message", "0200", inMessage, ["5.4"]],
  ["a fragmented ping", "0900", fromServer, ["5.5"]],
  ["a fragmented close", "0800", fromServer, ["5.5"]],
  ["a ping of 126 octets or more", "897e", fromServer, ["5.5"]],
  ["a close of 64 KiB or more", "887f", fromServer, ["5.5"]],
  ["a close of one octet", "8801", fromServer, ["5.5.1"]],
  ["a ping of one octet", "8901", fromServer, []],
  ["several at once, in the order of the checks", "7f7e", fromServer, ["5.2", "5.5", "5.5", "5.2"]],
] as const;

describe("the first two octets", () => {
  it.each(rules)("from a server: %s", (_name, octets, context, sections) => {
    expect(broken(octets, context).sections).toEqual(sections);
  });

  it.each(rules)("from a client: %s", (_name, octets, context, sections) => {
    expect(broken(maskedFrame(octets), { ...context, mustBeMasked: true }).sections).toEqual(sections);
  });

  it("must say masked from a client and unmasked from a server", () => {
    const mustBeMasked = { ...fromServer, mustBeMasked: true };
    expect(broken("8100", mustBeMasked)).toEqual({
      sections: ["5.1"],
      words: expect.stringContaining("client is not masked"),
    });
    expect(broken("8180", fromServer)).toEqual({
      sections: ["5.1"],
      words: expect.stringContaining("server is masked"),
    });
  });

  it("break a rule in words that say what is there", () => {
    expect(broken("8700", fromServer).words).toBe("data opcode 7 is reserved");
    expect(broken("d100", fromServer).words).toMatch(/^reserved bits are 5/);
  });
});

describe("the extended length", () => {
  it.each([
    ["817e 007e", 0],
    ["817e ffff", 0],
    ["817e 007d", 1],
    ["817e 0000", 1],
    ["817f 0000000000010000", 0],
    ["817f 000000000000ffff", 1],
    ["817f 0000000000000000", 1],
    ["817f 7fffffffffffffff", 0],
    ["817f 8000000000000000", 1],
    ["817f ffffffffffffffff", 1],
    ["8105", 0],
    ["8100", 0],
  ])("of %s breaks %i rules", (octets, count) => {
    const decoder = new FrameDecoder();
    decoder.push(hex(octets));
    decoder.next();
    const event = decoder.next();
    if (event?.type !== "header") throw new Error("there is no header");
    const violations = lengthViolations(event.header);
    expect(violations.map(({ section }) => section)).toEqual(Array.from({ length: count }, () => "5.2"));
  });
});
