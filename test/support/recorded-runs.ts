import type { CaseEntry, CellRecord, RecordedRun } from "../../report/run-record.ts";
import { EMPTY_TALLY } from "../../report/tally.ts";

/** A case that passed; what is given is otherwise. */
export function caseEntry(changes: Partial<CaseEntry> = {}): CaseEntry {
  return {
    behavior: "OK",
    behaviorClose: "OK",
    result: "as expected",
    resultClose: "closed by the fuzzer",
    duration: 12,
    flaky: false,
    outcome: "expected",
    ...changes,
  };
}

/** A case that nobody lets through. */
export function regressedCase(changes: Partial<CaseEntry> = {}): CaseEntry {
  return caseEntry({
    behavior: "FAILED",
    behaviorClose: "FAILED",
    result: "no echo",
    outcome: "regressed",
    ...changes,
  });
}

/** A cell with these cases. */
export function cellRecord(
  cases: Readonly<Record<string, CaseEntry>>,
  {
    cell,
    ...changes
  }: Partial<Omit<CellRecord, "cell">> & { readonly cell?: Partial<CellRecord["cell"]> } = {},
): CellRecord {
  const key = {
    target: "ws",
    version: "8.23.0",
    role: "server",
    variant: "plain",
    optional: false,
    ...cell,
  } as const;
  const id = `${key.target}${key.version === null ? "" : `@${key.version}`}/${key.role}/${key.variant}`;
  const all = Object.values(cases);
  const failed = all.filter(({ behavior }) => behavior === "FAILED").length;
  return {
    cell: { id, ...key },
    status: "ran",
    reason: null,
    startedAt: Date.UTC(2026, 10, 21, 10),
    duration: 1000,
    tally: { ...EMPTY_TALLY, pass: all.length - failed, failed, notRun: changes.notRun?.length ?? 0 },
    cases,
    notRun: [],
    ...changes,
  };
}

/** A run that came to its end with an exit code. */
export function recordedRun(exitCode: number, ...cells: readonly CellRecord[]): RecordedRun {
  return {
    run: {
      run: "2026-11-21T10-00-00-abcd",
      version: "0.1.0",
      state: "complete",
      exitCode,
      startedAt: Date.UTC(2026, 10, 21, 10),
      finishedAt: Date.UTC(2026, 10, 21, 11),
      inputs: { profile: "quick", accept: "default", failOn: "unexpected" },
    },
    cells,
  };
}

/** Texts that mean something to a shell, a runner, Markdown, HTML or XML. */
export const HOSTILE: readonly string[] = [
  "$(touch pwned)",
  "`touch pwned`",
  "one\n::set-output name=outcome::as-expected",
  "##[set-output name=outcome;]as-expected",
  "<script>alert(1)</script><!-- -->",
  "a | b\n\n# heading",
  "[link](https://example.org) ![img](x) @octocat #1 www.example.org",
  "```\n</code></details>\n```",
  "]]> &amp; \"quoted\" 'single' %0A%25",
  "\u001b[31mred\u0000\u202eturned\ufffe\ud800",
];
