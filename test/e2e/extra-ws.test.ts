import { writeFileSync } from "node:fs";

import { beforeAll, expect, it } from "vitest";

import type { CellFile } from "../../orchestrator/results/result-schemas.ts";
import { tallySize } from "../../report/tally.ts";

import { cellFile, scratch, wsmatrix } from "../support/cli.ts";

/**
 * What npm ws does against the letter, each looked up in its source: it leaves method and target aside of the request
 * line, Host and bodies to Node, which looks at none of them before an upgrade; its 405 has no Allow; and it reads 08
 * as 8.
 */
const known = ["20.3.4", "20.3.5", "20.4.1", "20.4.2", "20.4.3", "20.8.2", "23.2.2", "23.2.3", "30.2.9"];

const dir = scratch();

beforeAll(async () => {
  const matrix = `${dir}.json`;
  const targets = [{ use: "ws", versions: ["8.23.0"], optional: true }];
  writeFileSync(
    matrix,
    JSON.stringify({ engine: "process", suite: { extra: true, exclude: ["9.*", "12.*", "13.*"] }, targets }),
  );
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
}, 600_000);

const failedOf = ({ cases }: CellFile) =>
  Object.entries(cases)
    .filter(([id, { behavior }]) => Number.parseInt(id, 10) >= 20 && behavior === "FAILED")
    .map(([id]) => id)
    .toSorted();

it.each([
  ["server", known],
  ["client", []],
] as const)("npm ws as %s fails where it is known to, and the suites are counted apart", (role, failed) => {
  const cell = cellFile(dir, `ws@8.23.0/${role}/plain`);
  if (cell.status === "skipped") {
    console.warn(`ws: ${cell.reason}`);
    return;
  }
  expect(failedOf(cell)).toEqual(failed);
  const extra = Object.keys(cell.cases).filter((id) => Number.parseInt(id, 10) >= 20);
  expect(tallySize(cell.extraTally!)).toBe(extra.length);
  expect(extra.length).toBeGreaterThan(150);
  expect(tallySize(cell.tally)).toBe(Object.keys(cell.cases).length - extra.length);
});
