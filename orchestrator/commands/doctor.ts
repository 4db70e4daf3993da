import type { Command } from "commander";

import { readdir, stat, statfs } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

import { EXIT } from "../../report/exit.ts";
import { escapeTerminal } from "../../report/escape.ts";

import { listTargets } from "../config/target.ts";
import { cacheRoot } from "../engines/cache.ts";
import { findProgram, runEnvironment } from "../engines/environment.ts";
import type { DockerSurvey } from "../engines/docker/survey.ts";
import { processEngine } from "../engines/process.ts";
import { packageRoot } from "../run/package-root.ts";
import type { RunOutput } from "../run/run.ts";
import type { CommandContext } from "./context.ts";

/** Adds `wsmatrix doctor` to the command line. */
export function addDoctor(program: Command, { output, signal, done }: CommandContext): void {
  program
    .command("doctor")
    .description("say what this machine can run, what is missing, and what to do about it")
    .option("--sweep", "remove what runs that were killed left behind", false)
    .option("--json", "print the findings as JSON", false)
    .addHelpText("after", examples)
    .action(async (flags: DoctorFlags) => done(await doctor(flags, output(), signal)));
}

const examples = `
Examples:
  wsmatrix doctor
  wsmatrix doctor --sweep                           and remove what killed runs left behind`;

export interface DoctorFlags {
  /** Remove what runs that were killed left behind. */
  readonly sweep: boolean;
  /** The findings as JSON on standard output. */
  readonly json: boolean;
}

/** Octets of free disk below which images and results may not fit. */
const LITTLE_SPACE = 2 * 1024 ** 3;

/** What this machine can run. */
interface Findings {
  readonly node: { readonly version: string; readonly path: string };
  readonly docker:
    | Omit<Extract<DockerSurvey, { answers: true }>, "docker">
    | Extract<DockerSurvey, { answers: false }>;
  /** The engine that `--engine auto` takes. */
  readonly auto: "docker" | "process";
  readonly process: {
    /** Folders that run as processes here. */
    readonly ready: number;
    /** Programs that are not on PATH, and the folders that need them. */
    readonly missing: Readonly<Record<string, readonly string[]>>;
  };
  readonly cache: { readonly dir: string; readonly octets: number; readonly free: number };
  readonly results: { readonly dir: string; readonly free: number };
  readonly swept: readonly string[];
}

/**
 * `wsmatrix doctor`: says what this machine can run, what is missing, and what to do about it.
 *
 * @returns the exit code: 3 when neither engine can run anything
 */
export async function doctor(flags: DoctorFlags, output: RunOutput, signal: AbortSignal): Promise<number> {
  const findings = await examine(flags, signal);
  output.out(flags.json ? `${JSON.stringify(findings)}\n` : textOf(findings));
  const idle = !findings.docker.answers && findings.process.ready === 0;
  return idle ? EXIT.infrastructure : EXIT.asExpected;
}

async function examine({ sweep }: DoctorFlags, signal: AbortSignal): Promise<Findings> {
  const { surveyDocker } = await import("../engines/docker/survey.ts");
  const before = await surveyDocker(signal);
  const swept = sweep ? await sweepBoth(before) : [];
  const { docker: _, ...docker } = {
    docker: null,
    ...(sweep && before.answers ? { ...before, leftovers: [] } : before),
  };
  const cacheDir = cacheRoot();
  const resultsDir = resolve("results");
  return {
    node: { version: process.versions.node, path: process.execPath },
    docker: docker as Findings["docker"],
    auto: before.answers ? "docker" : "process",
    process: await toolsOf(),
    cache: { dir: cacheDir, octets: await sizeOf(cacheDir), free: await freeAt(cacheDir) },
    results: { dir: resultsDir, free: await freeAt(resultsDir) },
    swept,
  };
}

async function sweepBoth(survey: DockerSurvey): Promise<readonly string[]> {
  const ended = await processEngine().sweep();
  if (!survey.answers) return ended;
  const { sweepDocker } = await import("../engines/docker/sweep.ts");
  return [...ended, ...(await sweepDocker(survey.docker, "orphans"))];
}

async function toolsOf(): Promise<Findings["process"]> {
  const { targets } = await listTargets(join(packageRoot, "targets"));
  const path = runEnvironment()["PATH"] ?? "";
  const missing: Record<string, string[]> = {};
  let ready = 0;
  for (const { dir, definition } of targets) {
    if (!definition.process || !definition.verified) continue;
    const lacking = definition.process.requires.filter((program) => findProgram(program, path, dir) === null);
    if (lacking.length === 0) ready += 1;
    for (const program of lacking) (missing[program] ??= []).push(definition.name);
  }
  return { ready, missing };
}

async function sizeOf(dir: string): Promise<number> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true }).catch(() => []);
  let octets = 0;
  for (const entry of entries) {
    if (entry.isFile())
      octets += (await stat(join(entry.parentPath, entry.name)).catch(() => null))?.size ?? 0;
  }
  return octets;
}

/** Octets that are free where a folder is, or will be. */
async function freeAt(dir: string): Promise<number> {
  const facts = await statfs(dir).catch(() => null);
  if (facts !== null) return facts.bavail * facts.bsize;
  return dirname(dir) === dir ? 0 : freeAt(dirname(dir));
}

function textOf(findings: Findings): string {
  const { node, docker, auto, process: host, cache, results, swept } = findings;
  const lines = [
    `node      ${node.version} (${node.path})`,
    ...dockerLines(docker),
    `process   ${host.ready} of the targets that come with wsmatrix run as processes here`,
    ...Object.entries(host.missing).map(([program, names]) => {
      return `          missing: ${program}, for ${names.join(", ")}; install it, put it on PATH, or run them with docker`;
    }),
    `auto      --engine auto takes ${auto}`,
    `cache     ${cache.dir}: ${size(cache.octets)}; it may be removed at any time (WSMATRIX_CACHE names another)`,
    `disk      ${size(cache.free)} free for the cache, ${size(results.free)} free for ${results.dir}`,
    ...(Math.min(cache.free, results.free) < LITTLE_SPACE
      ? ["          that is little: make room there"]
      : []),
    ...swept.map((text) => `swept     ${text}`),
  ];
  return lines.map((line) => `${escapeTerminal(line, 400)}\n`).join("");
}

function dockerLines(docker: Findings["docker"]): readonly string[] {
  if (!docker.answers) return [`docker    ${docker.problem}`];
  const { where, version, platform, builder, place, whyNotHost, unlimited, images, leftovers } = docker;
  const how = builder === "buildkit" ? "BuildKit" : "the classic builder";
  return [
    `docker    ${version}, ${platform}, at ${where}; builds with ${how}`,
    `          place: ${place}${whyNotHost === null ? "" : `, because ${whyNotHost}`}`,
    ...(place === "host"
      ? ["          targets reach what this machine serves at all of its addresses; not with --place sidecar"]
      : []),
    ...unlimited.map(
      (limit) => `          it does not limit ${limit}: see its own documentation for cgroups`,
    ),
    `          ${images.count} images of targets, ${size(images.octets)} with their bases; remove them with ` +
      "`docker image prune --all --filter label=wsmatrix`",
    ...leftovers.map((text) => `          left over: ${text}`),
    ...(leftovers.length > 0 ? ["          the next run removes that, or `wsmatrix doctor --sweep`"] : []),
  ];
}

function size(octets: number): string {
  const mebibytes = octets / 1024 ** 2;
  return mebibytes < 1024 ? `${Math.round(mebibytes)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`;
}
