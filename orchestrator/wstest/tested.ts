import type { Verdict } from "#fuzzer/record.ts";
import { type AcceptPreset, accepts } from "#report/accept.ts";
import type { ReportedResult } from "#report/autobahn/case-json.ts";
import { EXIT } from "#report/exit.ts";
import { EMPTY_TALLY, formatTally, tallyOf } from "#report/tally.ts";

/** Takes results as they come, and keeps report files up to date. */
export interface ReportSink {
  add(result: ReportedResult): void;
  /** Writes what is not written yet. */
  flush(): void;
}

/** What is known of the agents that were tested: verdicts, and cases that were not run. */
export class Tested {
  readonly #verdicts = new Map<string, Map<string, Verdict | null>>();

  /** Notes a verdict; null for a case that was not run. A later one takes the place of an earlier one. */
  note(agent: string, id: string, verdict: Verdict | null): void {
    const cases = this.#verdicts.get(agent) ?? new Map<string, Verdict | null>();
    cases.set(id, verdict);
    this.#verdicts.set(agent, cases);
  }

  /** A line for each agent, with its tally; not escaped. */
  summary(): string[] {
    return [...this.#verdicts].map(([agent, cases]) => {
      const tally = { ...EMPTY_TALLY, ...tallyOf([...cases.values()].map((verdict) => ({ verdict }))) };
      return `${agent}: ${formatTally(tally)}`;
    });
  }

  /** The exit code: 0 whatever the verdicts, as the original's, unless they are to be accepted by a preset. */
  exitCode(accept: AcceptPreset | null): number {
    if (accept === null) return EXIT.asExpected;
    const all = [...this.#verdicts.values()].flatMap((cases) => [...cases.values()]);
    if (all.length === 0 || all.includes(null)) return EXIT.infrastructure;
    return all.every((verdict) => accepts(accept, verdict)) ? EXIT.asExpected : EXIT.unexpected;
  }
}
