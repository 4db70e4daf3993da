import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { execa, type Options } from "execa";

import type { Running } from "../../orchestrator/engines/engine.ts";
import { processEngine } from "../../orchestrator/engines/process.ts";
import { folderTarget, loadTarget, type Target } from "../../orchestrator/config/target.ts";

import { fauxTarget, isListening, until } from "./faux.ts";
import { freePort } from "./free-port.ts";
import { agentKeys } from "./judges/agent-keys.ts";
import { caseStatus } from "./judges/case-status.ts";
import { type Answer, visit } from "./judges/driver.ts";
import { judgeFolder } from "./judges/folder.ts";
import { indexRanges } from "./judges/index-ranges.ts";

/** What the judges say: judge -> answer. */
export type Answers = Readonly<Record<string, unknown>>;

/** A command that takes the options of `wstest`: ours, or the original's when facts are made. */
export type Wstest = readonly [program: string, ...args: string[]];

/** Servers that are tested. `ws` comes from a registry, the rest is ours. */
export const servers: Readonly<Record<string, () => Target | Promise<Target>>> = {
  good: () => fromFolder("reference", "0.1.0"),
  broken: () => fauxTarget("echo"),
  ws: () => fromFolder("ws", "8.23.0"),
};

const agent = "A Target/1.0 (under test)";

/** What the judges of reports look at: enough for each, and no case that takes long. */
const cases = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "8.*", "9.1.1", "10.*", "12.1.1", "13.1.1"];

/** Ms for a run; the original plays one case after the other. */
const limit = 300_000;

const options = { reject: false, timeout: limit, stdin: "ignore", all: true } satisfies Options;

/** What the judges of reports say after a run of mode `fuzzingclient` against a server. */
export async function judgeServer(wstest: Wstest, server: Target, dir: string): Promise<Answers> {
  await using target = await started(server);
  const reports = await fuzzingClient(wstest, dir, {
    servers: [{ agent, url: target.url }],
    cases,
    "exclude-cases": ["6.12.*", ""],
    "exclude-agent-cases": { "A Target/*": ["6.13.*"], "A Target": ["1.*"] },
  });
  return judgeFolder(reports);
}

/** What the judge of agents says after a run against servers of which only one is named in the spec. */
export async function judgeAgents(wstest: Wstest, server: Target, dir: string): Promise<Answers> {
  await using target = await started(server);
  await using named = await started(fauxTarget("named"));
  const reports = await fuzzingClient(wstest, dir, {
    options: { failByDrop: false },
    servers: [
      { agent: "named in the spec", url: target.url, options: { version: 18 } },
      { url: target.url },
      { url: named.url },
    ],
    cases: ["1.1.*", "3.1", "5.1*"],
    "exclude-agent-cases": { UnknownServer: ["1.1.1", "5.1*"], "named*": ["3.*", "5.10"], named: ["*"] },
  });
  return { agentKeys: agentKeys(reports) };
}

/** What the judges say of a server that takes connections and never reads: a case of 9 runs out of time. */
export async function judgeMute(wstest: Wstest, dir: string): Promise<Answers> {
  await using target = await started(fauxTarget("never-reads"));
  const reports = await fuzzingClient(wstest, dir, {
    servers: [{ agent, url: target.url }],
    cases: ["1.1.1", "7.9.1", "9.1.1"],
  });
  return judgeFolder(reports);
}

/** What the judges say of mode `fuzzingserver`: those that drive it, and then those of its reports. */
export async function judgeClient(wstest: Wstest, answer: Answer, dir: string): Promise<Answers> {
  const url = `ws://127.0.0.1:${await freePort()}`;
  const spec = specFile(dir, { url, cases: ["*"], "exclude-cases": [""], "exclude-agent-cases": {} });
  const [program, ...args] = wstest;
  const running = execa(program, [...args, "-m", "fuzzingserver", "-s", spec, "-u", "0"], options);
  try {
    await until("the fuzzing server listens", () => isListening(url.replace(/^ws/, "http")));
    const status = await caseStatus(url, agent, answer);
    const ranges = await indexRanges(url, agent, answer);
    await visit(`${url}/updateReports?agent=${encodeURIComponent(agent)}`);
    return { caseStatus: status, indexRanges: ranges, ...judgeFolder(join(dir, "reports")) };
  } finally {
    running.kill("SIGTERM");
    await running;
  }
}

async function fuzzingClient(wstest: Wstest, dir: string, spec: object): Promise<string> {
  const [program, ...args] = wstest;
  const file = specFile(dir, spec);
  const { exitCode, all } = await execa(program, [...args, "-m", "fuzzingclient", "-s", file], options);
  if (exitCode !== 0) throw new Error(`${program} ended with ${exitCode}:\n${all?.slice(-4000)}`);
  return join(dir, "reports");
}

function specFile(dir: string, spec: object): string {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, "spec.json");
  writeFileSync(file, JSON.stringify({ outdir: join(dir, "reports"), ...spec }, null, 2));
  return file;
}

async function fromFolder(name: string, version: string): Promise<Target> {
  const folder = await loadTarget(resolve(import.meta.dirname, "../../targets", name));
  return folderTarget(folder, version);
}

/** @throws {PrepareError} the target cannot be had here */
async function started(target: Target): Promise<Running & AsyncDisposable & { readonly url: string }> {
  const engine = processEngine();
  const { signal } = new AbortController();
  const prepared = await engine.prepare(target, { signal });
  const running = await engine.start(prepared, {
    role: "server",
    env: {},
    limits: {},
    logFile: null,
    signal,
  });
  const url = running.url!;
  await until(`${target.name} listens`, () => isListening(url));
  return { ...running, url, [Symbol.asyncDispose]: () => running.stop() };
}
