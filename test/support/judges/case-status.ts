import { type Answer, play, statusOf, visit } from "./driver.ts";

/** The cases that run in CI; the rest would take too long there. */
const selected: ReadonlySet<string> = new Set(
  "1.1.1 1.2.2 2.1 2.5 3.1 4.1.1 5.3 5.9 5.19 6.1.2 6.4.1 6.6.2 7.1.3 7.5.1 7.9.1 9.1.1 12.1.1".split(" "),
);

/**
 * A test for each case, named by what `/getCaseInfo` says: plays it, and then asks `/getCaseStatus`, where only the
 * behavior is to be had.
 */
export async function caseStatus(url: string, agent: string, answer: Answer) {
  const count = Number(await visit(`${url}/getCaseCount`));
  const behaviors: Record<string, string> = {};
  for (let number = 1; number <= count; number += 1) {
    const info = JSON.parse((await visit(`${url}/getCaseInfo?case=${number}`)) ?? "{}") as Info;
    if (!selected.has(info.id ?? "") || !info.description) continue;
    await play(url, number, agent, answer);
    behaviors[info.id!] = await statusOf(url, number, agent);
  }
  return { count, behaviors };
}

interface Info {
  readonly id?: string;
  readonly description?: string;
}
