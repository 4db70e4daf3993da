import { readIndex } from "./reports.ts";

/**
 * Reads the results by agent, `UnknownServer` where neither spec nor server gives a name: which cases there are
 * (`exclude-agent-cases` left some out), and which are not fine in both verdicts.
 */
export function agentKeys(dir: string) {
  return Object.entries(readIndex(dir)).map(([agent, cases]) => ({
    agent,
    cases: Object.keys(cases),
    rejected: Object.entries(cases)
      .filter(
        ([, { behavior, behaviorClose }]) =>
          !["OK", "NON-STRICT", "INFORMATIONAL"].includes(behavior) ||
          !["OK", "INFORMATIONAL"].includes(behaviorClose),
      )
      .map(([id]) => id),
  }));
}
