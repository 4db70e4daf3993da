import { readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";

import { cellFile, scratch, wsmatrix } from "../support/cli.ts";

/** What the original said of real implementations: role -> name -> case -> behavior, close, close code. */
type Golden = Record<
  string,
  Record<string, { readonly cases: Record<string, readonly [string, string, number | null]> }>
>;

const facts = new URL("../facts/golden-verdicts.json", import.meta.url);
const golden = JSON.parse(readFileSync(facts, "utf8")) as Golden;

/** Targets of ours that have golden verdicts at their version and set-up. */
const targets = [
  { role: "server", target: "ws", version: "8.23.0", name: "npm-ws" },
  { role: "client", target: "ws", version: "8.23.0", name: "npm-ws" },
  { role: "client", target: "undici", version: "7.30.2", name: "undici" },
  { role: "server", target: "websockets", version: "17.4", name: "py-websockets" },
  { role: "server", target: "gorilla", version: "1.5.3", name: "gorilla" },
  { role: "server", target: "tokio-tungstenite", version: "0.30.0", name: "tokio-tungstenite" },
  { role: "client", target: "tokio-tungstenite", version: "0.30.0", name: "tungstenite" },
] as const;

/** Cases in which a target races with itself: whether its echo or its failure is first on the wire. */
const races: Readonly<Record<string, readonly string[]>> = {
  "py-websockets": ["3.3", "3.4", "4.1.5", "4.2.5"],
};

const dir = scratch();

beforeAll(async () => {
  const versions = new Map(targets.map(({ target, version }) => [target, version]));
  const entries = [...versions].map(([target, version]) => ({
    use: target,
    versions: [version],
    optional: true,
  }));
  const matrix = `${dir}.json`;
  writeFileSync(matrix, JSON.stringify({ engine: "process", targets: entries }));
  const { exitCode, stderr } = await wsmatrix([
    "run",
    "--matrix",
    matrix,
    "--fail-on",
    "infra",
    "--out",
    dir,
  ]);
  expect(exitCode, stderr).toBe(0);
}, 1_200_000);

describe("verdicts equal the original's", () => {
  it.each(targets)("for $target as $role", ({ role, target, version, name }) => {
    const { status, reason, cases } = cellFile(dir, `${target}@${version}/${role}/plain`);
    if (status === "skipped") {
      console.warn(`${target}: ${reason}`);
      return;
    }
    expect(status).toBe("ran");
    // Some clients were not played on the largest sizes of chapters 12 and 13, for time.
    const wanted = Object.entries(golden[role]![name]!.cases);
    expect(wanted.map(([id]) => id).filter((id) => !(id in cases))).toEqual([]);
    const differing = wanted.filter(([id, verdict]) => {
      const { behavior, behaviorClose, remoteCloseCode } = cases[id]!;
      const got = [races[name]?.includes(id) ? verdict[0] : behavior, behaviorClose, remoteCloseCode];
      return JSON.stringify(got) !== JSON.stringify(verdict);
    });
    expect(differing.map(([id, verdict]) => [id, verdict, cases[id]])).toEqual([]);
  });
});
