import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

import type { CellFile, RunFile } from "../../orchestrator/results/result-schemas.ts";
import { cellFileName } from "../../orchestrator/results/cell-file-name.ts";

const main = join(import.meta.dirname, "..", "..", "orchestrator", "main.ts");

/** Ms that a command of a test may take before it is ended: some install a compiler's worth of dependencies. */
const limit = 1_150_000;

/** A fresh folder for the files of a run. */
export function scratch(): string {
  return join(mkdtempSync(join(tmpdir(), "wsmatrix-test-")), "run");
}

/** Starts `wsmatrix` as a user would. It never rejects: look at the exit code. */
export function wsmatrix(args: readonly string[], cwd: string = process.cwd()) {
  return execa(process.execPath, [main, ...args], { reject: false, timeout: limit, stdin: "ignore", cwd });
}

/** The command of a faux target. */
export function faux(name: string): string {
  return `node ${join(import.meta.dirname, "..", "faux", `${name}.mjs`)}`;
}

/** `run.json` of a run's folder. */
export function runFile(dir: string): RunFile {
  return JSON.parse(readFileSync(join(dir, "run.json"), "utf8")) as RunFile;
}

/** `cells/<cell>.json` of a run's folder. */
export function cellFile(dir: string, id: string): CellFile {
  return JSON.parse(readFileSync(join(dir, "cells", `${cellFileName(id)}.json`), "utf8")) as CellFile;
}
