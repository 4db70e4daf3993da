import { type Answer, play, statusOf, visit } from "./driver.ts";

/** Numbers of cases under `["*"]`, written down once and for all, and how many of each are played. */
const ranges: readonly (readonly [name: string, first: number, last: number, step: number])[] = [
  ["framing", 1, 16, 10],
  ["pings and pongs", 17, 27, 5],
  ["reserved bits", 28, 34, 3],
  ["opcodes", 35, 44, 3],
  ["fragmentation", 45, 64, 5],
  ["utf-8", 65, 209, 36],
  ["closing", 210, 246, 12],
  ["limits", 247, 300, 1000],
  ["auto-fragmentation", 301, 301, 1],
  ["deflate", 302, 391, 1000],
  ["deflate parameters", 392, 517, 1000],
];

/**
 * Knows cases by number alone: those at both ends of each range must be of the chapter, some are played, and a
 * number behind the last one must be refused.
 */
export async function indexRanges(url: string, agent: string, answer: Answer) {
  const tests: Record<string, string> = {};
  for (const [name, first, last, step] of ranges) {
    const ends = [await idOf(url, first), await idOf(url, last)];
    const bad: number[] = [];
    for (let number = first; number <= last; number += step) {
      await play(url, number, agent, answer);
      const behavior = await statusOf(url, number, agent);
      if (!["OK", "NON-STRICT", "INFORMATIONAL"].includes(behavior)) bad.push(number);
    }
    tests[name] = `${ends.join(" to ")}: ${bad.length === 0 ? "passed" : `failed ${bad.join(", ")}`}`;
  }
  const behind = (ranges.at(-1)?.[2] ?? 0) + 1;
  const refused = (await visit(`${url}/runCase?case=${behind}&agent=${agent}`)) === null;
  return { tests, refused };
}

async function idOf(url: string, number: number): Promise<string> {
  const { id } = JSON.parse((await visit(`${url}/getCaseInfo?case=${number}`)) ?? "{}") as { id?: string };
  return id ?? "none";
}
