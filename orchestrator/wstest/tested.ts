import { catalogue } from "../../fuzzer/catalogue.ts";
import type { Verdict } from "../../fuzzer/record.ts";
import { type AcceptPreset, accepts } from "../../report/accept.ts";
import type { ReportedResult } from "../../report/autobahn/case-json.ts";
import { EXIT } from "../../report/exit.ts";
import { maxAgents } from "../../report/autobahn/writer.ts";
import { type JunitCase, junitXml } from "../../report/junit.ts";
import { EMPTY_TALLY, formatTally, tallyOf } from "../../report/tally.ts";

/** Takes results as they come, and keeps report files up to date. */
export interface ReportSink {
  add(result: ReportedResult): void;
  /** Writes what is not written yet. */
  flush(): void;
}

interface Noted {
  readonly verdict: Verdict | null;
  /** Milliseconds. */
  readonly duration: number;
}

/** What is known of the agents that were tested: verdicts, and cases that were not run. */
export class Tested {
  readonly #agents = new Map<string, Map<string, Noted>>();

  /**
   * Notes a verdict; null for a case that was not run. A later one takes the place of an earlier one. Agents
   * past {@link maxAgents} are left out, as they are in the report.
   */
  note(agent: string, id: string, verdict: Verdict | null, duration = 0): void {
    if (!this.#agents.has(agent) && this.#agents.size >= maxAgents) return;
    const cases = this.#agents.get(agent) ?? new Map<string, Noted>();
    cases.set(id, { verdict, duration });
    this.#agents.set(agent, cases);
  }

  /** The verdicts as JUnit's XML; without a preset, `default` says what fails. */
  junit(accept: AcceptPreset | null): string {
    const caseOf = ([id, { verdict, duration }]: readonly [string, Noted]): JunitCase => ({
      id,
      title: catalogue.byId.get(id)?.case.title ?? "",
      verdict,
      duration,
      fails: !accepts(accept ?? "default", verdict),
    });
    return junitXml([...this.#agents].map(([name, cases]) => ({ name, cases: [...cases].map(caseOf) })));
  }

  /** A line for each agent, with its tally; not escaped. */
  summary(): string[] {
    return [...this.#agents].map(([agent, cases]) => {
      const tally = { ...EMPTY_TALLY, ...tallyOf(cases.values()) };
      return `${agent}: ${formatTally(tally)}`;
    });
  }

  /** The exit code: 0 whatever the verdicts, as the original's, unless they are to be accepted by a preset. */
  exitCode(accept: AcceptPreset | null): number {
    if (accept === null) return EXIT.asExpected;
    const all = [...this.#agents.values()].flatMap((cases) =>
      [...cases.values()].map(({ verdict }) => verdict),
    );
    if (all.length === 0 || all.includes(null)) return EXIT.infrastructure;
    return all.every((verdict) => accepts(accept, verdict)) ? EXIT.asExpected : EXIT.unexpected;
  }
}
