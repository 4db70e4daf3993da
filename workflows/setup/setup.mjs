// Makes `wsmatrix` a command of the job. Plain JavaScript, for whatever Node the runner has.
//
// The Node 24 that wsmatrix runs on is not put on PATH: the job may be about another one.
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "..", "..");
const temp = process.env.RUNNER_TEMP || tmpdir();
const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];

if (!existsSync(join(root, "node_modules", "commander"))) {
  // Scripts of packages are not run: none of those that are needed here has one that it cannot do without.
  npm(["ci", "--omit=dev", "--ignore-scripts", ...quiet], root);
}
const command = install(node24());
if (process.env.GITHUB_PATH) appendFileSync(process.env.GITHUB_PATH, `${command}\n`);

/** The path of a Node that wsmatrix runs on. */
function node24() {
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  const dir = join(temp, "wsmatrix-node");
  const program = join(dir, "node_modules", "node", "bin", "node");
  if (existsSync(program)) return program;
  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "package.json"), '{ "private": true, "allowScripts": { "node": true } }\n');
  npm(["install", `node@${devDependencies.node}`, ...quiet], dir);
  return program;
}

/** Writes the command, and says in which folder it is. */
function install(node) {
  const dir = join(temp, "wsmatrix-bin");
  mkdirSync(dir, { recursive: true });
  const words = [node, join(root, "orchestrator", "main.ts")].map(
    (word) => `'${word.replaceAll("'", "'\\''")}'`,
  );
  writeFileSync(
    join(dir, "wsmatrix"),
    `#!/bin/sh\nWSMATRIX_PROGRAM="npx wsmatrix" exec ${words.join(" ")} "$@"\n`,
    { mode: 0o755 },
  );
  return dir;
}

function npm(args, cwd) {
  // Its messages must not be taken for outputs of the step, nor its install for one of production only.
  execFileSync("npm", args, {
    cwd,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
}
