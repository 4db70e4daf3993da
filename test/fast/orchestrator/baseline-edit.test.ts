import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { editBaseline } from "../../../orchestrator/config/baseline-edit.ts";
import { baselineOfText } from "../../../orchestrator/config/baselines.ts";
import type { BaselineEntry } from "../../../report/baseline.ts";

const TEXT = `# What we live with.

# about the first
- role: server # odd
  cases: [1.1.1, "9.4.*"]   # two
  expect: FAILED
  reason: 'one'

# about the second,
# in two lines
- role: client
  cases:
    - "3.1"
    - "9.3.*"
  expect: [OK, FAILED]
  reason: >
    two, folded

# about the third
- { role: client, cases: ["3.3"], expect: FAILED, reason: "three" }
# the end
`;

const NEW: BaselineEntry = {
  role: "server",
  cases: ["3.1", "9.4.*"],
  expect: ["OK", "OK/UNCLEAN"],
  reason: 'a "reason": $(x)',
  link: "https://example.org/1",
  versions: ["8.23.0"],
  expires: "2027-06-30",
};

const none = { remove: [], narrow: new Map<number, string[]>(), add: [] };

describe("the text of a baseline", () => {
  it("stays as it is where nothing is changed", () => {
    expect(editBaseline(TEXT, none)).toBe(TEXT);
  });

  it("loses an entry with the comment right above it, and nothing else", () => {
    const text = editBaseline(TEXT, { ...none, remove: [1] });
    expect(text).toBe(TEXT.replace(/# about the second,[^]*two, folded\n/, ""));
  });

  it("keeps what it begins with", () => {
    const text = editBaseline(TEXT, { ...none, remove: [0, 2] });
    expect(text).toMatch(/^# What we live with\.\n\n# about the first\n\n# about the second,/);
    expect(text).toMatch(/two, folded\n\n# the end\n$/);
  });

  it("changes the list of an entry's cases alone", () => {
    const text = editBaseline(TEXT, { ...none, narrow: new Map([[0, ["9.4.1"]]]) });
    expect(text).toBe(TEXT.replace('[1.1.1, "9.4.*"]', "[9.4.1]"));
  });

  it("changes a list with a line for each case", () => {
    const text = editBaseline(TEXT, { ...none, narrow: new Map([[1, ["3.1", "9.3.1"]]]) });
    expect(baselineOfText("b.yaml", text).entries[1]).toMatchObject({
      cases: ["3.1", "9.3.1"],
      expect: ["OK", "FAILED"],
      reason: "two, folded\n".trim(),
    });
    expect(text).toContain("# about the third\n");
  });

  it("gets new entries at its end, which say what they were given", () => {
    const text = editBaseline(TEXT, { ...none, add: [NEW] });
    expect(text.startsWith(TEXT)).toBe(true);
    expect(baselineOfText("b.yaml", text).entries.at(-1)).toEqual(NEW);
  });

  it.each(["", "# only a comment\n", "[]\n", "# no line end"])(
    "takes entries where there were none: %j",
    (empty) => {
      const text = editBaseline(empty, { ...none, add: [NEW, { ...NEW, role: "client" }] });
      expect(baselineOfText("b.yaml", text).entries).toEqual([NEW, { ...NEW, role: "client" }]);
    },
  );

  it("is one that can be read when all is gone", () => {
    expect(baselineOfText("b.yaml", editBaseline(TEXT, { ...none, remove: [0, 1, 2] })).entries).toEqual([]);
  });
});

describe("the baselines of this repository", () => {
  const folder = join(import.meta.dirname, "..", "..", "..", "baselines");
  const files = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")] as const);

  it.each(files)("can be changed entry by entry: %s", (name, text) => {
    const before = baselineOfText(name, text).entries;
    expect(before.length).toBeGreaterThan(0);
    for (const index of before.keys()) {
      const narrowed = editBaseline(text, { ...none, narrow: new Map([[index, ["1.1.1"]]]) });
      const expected = before.with(index, { ...before[index]!, cases: ["1.1.1"] });
      expect(baselineOfText(name, narrowed).entries).toEqual(expected);
      const removed = editBaseline(text, { ...none, remove: [index] });
      expect(baselineOfText(name, removed).entries).toEqual(before.toSpliced(index, 1));
    }
    expect(baselineOfText(name, editBaseline(text, { ...none, add: [NEW] })).entries).toEqual([
      ...before,
      NEW,
    ]);
  });
});
