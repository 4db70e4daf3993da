import { describe, expect, it } from "vitest";

import { type DifferenceKind, difference } from "../../../../mutation/difference.ts";
import { streamOf } from "../../../../mutation/grammar.ts";
import type { FrameStream } from "../../../../mutation/stream.ts";
import { type Finding, findingText, weightOf } from "../../../../orchestrator/fuzz/finding.ts";
import { FindingBook } from "../../../../orchestrator/fuzz/finding-book.ts";

const facts = { rule: "RFC 6455, 5.2", expected: "a", seen: "b" };

const stream: FrameStream = {
  kind: "frames",
  offer: null,
  elements: [{ kind: "frame", opcode: 3, payload: { hex: "" } }],
  writes: { by: "whole" },
  sentinel: "00",
  closing: { code: null, reason: "" },
  keys: 0,
};

const finding = (kind: DifferenceKind, about: string, more: Partial<Finding> = {}): Finding => ({
  difference: difference(kind, about, facts),
  number: 4,
  replays: { shown: 3, of: 3, copies: 1 },
  streams: 1,
  stream,
  shrinking: { tries: 9, minimal: true },
  ...more,
});

describe("signatures", () => {
  it("leave out what differs from stream to stream, and no names", () => {
    expect(difference("takes", "length 17 of base64 in UTF-8 (RFC 7692, section 5.2)", facts).signature).toBe(
      "takes: length N of base64 in UTF-8 (RFC 7692, section N)",
    );
    expect(difference("fails", "", { ...facts, code: 1002 }).signature).toBe("fails 1002");
  });
});

describe("the book of findings", () => {
  it("tells one rule that is broken once, whatever shows it", () => {
    const book = new FindingBook();
    const other = { ...stream, elements: [...stream.elements, ...stream.elements] };
    for (const each of [stream, other]) book.add(finding("takes", "opcode 3 is reserved", { stream: each }));
    expect(book.list()).toHaveLength(1);
  });

  it("tells what may have several causes once for each set of traits", () => {
    const book = new FindingBook();
    const ping: FrameStream = { ...stream, elements: [{ kind: "frame", opcode: 9, payload: { hex: "00" } }] };
    const longer: FrameStream = {
      ...ping,
      elements: [{ kind: "frame", opcode: 9, payload: { hex: "0011" } }],
    };
    for (const each of [stream, ping, longer]) book.add(finding("fails", "why", { stream: each }));
    expect(book.list().map((each) => each.stream)).toEqual([ping, stream]);
  });

  it("tells what several differences have for a cause once, by the simplest stream", () => {
    const book = new FindingBook();
    const simple: FrameStream = {
      ...stream,
      elements: [
        {
          kind: "message",
          binary: true,
          payload: { hex: "61" },
          fragments: [0],
          inside: [{ kind: "frame", opcode: 9, payload: { hex: "" } }],
        },
      ],
    };
    const close: FrameStream = {
      ...simple,
      elements: [...simple.elements, { kind: "frame", opcode: 8, payload: { hex: "61" } }],
    };
    const whole: FrameStream = {
      ...stream,
      elements: [{ kind: "message", binary: true, payload: { unit: "61", length: 126 } }],
    };
    book.add(finding("no-close", "", { stream: close, number: 7 }));
    book.add(finding("alters", "a message", { stream: simple }));
    book.add(finding("fails", "why", { stream: whole }));
    book.add(finding("fails", "otherwise", { replays: { shown: 1, of: 3, copies: 1 } }));
    expect(book.list().map((each) => [each.difference.kind, each.stream, each.also])).toEqual([
      ["fails", whole, undefined],
      ["alters", simple, [{ signature: "no-close", number: 7 }]],
      ["fails", stream, undefined],
    ]);
  });

  it("tells a refused request once, whether compression was offered as ever or in an odd form", () => {
    const book = new FindingBook();
    const offering: FrameStream = {
      ...stream,
      offer: {
        serverNoContextTakeover: false,
        clientNoContextTakeover: false,
        serverMaxWindowBits: 8,
        clientMaxWindowBits: null,
      },
    };
    const lines = ["GET {resource} HTTP/1.1\r\n", "Host: {host}\r\n"];
    const odd = [...lines, "sec-websocket-extensions: x\r\n"];
    const cookie = [...lines, "Cookie: x\r\n"];
    book.add(finding("refuses", "a legal request", { stream: offering }));
    for (const each of [odd, cookie])
      book.add(
        finding("refuses", "a legal request", {
          stream: { kind: "opening", lines: each, writes: { by: "whole" } },
        }),
      );
    expect(book.list()).toHaveLength(2);
  });

  it("tells a refused response once, whatever was to be said behind it", () => {
    const book = new FindingBook();
    const offer = {
      serverNoContextTakeover: false,
      clientNoContextTakeover: false,
      serverMaxWindowBits: null,
      clientMaxWindowBits: null,
    };
    const silent: FrameStream = { ...stream, from: "server", offer, elements: [] };
    const lines = ["HTTP/1.1 101 Switching Protocols\r\n", "Sec-WebSocket-Extensions: x\r\n"];
    book.add(finding("fails", "without a close frame", { stream: silent }));
    book.add(
      finding("refuses", "a legal response", {
        stream: { kind: "response", lines, writes: { by: "whole" } },
      }),
    );
    book.add(finding("no-close", "", { stream: { ...silent, elements: stream.elements } }));
    book.add(finding("no-close", "x", { stream: { ...silent, offer: null, elements: stream.elements } }));
    expect(book.list().map(({ also }) => also?.length)).toEqual([2, undefined]);
  });

  it("does not tell what is unsure where the same is certain", () => {
    const book = new FindingBook();
    book.add(finding("fails", "why", { replays: { shown: 0, of: 3, copies: 1 } }));
    book.add(finding("fails", "why"));
    expect(book.list().map(weightOf)).toEqual(["finding"]);
  });

  it("puts what was confirmed in the place of what was not", () => {
    const book = new FindingBook();
    const flaky = finding("takes", "x", { replays: { shown: 1, of: 3, copies: 1 } });
    book.add(flaky);
    expect(weightOf(book.list()[0]!)).toBe("flaky");
    book.add(finding("takes", "x"));
    book.add(flaky);
    expect(book.list().map(weightOf)).toEqual(["finding"]);
  });

  it("does not tell silence where the same is known to be taken", () => {
    const book = new FindingBook();
    book.add(finding("ignores", "opcode 3 is reserved"));
    expect(book.list()).toHaveLength(1);
    book.add(finding("takes", "opcode 4 is reserved"));
    expect(book.list().map(({ difference: { kind } }) => kind)).toEqual(["takes"]);
  });

  it("looks at one certain example of what names its rule, and at some of what does not", () => {
    const looks = (kind: DifferenceKind, shown: number) => {
      const book = new FindingBook();
      const each = finding(kind, "x", { replays: { shown, of: 3, copies: 1 } });
      let count = 0;
      for (; !book.isKnown(each.difference); count++) book.add(each);
      return count;
    };
    expect([looks("takes", 3), looks("fails", 3)]).toEqual([1, 4]);
    expect([looks("takes", 0), looks("fails", 0)]).toEqual([4, 7]);
    const book = new FindingBook();
    for (let i = 0; i < 4; i++) book.dismiss(difference("takes", "x", facts));
    expect([book.isKnown(difference("takes", "x", facts)), book.list()]).toEqual([true, []]);
  });

  it("tells what comes of a message that came back altered with that", () => {
    const book = new FindingBook();
    const inside = [{ kind: "frame", opcode: 9, payload: { hex: "" } }] as const;
    const altered: FrameStream = {
      ...stream,
      elements: [{ kind: "message", binary: true, payload: { hex: "61" }, fragments: [0], inside }],
    };
    const noText: FrameStream = {
      ...altered,
      elements: [{ kind: "message", binary: false, payload: { hex: "80" }, fragments: [0], inside }],
    };
    book.add(finding("takes", "no text", { stream: noText }));
    expect(book.list()).toHaveLength(1);
    book.add(finding("alters", "a message", { stream: altered }));
    book.add(finding("takes", "opcode 3"));
    expect(book.list().map(({ difference: { kind }, also }) => [kind, also?.length])).toEqual([
      ["alters", 1],
      ["takes", undefined],
    ]);
  });

  it("counts streams by signature, and has the weightiest first", () => {
    const book = new FindingBook();
    const open = finding("takes", "open", {
      difference: difference("takes", "open", { ...facts, level: "open" }),
    });
    book.add(open);
    book.add(finding("takes", "must"));
    for (let i = 0; i < 5; i++) book.count(open.difference);
    expect(book.list().map((each) => [weightOf(each), each.streams])).toEqual([
      ["finding", 1],
      ["note", 5],
    ]);
  });
});

describe("a death", () => {
  it("that nothing repeats is a finding when it was seen twice", () => {
    const book = new FindingBook();
    const death = finding("dies", "exited with code 1", { replays: { shown: 0, of: 3, copies: 12 } });
    book.add(death);
    book.count(death.difference);
    expect(book.list().map(weightOf)).toEqual(["flaky"]);
    book.count(death.difference);
    expect(book.list().map(weightOf)).toEqual(["finding"]);
  });
});

describe("a finding as text", () => {
  it("says the rule, what was seen, how to see it again, and what is sent", () => {
    expect(findingText(finding("takes", "opcode 3 is reserved"), 7)).toBe(
      [
        "takes: opcode N is reserved",
        "rule:     RFC 6455, 5.2",
        "expected: a",
        "seen:     b [takes]",
        "shown:    in 1 streams, and alone in 3 of 3 replays; first: --seed 7 --stream 4",
        "stream:   nothing smaller shows it (9 tried)",
        "  opens a connection, without compression",
        "  sends 6 octets:",
        "    opcode 3 (reserved), FIN, 0 octets",
        "  then a ping with 0x00, and when its pong is there a close frame without a code",
        "  all of it in one write",
        `again:    --replay '${JSON.stringify(stream)}'`,
        "",
      ].join("\n"),
    );
  });

  it("can be made of every stream", () => {
    for (let number = 0; number < 400; number++)
      expect(
        findingText(finding("fails", "x", { stream: streamOf(1, number) }), null).length,
      ).toBeGreaterThan(100);
  });
});
