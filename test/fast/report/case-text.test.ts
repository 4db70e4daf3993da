import { describe, expect, it } from "vitest";

import type { Case, Chapter, Step } from "../../../fuzzer/case.ts";
import { catalogue, type CatalogueEntry } from "../../../fuzzer/catalogue.ts";
import { digestOf } from "../../../fuzzer/digest.ts";
import type { LogEntry } from "../../../fuzzer/record.ts";
import { wait } from "../../../fuzzer/suite/build.ts";
import { caseText, logText, verdictText } from "../../../report/case-text.ts";

import { caseWith } from "../../support/player-bench.ts";
import { recordWith } from "../../support/records.ts";
import { harmfulCharacters } from "./harmful.ts";

/** A case in a chapter of its own. */
function entryOf(changes: Partial<Case>): CatalogueEntry {
  const played = caseWith(changes);
  const group = { id: "99", title: "Tests", cases: [played] };
  const chapter: Chapter = { id: "99", title: "Tests", groups: [group] };
  return { index: 1, case: played, chapter, group };
}

const linesOf = (changes: Partial<Case>) => caseText(entryOf(changes)).split("\n");

const hex = (text: string) => Buffer.from(text).toString("hex");

describe("a case, for a terminal", () => {
  it("says what it is, what it rests on, what is sent and what is expected", () => {
    const text = caseText(
      entryOf({
        title: "A ping",
        description: "Sends a ping.",
        expectation: "A pong comes back.",
        citations: [
          { rfc: 6455, section: "5.5.2" },
          { rfc: 7692, section: "6" },
        ],
        script: [
          { step: "frame", opcode: 9, payload: { hex: hex("pongme") } },
          { step: "killAfter", ms: 1000 },
        ],
        expected: { OK: [{ event: "pong", payload: { hex: hex("pongme") } }], "NON-STRICT": [] },
      }),
    );
    expect(text).toBe(
      [
        "99.1  A ping",
        "      chapter 99, Tests",
        "",
        "Sends a ping.",
        "A pong comes back.",
        "",
        "Rests on RFC 6455 section 5.5.2, RFC 7692 section 6.",
        "",
        "The fuzzer",
        '  sends a ping frame: "pongme" (6 octets)',
        "  after 1 s, fails the connection with 1001 if it is not closed",
        "",
        "Expected",
        '  OK: pong "pongme" (6 octets)',
        "  NON-STRICT: nothing is received",
        "  close: the fuzzer closes, close code 1000 or none, after a clean closing handshake",
        "",
      ].join("\n"),
    );
  });

  it.each<[Step, string]>([
    [
      { step: "frame", opcode: 3, fin: false, rsv: 5, chop: 1, payload: { hex: "00ff" } },
      "  sends a opcode-3 frame, FIN off, RSV 5: 0x00ff (2 octets), in pieces of 1",
    ],
    [
      { step: "frame", opcode: 0, sync: true, payload: { hex: hex("a") } },
      '  sends a continuation frame: "a" (1 octets), in a write of its own',
    ],
    [
      { step: "message", opcode: 2, fragment: 64, payload: { unit: "fe", length: 65_536 } },
      "  sends a binary message in fragments of 64: 65536 octets of 0xfe repeated",
    ],
    [
      { step: "message", opcode: 1, payload: { unit: "2a", length: 0 } },
      "  sends a text message in one frame: no octets",
    ],
    [{ step: "close" }, "  sends a close frame without a code"],
    [
      { step: "close", code: 1000, reason: { hex: hex("bye") } },
      '  sends a close frame with code 1000 (Normal Closure), and behind it "bye" (3 octets)',
    ],
    [{ step: "close", code: 4999 }, "  sends a close frame with code 4999"],
    [
      { step: "rawHeader", opcode: 1, fin: true, length: 20 },
      "  sends the header of a text frame, announcing 20 octets",
    ],
    [{ step: "rawOctets", payload: { hex: "80" } }, "  sends payload octets: 0x80 (1 octets)"],
    [{ step: "closeAfter", ms: 250 }, "  after 0.25 s, sends an empty close frame if it is still open"],
    [{ step: "log", on: false, noted: true }, "  does not log single frames"],
  ])("says of the step %j what the fuzzer does", (step, line) => {
    expect(linesOf({ script: [step] })).toContain(line);
  });

  it("indents what is done after a wait", () => {
    const script = [wait(1000, "open", [wait(500, "notClosed", [{ step: "close" }], "B")], "A")];
    const lines = linesOf({ script, expected: { OK: [{ event: "timeout", tag: "A" }] } });
    expect(lines.slice(lines.indexOf("The fuzzer") + 1, lines.indexOf("Expected") - 1)).toEqual([
      "  after 1 s, if the connection is still open:",
      "    after 0.5 s, unless the connection is closed:",
      "      sends a close frame without a code",
    ]);
    expect(lines).toContain("  OK: wait A is over");
  });

  it("says what a peer has to do that is counted, and that a verdict is only information", () => {
    const onMessage = {
      rule: "roundTrips",
      payload: { hex: "" },
      binary: true,
      length: 16,
      count: 1000,
    } as const;
    const lines = linesOf({
      onMessage,
      onEnd: "informational",
      close: { byFuzzer: false, codes: [1002, 1002, 1007], clean: false },
    });
    expect(lines).toContain("  OK: 1000 echoes, binary, of 16 octets");
    expect(lines).toContain("  whatever happens, the verdict is INFORMATIONAL");
    expect(lines.join("\n")).toMatch(
      /close: the peer fails the connection, close code 1002[^,]* or 1007[^,]* or none$/m,
    );
  });

  it("cuts long payloads", () => {
    const line = linesOf({
      script: [{ step: "frame", opcode: 1, payload: { hex: hex("x".repeat(500)) } }],
    }).find((each) => each.includes("sends"));
    expect(line).toContain("xxx...");
    expect(line!.length).toBeLessThan(100);
  });

  it("says something of every case of the suite, and nothing of it is unfit for a terminal", () => {
    for (const entry of catalogue.entries) {
      const text = caseText(entry);
      expect(text).not.toMatch(/undefined|NaN|\[object/);
      expect(harmfulCharacters(text)).toEqual([]);
      expect(text).toContain("\nExpected\n");
    }
  });
});

describe("a wire log, for a terminal", () => {
  const head = digestOf(Buffer.from("hello"));
  it.each<[LogEntry, string]>([
    [{ t: 1.25, log: "received", octets: 2, hex: "8100" }, "      1.3 ms  <- 2 octets  8100\n"],
    [
      { t: 0, log: "frameSent", opcode: 1, fin: true, rsv: 4, mask: "01020304", payload: head },
      '      0.0 ms  -> text frame  FIN RSV 4 mask 01020304  5 octets  "hello"\n',
    ],
    [{ t: 0, log: "waitSet", ms: 1000, tag: "A" }, "      0.0 ms     waits 1 s (A)\n"],
    [{ t: 0, log: "waitOver", tag: null }, "      0.0 ms     wait is over\n"],
    [{ t: 0, log: "killSet", ms: 500 }, "      0.0 ms     will fail the connection in 0.5 s\n"],
    [{ t: 0, log: "closeSet", ms: 500 }, "      0.0 ms     will close in 0.5 s\n"],
    [{ t: 0, log: "killFired" }, "      0.0 ms     fails the connection: its time is over\n"],
    [{ t: 0, log: "closeFired" }, "      0.0 ms     closes: its time is over\n"],
    [{ t: 0, log: "logging", on: false }, "      0.0 ms     logging of frames is off\n"],
  ])("shows %j", (entry, line) => {
    expect(logText([entry])).toBe(line);
  });

  it("lets no octet of the peer reach the terminal as it is", () => {
    const payload = digestOf(Buffer.from("\u001b[2J\n"));
    const text = logText([
      { t: 0, log: "frameReceived", opcode: 1, fin: true, rsv: 0, mask: null, payload },
      { t: 0, log: "violation", text: "a\u001b[31m\nb\u202e" },
    ]);
    expect(text.split("\n")).toHaveLength(3);
    expect(harmfulCharacters(text)).toEqual([]);
    expect(text).toContain("0x1b5b324a0a");
  });
});

describe("a verdict, for a terminal", () => {
  it("is given with the peer's close code and its reasons, on lines of their own", () => {
    const verdict = {
      behavior: "FAILED",
      behaviorClose: "WRONG CODE",
      result: "Not\u001b[1m so\nat all.",
      resultClose: "Wrong code.",
    } as const;
    expect(verdictText(recordWith({ remoteCloseCode: 1002, duration: 12.6 }), verdict)).toBe(
      "99.1  FAILED / WRONG CODE  (close code 1002 (Protocol Error) from the peer, 13 ms)\n" +
        String.raw`  Not\x1b[1m so\nat all.` +
        "\n  Wrong code.\n",
    );
    expect(verdictText(recordWith({ remoteCloseCode: null }), verdict)).toContain(
      "(no close code from the peer",
    );
  });
});
