import { execFileSync, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { type CellFile, loadRun, type RunFile, runPaths } from "../orchestrator/results/results.ts";

/**
 * How long a site of many verdicts takes, and how large it is: `node bench/site-size.ts RUN [VERDICTS]`.
 *
 * The run is made of the cells of a real one, over and over under other names, with their records, until there
 * are as many verdicts as asked for (62,000 by default: 50 targets, both roles, 620 cases).
 */
const [source, wanted = "62000"] = process.argv.slice(2);
if (source === undefined) throw new Error("name the folder of a run");
const folder = mkdtempSync(join(tmpdir(), "wsmatrix-site-size-"));
try {
  const verdicts = makeRun(source, join(folder, "run"), Number(wanted));
  measure(join(folder, "run"), join(folder, "site"), verdicts);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Writes the run. How many verdicts it has. */
function makeRun(from: string, to: string, most: number): number {
  const { run, cells, paths } = loadRun(from);
  const whole = cells.filter(({ status, cell }) => status === "ran" && existsSync(paths.records(cell.id)));
  const target = runPaths(to);
  for (const dir of [target.cells, target.logs]) mkdirSync(dir, { recursive: true });
  copyFileSync(paths.suite, target.suite);
  const made: RunFile["cells"] = [];
  let verdicts = 0;
  for (let round = 0; verdicts < most; round++) {
    for (const file of whole) {
      if (verdicts >= most) break;
      const cell = { ...file.cell, target: round === 0 ? file.cell.target : `${file.cell.target}-${round}` };
      cell.id = `${cell.target}@${cell.version}/${cell.role}/${cell.variant}`;
      const copied: CellFile = { ...file, cell };
      writeFileSync(target.cell(cell.id), JSON.stringify(copied));
      copyFileSync(paths.records(file.cell.id), target.records(cell.id));
      const { status, reason, tally, duration } = file;
      made.push({ ...cell, file: "x", digest: null, status, reason, tally, duration });
      verdicts += Object.keys(file.cases).length;
    }
  }
  const completeness = { cells: made.length, cellsRan: made.length, cases: verdicts, casesNotRun: 0 };
  const whenDone = { ...run, state: "complete", finishedAt: run.startedAt, completeness, cells: made };
  writeFileSync(target.run, JSON.stringify(whenDone));
  return verdicts;
}

function measure(run: string, out: string, verdicts: number): void {
  const main = join(import.meta.dirname, "..", "orchestrator", "main.ts");
  const began = performance.now();
  const { stderr, status } = spawnSync(
    "/usr/bin/time",
    ["-v", process.execPath, main, "site", run, "--out", out],
    {
      encoding: "utf8",
    },
  );
  if (status !== 0) throw new Error(stderr);
  const seconds = (performance.now() - began) / 1000;
  const kilobytes = Number(/Maximum resident set size \(kbytes\): (\d+)/.exec(stderr)?.[1]);
  const cpu = ["User", "System"]
    .map((kind) => Number(new RegExp(`${kind} time \\(seconds\\): ([\\d.]+)`).exec(stderr)?.[1]))
    .reduce((sum, part) => sum + part, 0);
  const gzipped = (path: string) => gzipSync(readFileSync(join(out, path))).length;
  const overview = ["index.html", "site.css", "site.js"].map(gzipped).reduce((sum, size) => sum + size, 0);
  console.log(
    `${verdicts} verdicts: ${seconds.toFixed(1)} s (${cpu.toFixed(1)} s of processor time), ${(kilobytes / 1024).toFixed(0)} MiB at the most`,
  );
  console.log(`overview with style and script: ${(overview / 1000).toFixed(0)} kB compressed`);
  console.log(`the whole site: ${execFileSync("du", ["-sh", out], { encoding: "utf8" }).split("\t")[0]}`);
}
