import { describe, expect, it } from "vitest";

import { unopenedRecord } from "../../../../fuzzer/player.ts";
import { caseHtml } from "../../../../report/autobahn/case-html.ts";
import type { ReportedResult } from "../../../../report/autobahn/case-json.ts";

import { compressedResult, entryOf, judged, playedResult, withRecord } from "./results.ts";
import { wellFormed } from "./well-formed.ts";

/** What is shown, with blanks squeezed. */
function pageOf(result: ReportedResult): string {
  const page = caseHtml(result, { generator: "wsmatrix 1.2.3" });
  return page.slice(page.indexOf("<main>")).replaceAll(/\s+/g, " ");
}

describe("the page of a case", () => {
  it("shows the verdict, the case, the events and how the connection ended", () => {
    const page = pageOf(playedResult("5.19", {}, { agent: "ws 8" }));
    const { title, description, expectation } = entryOf("5.19").case;
    for (const text of [title, expectation]) expect(page).toContain(text);
    expect(page).toContain(description.replaceAll('"', "&quot;"));
    expect(page).toContain('<span class="verdict case_ok">Pass</span> 5.19');
    expect(page).toContain("<bdi>ws 8</bdi>");
    expect(page).toContain("Events expected for OK</h3>");
    expect(page.match(/<li>pong <code>pongme 1!<\/code><\/li>/g)).toHaveLength(2);
    expect(page).toContain('<span class="verdict case_ok">OK</span> The connection ended as it should.');
    expect(page).toContain("the fuzzer closes; close code 1000 or none; a clean end is required.");
    expect(page).toContain('<th scope="row">remoteCloseCode</th> <td>1000 (Normal Closure)</td>');
    expect(page).toContain('<th scope="row">wasClean</th> <td>yes</td>');
    expect(page).toContain("GET / HTTP/1.1 User-Agent");
    expect(page).toContain("HTTP/1.1 101 Switching Protocols");
    expect(page).toContain("the peer ended TCP </li>");
  });

  it("keeps the lines of the heads", () => {
    const page = caseHtml(playedResult("1.1.1"), { generator: "wsmatrix" });
    expect(page).toMatch(/<pre>GET \/ HTTP\/1\.1\nUser-Agent: .*\nHost: 127\.0\.0\.1:9001\n/);
  });

  it("counts octets and frames", () => {
    const result = withRecord(playedResult("1.1.1"), {
      rxOctets: { "4": 2, "129": 1 },
      txOctets: { "8": 3, other: 5 },
      rxFrames: { "1": 6, "8": 1 },
      txFrames: {},
    });
    const cells = [...pageOf(result).matchAll(/<tr> ?((?:<td>[^<]*<\/td>)+) ?<\/tr>/g)].map(([, row]) =>
      [...row!.matchAll(/<td>([^<]*)<\/td>/g)].map(([, cell]) => cell).join(" "),
    );
    expect(cells).toEqual([
      "4 2 8",
      "129 1 129",
      "Total 3 137",
      "8 3 24",
      "other 5 ",
      "Total 8 ",
      "1 6",
      "8 1",
      "Total 7",
      "Total 0",
    ]);
  });

  it("has a line for each entry of the wire log, and says who ended TCP", () => {
    const result = playedResult("1.1.1", { echo: false, noCloseReply: true });
    const page = pageOf(result);
    expect(page.match(/<li class="(?:sent|received|timer|violation)">/g)).toHaveLength(
      result.record.log.length,
    );
    expect(page).toContain("the fuzzer ended TCP </li>");
    expect(page).toContain("fails the connection: its time is over");
  });

  it("says what was not kept and what was unusual", () => {
    const page = pageOf(
      withRecord(playedResult("1.1.1"), {
        receivedDropped: 12,
        logDropped: 34,
        internalError: "bad <deflate>",
        watchdog: true,
        idle: true,
      }),
    );
    expect(page).toContain("12 more events were not kept.");
    expect(page).toContain("34 more entries were not kept.");
    expect(page).toContain("bad &lt;deflate&gt;");
    expect(page).toContain("The watchdog ended it");
    expect(page).toContain("idle for too long");
  });

  it("shows what was agreed on and the traffic of a compressed case", () => {
    const page = pageOf(compressedResult("12.1.1"));
    expect(page).toContain("<dd>permessage-deflate");
    expect(page).toContain('<th scope="row">outgoingOctetsAppLevel</th> <td>16000</td>');
    expect(page).toMatch(/<th scope="row">outgoingCompressionRatio<\/th> <td>0\.\d{3}<\/td>/);
    expect(page).toContain("1000 sent in the loop, 1000 right echoes, 0 wrong ones");
    expect(pageOf(playedResult("12.1.1"))).toContain("<dd>not agreed on</dd>");
  });

  it("tells of a connection that never opened", () => {
    const page = pageOf(
      judged("1.1.1", unopenedRecord(entryOf("1.1.1").case, "server", "connection refused")),
    );
    expect(page).toContain("The opening handshake was not completed: connection refused.");
    expect(page).not.toContain("a clean end is");
    expect(page).toContain("<pre>?</pre>");
  });

  it("escapes whatever the peer says", () => {
    const attack = `</pre><script>alert("x")</script>\u001b[31m\u202e`;
    const head = Buffer.from(attack).toString("latin1");
    const hex = Buffer.from(attack).toString("hex");
    const payload = { length: attack.length, head: hex };
    const result: ReportedResult = {
      ...withRecord(playedResult("1.1.1"), {
        httpRequest: head,
        httpResponse: head,
        remoteCloseReason: hex,
        localCloseReason: hex,
        wasNotCleanReason: attack,
        internalError: attack,
        received: [
          { event: "message", payload, binary: false },
          { event: "pong", payload },
          { event: "timeout", tag: attack },
        ],
        log: [
          { t: 0, log: "frameReceived", opcode: 1, fin: true, rsv: 0, mask: attack, payload },
          { t: 0, log: "violation", text: attack },
          { t: 0, log: "waitOver", tag: attack },
        ],
      }),
      agent: attack,
      verdict: { behavior: "FAILED", behaviorClose: "FAILED", result: attack, resultClose: attack },
    };
    const page = caseHtml(result, { generator: attack });
    for (const harmful of ["<script", "\u001b", "\u202e"]) expect(page).not.toContain(harmful);
    expect(page.split("&lt;/pre&gt;&lt;script&gt;").length - 1).toBe(18);
    expect(wellFormed(page)).toEqual([]);
  });

  it("cuts long texts", () => {
    const wasNotCleanReason = "x".repeat(5000);
    const page = pageOf(
      withRecord(playedResult("1.1.1", { failDrop: true }), { wasNotCleanReason, wasClean: false }),
    );
    expect(Math.max(...[...page.matchAll(/x+/g)].map(([run]) => run.length))).toBe(1000);
  });

  it.each(["1.1.1", "2.11", "5.19", "6.4.3", "7.1.6", "7.5.1", "9.1.1", "9.7.1", "10.1.1", "12.1.1"])(
    "is well-formed for %s",
    (id) => {
      for (const options of [{}, { strict: false, echo: false }, { failDrop: true }]) {
        expect(wellFormed(caseHtml(playedResult(id, options), { generator: "wsmatrix" }))).toEqual([]);
      }
    },
  );
});
