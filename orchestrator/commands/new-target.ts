import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import type { Command } from "commander";

import { nearest } from "../config/nearest.ts";
import { ConfigError, errorCode, fileProblem } from "../config/problem.ts";
import { loadTarget, type TargetFolder } from "../config/target.ts";
import { programName } from "../run/package-root.ts";
import { bundledTargets, commandLine } from "../run/target-folders.ts";
import type { CommandContext } from "./context.ts";

/** A language that there is a template for. */
interface Template {
  /** Its folder in `targets/_templates`. */
  readonly folder: string;
  readonly language: string;
  /** What people call it too, in small letters. */
  readonly aliases: readonly string[];
  /** The library that the template echoes with. */
  readonly library: string;
}

const TEMPLATES: readonly Template[] = [
  {
    folder: "javascript",
    language: "JavaScript",
    aliases: ["js", "node", "nodejs", "node.js", "typescript", "ts"],
    library: "ws",
  },
  { folder: "python", language: "Python", aliases: ["py", "python3"], library: "websockets" },
  { folder: "go", language: "Go", aliases: ["golang"], library: "gorilla/websocket" },
  { folder: "rust", language: "Rust", aliases: ["rs"], library: "tungstenite" },
  { folder: "java", language: "Java", aliases: ["jvm"], library: "Java-WebSocket" },
];

/** The languages of `--language`, as people spell them. */
export const LANGUAGES: readonly string[] = TEMPLATES.map(({ language }) => language);

/** What stands for the target's name in the files of a template. */
const NAME = "__NAME__";

/** Adds `wsmatrix new-target` to the command line. */
export function addNewTarget(program: Command, { output }: CommandContext): void {
  program
    .command("new-target <name>")
    .description("make a folder for another implementation: a working echo server and client to start from")
    .requiredOption("--language <language>", `what it is written in: ${LANGUAGES.join(", ")}`)
    .option("--dir <folder>", "the folder of folders that it is put into", "targets")
    .addHelpText("after", examples)
    .action(async (name: string, flags: { readonly language: string; readonly dir: string }) => {
      output().out(await newTarget(name, flags));
    });
}

const examples = `
Examples:
  wsmatrix new-target my-library --language Go
  wsmatrix run my-library --smoke`;

/**
 * Makes the folder of a target from the template of its language.
 *
 * @returns what was made, and what to do next
 * @throws {ConfigError} the name cannot be one or is taken, there is no such template, or nothing can be written there
 */
export async function newTarget(
  name: string,
  { language, dir }: { readonly language: string; readonly dir: string },
): Promise<string> {
  const template = templateFor(language);
  checkName(name, dir);
  const made = await make(name, template, resolve(dir)).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error)) throw error;
    throw usage(`${join(dir, name)} cannot be made (${errorCode(error)})`, "say another folder with --dir");
  });
  return steps(made, template, dir, await filesOf(made.dir));
}

function templateFor(language: string): Template {
  const asked = language.toLowerCase();
  const found = TEMPLATES.find(
    (template) => template.language.toLowerCase() === asked || template.aliases.includes(asked),
  );
  if (found !== undefined) return found;
  const meant = nearest(language, LANGUAGES);
  const remedy = `${meant === null ? "" : `did you mean ${meant}? `}there is ${LANGUAGES.join(", ")}; for any other take one of these for a pattern`;
  throw usage(`there is no template for the language \`${language}\``, remedy);
}

function checkName(name: string, dir: string): void {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) {
    throw usage(`\`${name}\` cannot be the name of a target`, "a name holds only a-z, 0-9 and -");
  }
  if (existsSync(join(dir, name))) {
    throw usage(`${join(dir, name)} is there already`, "take another name, or remove that first");
  }
  if (existsSync(join(bundledTargets, name))) {
    throw usage(`a target \`${name}\` comes with wsmatrix`, "take another name");
  }
}

/** Either the whole folder is there in the end, or nothing of it. */
async function make(name: string, { folder }: Template, dir: string): Promise<TargetFolder> {
  await mkdir(dir, { recursive: true });
  const draft = await mkdtemp(join(dir, ".new-"));
  try {
    await cp(join(bundledTargets, "_templates", folder), draft, { recursive: true });
    for (const file of await filesOf(draft)) {
      const path = join(draft, file);
      const text = await readFile(path, "utf8");
      if (text.includes(NAME)) await writeFile(path, text.replaceAll(NAME, name));
    }
    await rename(draft, join(dir, name));
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  return loadTarget(join(dir, name));
}

/** The files of a folder and those below it, target.yaml first. */
async function filesOf(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1));
  return files.toSorted(
    (a, b) => Number(b === "target.yaml") - Number(a === "target.yaml") || (a < b ? -1 : 1),
  );
}

function steps(
  { definition: { name, versions } }: TargetFolder,
  { library }: Template,
  dir: string,
  files: readonly string[],
): string {
  const run = `${programName} run ${name}`;
  return `made ${join(dir, name)}: ${files.join(", ")}

It echoes with ${library} ${versions[0]}, which stands where your library will.
  1. ${run} --smoke
     builds and starts it as it is, and plays five cases
  2. put your library in the place of ${library}, in every file
  3. ${run} --smoke
     and then ${run}: all cases; \`${programName} case 5.19 --target ${name}\` shows one on the wire
  4. in target.yaml: homepage, versions, capabilities and settings of your library, then \`verified: true\`
  5. add \`- { use: ${name} }\` to the targets of matrix.yaml
docs/add-a-target.md says what server, client and Dockerfile have to do.
`;
}

function usage(message: string, remedy: string): ConfigError {
  return new ConfigError([fileProblem(commandLine, message, remedy)]);
}
