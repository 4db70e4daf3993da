import { randomUUID } from "node:crypto";
import { appendFileSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";

import { catalogue } from "../../fuzzer/catalogue.ts";
import { annotations, outputFile, outputsOf } from "../../report/github/commands.ts";
import { junitOfRun } from "../../report/junit-run.ts";
import { summaryMarkdown } from "../../report/markdown/summary.ts";

import { ConfigError, errorCode, fileProblem } from "../config/problem.ts";
import { writeAtomically } from "./atomic-file.ts";
import type { LoadedRun } from "./load-run.ts";

/** What a CI wants of a run beside its exit code, as flags say it. */
export interface CiFiles {
  /** File for the verdicts as JUnit's XML. */
  readonly junit?: string;
  /** File for the summary, in Markdown. */
  readonly summary?: string;
  /** File of outputs that later steps of a GitHub job read; it is appended to. */
  readonly outputs?: string;
  /** GitHub's workflow commands on standard error. */
  readonly annotations?: boolean;
}

/** Whether anything is wanted. */
export function wantsCiFiles({ junit, summary, outputs, annotations: lines }: CiFiles): boolean {
  return junit !== undefined || summary !== undefined || outputs !== undefined || lines === true;
}

/**
 * Writes what a CI wants of a run, from its folder alone.
 *
 * @param program how people call us, for the commands that repeat a case
 * @param say gets lines of workflow commands
 * @throws {ConfigError} a file cannot be written
 */
export function writeCiFiles(
  recorded: LoadedRun,
  files: CiFiles,
  program: string,
  say: (line: string) => void,
): void {
  const { junit, summary, outputs } = files;
  if (junit !== undefined) write(junit, junitOfRun(recorded, { program, titleOf }), false);
  if (summary !== undefined)
    write(summary, summaryMarkdown(recorded, { program, titleOf }), isShared(summary));
  if (outputs !== undefined) {
    const paths = {
      results: resolve(recorded.paths.dir),
      ...(junit !== undefined && { junit: resolve(junit) }),
      ...(summary !== undefined && { summary: resolve(summary) }),
    };
    write(outputs, outputFile(outputsOf(recorded, paths), randomUUID()), true);
  }
  if (files.annotations === true) for (const line of annotations(recorded, program)) say(line);
}

/** The title of a case; "" where this suite has no such case. */
export function titleOf(id: string): string {
  return catalogue.byId.get(id)?.case.title ?? "";
}

/** The file that all commands of a step add to, as GitHub names it. */
function isShared(file: string): boolean {
  return file === process.env["GITHUB_STEP_SUMMARY"];
}

function write(file: string, text: string, append: boolean): void {
  try {
    mkdirSync(dirname(resolve(file)), { recursive: true });
    if (append) appendFileSync(file, text);
    else writeAtomically(file, text);
  } catch (error) {
    throw new ConfigError([fileProblem(file, `cannot be written (${errorCode(error)})`)], { cause: error });
  }
}
