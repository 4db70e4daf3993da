import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";

import { compareWithAutobahn, type Comparison } from "./against-autobahn.ts";
import { compareClients } from "./clients.ts";
import { measureField } from "./field.ts";
import { compareFullSuite, compareFullWithTargets } from "./full-suite.ts";
import { measureOverhead } from "./overhead.ts";
import { compareWithPipe } from "./pipe.ts";
import { compareThroughput } from "./throughput.ts";

/**
 * Benchmarks, each a ratio measured side by side in one run. Each kind has its part of `bench/RESULTS.md`, which is
 * written anew:
 *
 *     npm run bench                  chapters 1-10 against servers; about 20 minutes
 *     npm run bench -- --long        all 517 cases against npm ws, one round; Autobahn needs a quarter of an hour
 *     npm run bench -- --full        all 517 cases in full beside the processor time of two other servers; 12 minutes
 *     npm run bench -- --clients     client targets; about 8 minutes
 *     npm run bench -- --field       twenty server targets in one run
 *     npm run bench -- --throughput  the reference endpoint beside ws and undici
 *     npm run bench -- --pipe        one connection beside raw TCP
 *     npm run bench -- --overhead    what the orchestrator adds to each cell
 *
 * The real Autobahn is needed for comparison; without it only our own figures are printed.
 */
const chapters1to10 = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.*", "10.*"];
const chapters1to8 = chapters1to10.filter((chapter) => chapter !== "9.*");

const uncompressed = { title: "chapters 1-10", cases: chapters1to10, play: "full" } as const;
const lenient = "a peer that accepts everything";

const short: readonly Comparison[] = [
  { ...uncompressed, target: "ws", rounds: 5, goal: 5 },
  { ...uncompressed, target: "tokio-websockets", rounds: 5, goal: 5 },
  { ...uncompressed, target: "gorilla", rounds: 5, goal: 5 },
  // By the drop-in each case once, as with Autobahn; in a run each fault three times.
  { ...uncompressed, target: lenient, play: "wstest", rounds: 5, goal: 13 },
  { ...uncompressed, target: lenient, rounds: 1, goal: null },
  {
    title: "chapters 1-8 and 10",
    target: "a mute peer",
    cases: chapters1to8,
    play: "wstest",
    rounds: 1,
    goal: 40,
  },
];

const kinds: Readonly<Record<string, () => AsyncGenerator<string>>> = {
  "": () => comparing(short),
  "--long": () => compareFullSuite(),
  "--full": () => compareFullWithTargets(),
  "--clients": () => compareClients(),
  "--field": async function* () {
    yield await measureField();
  },
  "--throughput": () => compareThroughput(),
  "--pipe": async function* () {
    yield await compareWithPipe();
  },
  "--overhead": async function* () {
    yield await measureOverhead();
  },
};

async function* comparing(comparisons: readonly Comparison[]): AsyncGenerator<string> {
  for (const comparison of comparisons) yield await compareWithAutobahn(comparison);
}

const kind = process.argv.slice(2).find((flag) => flag in kinds) ?? "";
const machine = `${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores, Node ${process.versions.node}`;
const lines: string[] = [];
for await (const line of kinds[kind]!()) {
  console.log(line);
  lines.push(`- ${line}`);
}
const heading = `## npm run bench${kind === "" ? "" : ` -- ${kind}`}\n`;
const part = `${heading}\n${new Date().toISOString().slice(0, 10)}, ${machine}.\n\n${lines.join("\n")}\n`;
const file = join(import.meta.dirname, "RESULTS.md");
const others = readFileSync(file, "utf8")
  .split(/^(?=## )/m)
  .slice(1)
  .filter((each) => !each.startsWith(heading));
const parts = [...others.map((each) => `${each.trimEnd()}\n`), part].toSorted();
writeFileSync(file, `# Results\n\n${parts.join("\n")}`);
