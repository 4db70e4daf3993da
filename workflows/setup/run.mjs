// `wsmatrix run` with the inputs of the action, which are in the environment, one word each.
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { appendFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const input = (name) => process.env[`WSMATRIX_${name}`] ?? "";
const list = (name) =>
  input(name)
    .split(/[\s,]+/)
    .filter((word) => word !== "");
const yes = (name) => input(name).trim() === "true";
const flag = (name, value) => (value === "" ? [] : [`--${name}=${value}`]);

const program = join(process.env.RUNNER_TEMP || tmpdir(), "wsmatrix-bin", "wsmatrix");
const out = input("OUT") || join(mkdtempSync(join(process.env.RUNNER_TEMP || tmpdir(), "wsmatrix-")), "run");
const { GITHUB_STEP_SUMMARY = "", GITHUB_OUTPUT = "" } = process.env;

const args = [
  "run",
  ...["URL", "COMMAND", "IMAGE", "MATRIX", "NAME", "PORT", "PATH", "PROFILE", "ENGINE", "SHARD"].flatMap(
    (name) => flag(name.toLowerCase(), input(name)),
  ),
  ...["DURATIONS", "BASELINE", "ACCEPT", "FAIL_ON", "JUNIT"].flatMap((name) =>
    flag(name.toLowerCase().replace("_", "-"), input(name)),
  ),
  ...list("ROLE").flatMap((role) => flag("role", role)),
  ...list("VARIANT").flatMap((variant) => flag("variant", variant)),
  ...list("CASES").flatMap((pattern) => flag("cases", pattern)),
  ...list("EXCLUDE").flatMap((pattern) => flag("exclude", pattern)),
  ...(input("CACHED_RUNS") === "" ? ["--no-cache"] : flag("cache", input("CACHED_RUNS"))),
  ...flag("out", out),
  ...flag("outputs", GITHUB_OUTPUT),
  ...(yes("SUMMARY") ? flag("summary", GITHUB_STEP_SUMMARY) : []),
  "--reporter=plain",
  "--",
  ...list("TARGETS"),
];

// What a target says, or an input, is text: until the token comes again, no line of it is a command to the runner.
// Both streams go into one, so that the token cannot be overtaken.
const token = randomUUID();
console.log(`::stop-commands::${token}`);
const code = wsmatrix(args);
console.log(`::${token}::`);

if (code === 2 && GITHUB_OUTPUT !== "") appendFileSync(GITHUB_OUTPUT, "outcome=usage\nexit-code=2\n");
if (code !== 2 && yes("ANNOTATIONS")) wsmatrix(["report", out, "--annotations"]);
process.exitCode = code;

function wsmatrix(words) {
  const { status, signal } = spawnSync(program, words, { stdio: ["ignore", 1, 1] });
  return status ?? (signal === null ? 3 : 130);
}
