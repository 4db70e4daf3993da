import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { ConfigError, errorCode, fileProblem } from "../config/problem.ts";
import { configText } from "../config/text.ts";
import type { SpecWarning } from "./findings.ts";
import type { FuzzingMode } from "./options.ts";

/** The text of a spec, and what is to be said about where it comes from. */
export interface SpecText {
  /** As the user named it, or the default name. */
  readonly file: string;
  readonly text: string;
  readonly warnings: readonly SpecWarning[];
}

/** What the original writes where it finds no spec file. */
export const defaultSpecs: Readonly<Record<FuzzingMode, Readonly<Record<string, unknown>>>> = {
  fuzzingserver: {
    url: "ws://127.0.0.1:9001",
    outdir: "./reports/clients",
    cases: ["*"],
    "exclude-cases": [],
    "exclude-agent-cases": {},
  },
  fuzzingclient: {
    outdir: "./reports/servers",
    servers: [{ url: "ws://127.0.0.1:9001" }],
    cases: ["*"],
    "exclude-cases": [],
    "exclude-agent-cases": {},
  },
};

/**
 * Reads a spec file; without a name `<mode>.json` of `cwd`, which is written with the default content first where
 * it does not exist, as the original does.
 *
 * @throws {ConfigError} it cannot be read or written, is too long, or is not UTF-8
 */
export function readSpecFile(mode: FuzzingMode, named: string | null, cwd: string): SpecText {
  const file = named ?? `${mode}.json`;
  try {
    return { file, text: configText(file, readFileSync(resolve(cwd, file))), warnings: [] };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = errorCode(error);
    if (named === null && code === "ENOENT") return writeDefault(mode, file, cwd);
    const message = code === "ENOENT" ? "there is no such file" : `cannot be read (${code})`;
    throw new ConfigError([fileProblem(file, message)], { cause: error });
  }
}

function writeDefault(mode: FuzzingMode, file: string, cwd: string): SpecText {
  const text = `${JSON.stringify(defaultSpecs[mode], null, 3)}\n`;
  try {
    // Never over a file that someone else has just put there.
    writeFileSync(resolve(cwd, file), text, { flag: "wx" });
  } catch (error) {
    const message = `does not exist and cannot be written (${errorCode(error)})`;
    throw new ConfigError([fileProblem(file, message, "name a spec file with --spec")], { cause: error });
  }
  const written = fileProblem(file, "did not exist, so the default spec was written to it and is used");
  return { file, text, warnings: [{ ...written, code: "default-written" }] };
}
