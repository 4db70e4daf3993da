import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Case } from "../../fuzzer/case.ts";
import { catalogue } from "../../fuzzer/catalogue.ts";
import type { CaseFacts } from "../../report/baseline.ts";
import type { CellStatus } from "../../report/cell.ts";

import type { Cell } from "../config/plan.ts";
import { cacheRoot, PREPARED_MARKER } from "../engines/cache.ts";
import type { Limits } from "../engines/engine.ts";
import { dirOfPrepared } from "../engines/process-prepare.ts";
import type { Preparation } from "./prepare.ts";

/** What decides the verdicts of a cell. */
export interface CellInputs {
  readonly cell: Cell;
  readonly cases: readonly Case[];
  readonly profile: "quick" | "full";
  readonly limits: Limits;
  readonly preparation: Preparation;
  /** Where the fuzzer is to be, and what else was chosen about engines. */
  readonly surroundings: readonly string[];
}

// Part of every key: what an older wsmatrix compared in another way is not taken for this one's.
const FORMAT = 1;

/** Rooms whose code decides a verdict: `reference-impl` too, which is also a target. */
const ROOMS = [
  "wire",
  "fuzzer",
  "reference-impl",
  "orchestrator/engines",
  "orchestrator/place",
  "orchestrator/play",
];

/** Where the code is: the clone, or `dist` of an installed package. */
const codeRoot = join(import.meta.dirname, "..", "..");

/**
 * Identifies everything that decides the verdicts of a cell: what runs, what plays, which cases and how, and where.
 * Null where something may have changed that nobody can see from here: a command, a URL, a target that was not made.
 */
export function cellKeyOf(inputs: CellInputs): string | null {
  const { cell, cases, profile, limits, preparation, surroundings } = inputs;
  if (cell.target.kind === "command" || cell.target.kind === "url" || !preparation.ok) return null;
  const facts = [
    FORMAT,
    codeDigest(),
    catalogue.hash,
    [cell.id, cell.target.kind === "image" ? cell.target : null],
    [preparation.engine.name, preparation.prepared.digest, installedDigest(inputs)],
    cases.map(({ id }) => id),
    [profile, limits],
    [process.platform, process.arch, process.version, ...surroundings],
  ];
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex");
}

/** Whether playing a cell again would give the same: all was played, and no two plays differed. */
export function isLasting(status: CellStatus, cases: Iterable<CaseFacts>): boolean {
  return status === "ran" && [...cases].every(({ verdict, flaky }) => verdict !== null && !flaky);
}

let digest: string | undefined;

/** Of the code that plays and judges. */
function codeDigest(): string {
  if (digest !== undefined) return digest;
  const hash = createHash("sha256");
  for (const room of ROOMS) {
    const files = readdirSync(join(codeRoot, room), { recursive: true, encoding: "utf8" });
    for (const file of files.filter((name) => /\.[jt]s$/.test(name) && !name.endsWith(".d.ts")).toSorted()) {
      hash.update(JSON.stringify([room, file])).update(readFileSync(join(codeRoot, room, file)));
    }
  }
  return (digest = hash.digest("hex"));
}

/** Where package managers write down what they chose. */
const LOCKS = [
  "package-lock.json",
  "node_modules/.package-lock.json",
  "Cargo.lock",
  "go.sum",
  "Gemfile.lock",
  "composer.lock",
  "mix.lock",
];

/** What was installed for a process: its lock files or, where there are none, the moment. An image has its digest. */
function installedDigest({ cell: { target }, preparation }: CellInputs): string {
  if (target.kind !== "folder" || !preparation.ok || preparation.engine.name !== "process") return "";
  const dir = dirOfPrepared(target, preparation.prepared.digest, cacheRoot());
  const locks = LOCKS.map((name) => contentOf(join(dir, name))).filter((content) => content !== null);
  const known = locks.length > 0 ? locks : [contentOf(join(dir, PREPARED_MARKER))];
  return createHash("sha256").update(JSON.stringify(known)).digest("hex");
}

function contentOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
