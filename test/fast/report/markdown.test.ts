import { describe, expect, it } from "vitest";

import { codeBlock, codeSpan } from "../../../report/markdown/escape.ts";
import { summaryMarkdown } from "../../../report/markdown/summary.ts";
import { caseEntry, cellRecord, HOSTILE, recordedRun, regressedCase } from "../../support/recorded-runs.ts";
import { harmfulCharacters } from "./harmful.ts";

const program = "npx wsmatrix";
const titleOf = (id: string): string => `title of ${id}`;

/** A run of one cell with this many cases that regressed. */
function withRegressions(count: number) {
  const cases = Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`6.4.${at + 1}`, regressedCase()]),
  );
  return recordedRun(1, cellRecord({ ...cases, "1.1.1": caseEntry() }));
}

describe("the summary of a job", () => {
  it.each([
    [0, "## ✅ As expected"],
    [1, "## ❌ Verdicts that are not as expected"],
    [3, "## ⚠️ Not everything could be tested"],
    [4, "## 🧹 Better than the baseline says"],
    [130, "## ⏹️ Interrupted"],
  ])("begins with the verdict: exit code %i", (code, line) => {
    const text = summaryMarkdown(recordedRun(code, cellRecord({ "1.1.1": caseEntry() })), {
      program,
      titleOf,
    });
    expect(text.split("\n")[0]).toBe(line);
  });

  it("counts what is wrong in its first line", () => {
    const text = summaryMarkdown(
      recordedRun(
        3,
        cellRecord({ "1.1.1": regressedCase(), "1.1.2": caseEntry({ outcome: "fixed" }) }),
        cellRecord(
          {},
          { cell: { target: "gone" }, status: "crashed", reason: "exited", notRun: ["1.1.1", "1.1.2"] },
        ),
      ),
      { program, titleOf },
    );
    expect(text.split("\n")[0]).toBe(
      "## ⚠️ Not everything could be tested: 1 case regressed, 1 cell did not run whole, 2 cases not run, 1 case no longer needs a baseline entry",
    );
    expect(text).toContain(
      "### What did not run\n\n- <code>gone&#64;8.23.0/server/plain</code> **crashed**, 2 cases not run",
    );
  });

  it("shows twenty regressions with the command that repeats each, and folds the rest", () => {
    const text = summaryMarkdown(withRegressions(50), { program, titleOf });
    expect(text.match(/npx wsmatrix case 6\.4\.\d+ --target ws@8\.23\.0 --role server/g)).toHaveLength(20);
    const [open, folded] = text.split("<details><summary>30 more</summary>");
    expect(open?.match(/^- case/gm)).toHaveLength(20);
    expect(folded?.split("</details>")[0]?.match(/^- case/gm)).toHaveLength(30);
  });

  it("names stale entries with their places, once", () => {
    const notes = ["baselines/ws.yaml:3: stale: 1.1.1 no longer needs it"];
    const text = summaryMarkdown(recordedRun(4, cellRecord({}, { notes }), cellRecord({}, { notes })), {
      program,
      titleOf,
    });
    expect(text.match(/baselines\/ws\.yaml/g)).toHaveLength(1);
  });

  it("says which cells were not played", () => {
    const cachedFrom = { run: "before", finishedAt: 0 };
    const text = summaryMarkdown(recordedRun(0, cellRecord({ "1.1.1": caseEntry() }, { cachedFrom })), {
      program,
      titleOf,
    });
    expect(text).toContain("1 cell from the cache");
    expect(text).toMatch(/\| cached \|$/m);
  });

  it("stays below the limit, and says that it does not say all", () => {
    const cells = Array.from({ length: 2000 }, (_, at) =>
      cellRecord(
        { "1.1.1": regressedCase({ result: "x".repeat(300) }) },
        { cell: { target: `target-${at}` } },
      ),
    );
    const text = summaryMarkdown(recordedRun(1, ...cells), { program, titleOf, maxOctets: 50_000 });
    expect(Buffer.byteLength(text)).toBeLessThan(50_000);
    expect(text).toContain("The rest is left out");
    expect(Buffer.byteLength(summaryMarkdown(recordedRun(1, ...cells), { program, titleOf }))).toBeLessThan(
      1024 * 1024,
    );
  });

  it.each(HOSTILE)("takes what a target says for text: %j", (text) => {
    const clean = summaryMarkdown(hostileRun("harmless"), { program, titleOf });
    const written = summaryMarkdown(hostileRun(text), { program, titleOf });
    const withoutBlocks = (markdown: string) => markdown.replaceAll(/(`{3,})(?:sh|text)\n[^]*?\n *\1\n/g, "");
    const outline = (markdown: string) =>
      withoutBlocks(markdown)
        .replaceAll(/<code>.*?<\/code>/g, "")
        .replaceAll(/^\|.*/gm, (row) => row.replaceAll(/[^|]/g, ""));
    expect(outline(written)).toBe(outline(clean));
    expect(harmfulCharacters(written.replaceAll("\n", ""))).toEqual([]);
    expect(withoutBlocks(written)).not.toContain("<script");
  });
});

function hostileRun(text: string) {
  return recordedRun(
    1,
    cellRecord(
      { "1.1.1": regressedCase({ result: text, resultClose: text }) },
      { cell: { target: text, variant: text }, notes: [text] },
    ),
    cellRecord(
      {},
      { cell: { target: text }, status: "crashed", reason: text, logTail: text, notRun: ["1.1.1"] },
    ),
  );
}

describe("code in Markdown", () => {
  it("leaves nothing of a span that Markdown or GitHub would read", () => {
    expect(codeSpan("a_b*c* [x](y) `z` @me #1 | www.x.org https://x.org")).toBe(
      "<code>a&#95;b&#42;c&#42; &#91;x&#93;(y) &#96;z&#96; &#64;me #1 &#124; www&#46;x.org https&#58;//x.org</code>",
    );
  });

  it("has a fence that its text does not hold", () => {
    expect(codeBlock("a\n````\nb", "sh")).toBe("`````sh\na\n````\nb\n`````\n");
  });
});
