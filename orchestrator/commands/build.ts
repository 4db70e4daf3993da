import type { Command } from "commander";

import { escapeTerminal } from "../../report/escape.ts";
import { EXIT } from "../../report/exit.ts";

import { readCaCertificates } from "../config/ca-certificates.ts";
import { ConfigError, fileProblem } from "../config/problem.ts";
import type { DockerEngine } from "../engines/docker/docker.ts";
import { engineFor, openEngines } from "../engines/select.ts";
import { chooseReporter, createReporter } from "../progress/progress.ts";
import { EventLog } from "../results/events.ts";
import { configure } from "../run/configure.ts";
import { type RunFlags, requestOf } from "../run/flags.ts";
import { type Preparation, prepareTargets } from "../run/prepare.ts";
import type { RunRequest } from "../run/request.ts";
import type { RunOutput } from "../run/run.ts";
import type { CommandContext } from "./context.ts";
import { defaults, selection, sharding } from "./selection.ts";

interface BuildFlags extends RunFlags {
  readonly save?: string;
  readonly load?: string;
}

/** Adds `wsmatrix build` to the command line. */
export function addBuild(program: Command, { argv, output, signal, done }: CommandContext): void {
  sharding(selection(program.command("build [targets...]")))
    .description("build the targets of a run and play nothing; take their images from one machine to another")
    .option("--save <dir>", "write the images into a folder")
    .option("--load <dir>", "hand the images of such a folder to the engine here, and build nothing")
    .addHelpText("after", examples)
    .action(async (targets: string[], flags: BuildFlags) => {
      done(await build(targets, flags, argv, output(), signal));
    });
}

const examples = `
Examples:
  wsmatrix build                                    what \`run\` would build first
  wsmatrix build --shard 2/8 --save images          on one machine
  wsmatrix build --load images                      on another; then \`run --shard 2/8\` builds nothing`;

async function build(
  targets: readonly string[],
  flags: BuildFlags,
  argv: readonly string[],
  output: RunOutput,
  signal: AbortSignal,
): Promise<number> {
  if (flags.load !== undefined && flags.save !== undefined) {
    throw new ConfigError([fileProblem("command line", "--save and --load exclude each other", "give one")]);
  }
  if (flags.load !== undefined) return load(flags.load, output);
  return buildTargets(requestOf(targets, { ...defaults, ...flags }, argv), flags.save, output, signal);
}

/** @throws {ArchiveError} the folder holds no images @throws {NoDockerError} there is no engine */
async function load(folder: string, { err }: RunOutput): Promise<number> {
  const { connectDocker } = await import("../engines/docker/connect.ts");
  const { loadImages } = await import("../engines/docker/archive.ts");
  const { docker } = await connectDocker();
  const { all, loaded } = await loadImages(docker, folder);
  err(`${loaded.length} of ${all.length} images loaded, the others were here\n`);
  return EXIT.asExpected;
}

/** Makes every target of the plan ready, each as `run` would, and writes down those that are images. */
async function buildTargets(
  request: RunRequest,
  save: string | undefined,
  output: RunOutput,
  signal: AbortSignal,
): Promise<number> {
  const { cells, matrix } = await configure(request);
  const name = request.engine ?? matrix.engine;
  const caCertificates = await readCaCertificates(matrix);
  const targets = cells.map(({ target }) => target);
  const engines = await openEngines(name, targets, { caCertificates });
  const reporter = createReporter(
    chooseReporter(request.reporter, { isTTY: output.isTTY, env: process.env }),
  );
  const log = EventLog.inMemory();
  log.subscribe(reporter.handle);
  const pending = prepareTargets(cells, (target) => engineFor(target, name, engines), log, signal);
  const preparations = await Promise.all(pending.values()).finally(() => reporter.close());
  if (save !== undefined) await saveImages(engines.docker, preparations, save, output);
  const failed = preparations.filter((one) => !one.ok && one.status !== "skipped");
  for (const one of failed) if (!one.ok) output.err(`${escapeTerminal(one.reason)}\n`);
  return failed.length > 0 ? EXIT.infrastructure : EXIT.asExpected;
}

async function saveImages(
  engine: DockerEngine | null,
  preparations: readonly Preparation[],
  folder: string,
  { err }: RunOutput,
): Promise<void> {
  if (engine === null) {
    const remedy = "`--save` is about containers: choose --engine docker, or leave it out";
    throw new ConfigError([fileProblem("command line", "none of these targets runs in a container", remedy)]);
  }
  const { saveImages: write } = await import("../engines/docker/archive.ts");
  const images = preparations.flatMap((one) => (one.ok ? (engine.archived(one.prepared) ?? []) : []));
  await write(engine.info.docker, images, folder);
  err(`${images.length} images written to ${folder}\n`);
}
