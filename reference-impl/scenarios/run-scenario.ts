import { OpeningError } from "../dial.ts";
import type { Capability, Scenario, ScenarioResult } from "./scenario.ts";
import { ScenarioFailure, type Talk, Transcript } from "./talk.ts";

/** What a target says that it can do. */
export interface Abilities {
  readonly capabilities: Readonly<Partial<Record<Capability, boolean>>>;
  /** Octets of the longest message that it takes; null for no limit. */
  readonly maxMessage: number | null;
}

/** The result of a scenario that the target cannot be asked for, or null. */
export function notApplicable(
  scenario: Scenario,
  { capabilities, maxMessage }: Abilities,
): ScenarioResult | null {
  const lacking = scenario.needs.find((need) => capabilities[need] !== true);
  const reason =
    lacking !== undefined
      ? `the target does not declare the capability \`${lacking}\``
      : maxMessage !== null && maxMessage < scenario.longest
        ? `the target declares that it takes no message of ${scenario.longest} octets`
        : null;
  if (reason === null) return null;
  return { scenario: scenario.name, outcome: "not-applicable", reason, transcript: [], duration: 0 };
}

/** Does a scenario, and drops the connections that it leaves open. Never rejects but for a bug of ours. */
export async function runScenario(
  scenario: Scenario,
  openTalk: (transcript: Transcript) => Promise<Talk>,
): Promise<ScenarioResult> {
  const transcript = new Transcript();
  const started = performance.now();
  const open: Talk[] = [];
  const result = (outcome: "passed" | "failed", reason: string | null): ScenarioResult => ({
    scenario: scenario.name,
    outcome,
    reason,
    transcript: outcome === "failed" ? transcript.lines : [],
    duration: Math.round(performance.now() - started),
  });
  try {
    await scenario.run(async () => {
      const talk = await openTalk(transcript);
      open.push(talk);
      return talk;
    });
    return result("passed", null);
  } catch (error) {
    if (error instanceof ScenarioFailure || error instanceof OpeningError)
      return result("failed", error.message);
    throw error;
  } finally {
    for (const { connection } of open) connection.drop();
  }
}
