// Records what the judges of acceptance.test.ts say of the original's reports:
//
//   node test/record-acceptance.ts PROGRAM [ARGS...] >test/facts/acceptance.json
//
// where PROGRAM is Autobahn's `wstest`, version 25.10.1. Its own files are thrown away.
import { rmSync } from "node:fs";
import { join } from "node:path";

import {
  type Answers,
  judgeAgents,
  judgeClient,
  judgeMute,
  judgeServer,
  servers,
  type Wstest,
} from "./support/acceptance.ts";
import { temporaryDir } from "./support/faux.ts";
import { rightAnswer, wrongAnswer } from "./support/judges/driver.ts";

const [program, ...args] = process.argv.slice(2);
if (program === undefined)
  throw new Error("name the original's program: node test/record-acceptance.ts wstest");
const wstest: Wstest = [program, ...args];
const dir = temporaryDir();
const facts: Record<string, Answers> = {};
try {
  for (const [name, server] of Object.entries(servers)) {
    facts[`server ${name}`] = await judgeServer(wstest, await server(), join(dir, `server-${name}`));
    if (name !== "ws")
      facts[`agents ${name}`] = await judgeAgents(wstest, await server(), join(dir, `agents-${name}`));
  }
  facts["server mute"] = await judgeMute(wstest, join(dir, "mute"));
  facts["client good"] = await judgeClient(wstest, rightAnswer, join(dir, "client-good"));
  facts["client broken"] = await judgeClient(wstest, wrongAnswer, join(dir, "client-broken"));
  const of = "Autobahn testsuite 25.10.1 on CPython 2.7; recorded by test/record-acceptance.ts";
  process.stdout.write(`${JSON.stringify({ of, answers: facts }, null, 1)}\n`);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
