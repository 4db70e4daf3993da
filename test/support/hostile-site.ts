import type { SiteInput } from "../../report/site/input.ts";
import { safeFileName } from "../../report/file-name.ts";
import { failed, fullRecord, playedCell, playedRun, siteInput, targetFacts } from "./site-fixture.ts";

/** Texts that strangers could choose, each to do harm in another place. */
export const HOSTILE: readonly string[] = [
  "<script>window.hacked = 1</script>",
  '"><img src=x onerror="window.hacked = 2">',
  "' onmouseover='window.hacked = 3",
  "</script></title></textarea></pre><svg onload=window.hacked=4>",
  "javascript:window.hacked=5",
  "\u001b[31mred\u001b[0m \u001b]0;title\u0007",
  "\u202egnp.exe\u2066",
  "a\u0000b\u0001c\u007f\u009b31m",
  "../../x",
  "..\\..\\x",
  "con",
  "nul.txt",
  '=HYPERLINK("http://example.org")',
  "\ud800 half a pair",
  "`${window.hacked = 6}`",
];

/** What is shown of a hostile text that it must not be as it stands. */
export const LONG_LINE = "x".repeat(1 << 20);

/** A site of which everything that a stranger can choose is hostile. */
export function hostileInput(): SiteInput {
  const base = siteInput();
  const cells = HOSTILE.map((text, at) => {
    const key = {
      target: text,
      version: HOSTILE[(at + 1) % HOSTILE.length]!,
      role: "server",
      variant: "plain",
    } as const;
    const verdict = { ...failed, result: text, resultClose: LONG_LINE };
    const cell = playedCell(
      key,
      { "1.1.1": verdict, "2.5": verdict },
      { reason: text, logTail: `${text}\n${LONG_LINE}`, digest: text },
    );
    return { ...cell, file: safeFileName(cell.id, /^never^/) };
  });
  const all = HOSTILE.join("\n");
  return {
    ...base,
    runs: [
      playedRun("2026-11-21T10-26-47-0002", [...cells, ...base.runs[0].cells], {
        argv: ["run", ...HOSTILE],
        notes: HOSTILE,
      }),
    ],
    skipped: HOSTILE.map((text) => ({ run: text, reason: text })),
    targets: new Map([
      ["con", targetFacts("con", { dockerfile: all, language: HOSTILE[0]!, basedOn: HOSTILE[1]! })],
    ]),
    record: (_cell, id) =>
      fullRecord(id, {
        httpRequest: `GET /${all} HTTP/1.1\r\nX: ${all}\r\n\r\n`,
        httpResponse: `HTTP/1.1 101\r\nServer: ${all}\r\nSec-WebSocket-Protocol: ${HOSTILE[0]}\r\n\r\n`,
        remoteCloseReason: Buffer.from(HOSTILE[1]!).toString("hex"),
        wasNotCleanReason: all,
        internalError: all,
        deflate: HOSTILE[0]!,
        log: [{ t: 1, log: "violation", text: all }],
      }),
    log: () => `${all}\n${LONG_LINE}`,
    scenarios: new Map([[cells[0]!.id, [{ scenario: all, title: null, outcome: "failed", reason: all }]]]),
    pairs: HOSTILE.map((text) => ({ client: text, server: "con", notRun: text, talks: [] })),
  };
}
