import { type Command, Option } from "commander";

import type { Case } from "../../fuzzer/case.ts";
import { judge } from "../../fuzzer/judge.ts";
import { profiles } from "../../fuzzer/profile.ts";
import type { ExtraPlay } from "../../fuzzer/extra/script.ts";
import type { Role } from "../../fuzzer/record.ts";
import { rfcReading } from "../../fuzzer/rfc-reading.ts";
import { accepts } from "../../report/accept.ts";
import { caseText, logText, verdictText } from "../../report/case-text.ts";
import { EXIT } from "../../report/exit.ts";

import { type Place, PLACES } from "../engines/docker/place.ts";
import { PrepareError } from "../engines/engine.ts";
import { ENGINE_NAMES, engineFor, type EngineName, openEngines } from "../engines/select.ts";
import { readCaCertificates } from "../config/ca-certificates.ts";
import { isOverHttp2 } from "../config/matrix-schema.ts";
import { nearest } from "../config/nearest.ts";
import type { Cell } from "../config/plan.ts";
import { playCell } from "../play/cell.ts";
import { Machine } from "../play/machine.ts";
import { ConfigError, fileProblem } from "../config/problem.ts";
import { casesOfCell, findCase, knownCases } from "../run/choose-cases.ts";
import { configure } from "../run/configure.ts";
import { requestOf } from "../run/flags.ts";
import type { RunOutput } from "../run/run.ts";
import type { CommandContext } from "./context.ts";
import { positiveInt } from "./selection.ts";

/** Adds `wsmatrix case` to the command line. */
export function addCase(program: Command, { output, signal, done }: CommandContext): void {
  program
    .command("case <id>")
    .description("say what a case sends and expects; with --target, play it and show the wire log")
    .option("--target <name>", "a target of the matrix, as `ws` or `ws@8.23.0`")
    .addOption(
      new Option("--role <role>", "what the target is").choices(["server", "client"]).default("server"),
    )
    .option("--matrix <file>", "the matrix that names the target")
    .option("--variant <variant>", "how the target is set up")
    .addOption(new Option("--engine <engine>", "what runs the target").choices(ENGINE_NAMES))
    .addOption(new Option("--place <place>", "where the fuzzer is, of targets in containers").choices(PLACES))
    .option("--url <url>", "a server that is up already")
    .option("--command <command>", "a program of your own")
    .option("--image <image>", "a container image")
    .option("--port <n>", "the port that your own target fixes", positiveInt)
    .option("--path <path>", "the path that your own server serves")
    .addHelpText("after", examples)
    .action(async (id: string, flags: Parameters<typeof showCase>[1]) => {
      done(await showCase(id, flags, output(), signal));
    });
}

const examples = `
Examples:
  wsmatrix case 5.19
  wsmatrix case 5.19 --target ws --role server
  wsmatrix case 5.19 --url ws://127.0.0.1:9001`;

export interface CaseFlags {
  readonly target?: string;
  readonly role: Role;
  readonly matrix?: string;
  readonly variant?: string;
  readonly engine?: EngineName;
  readonly place?: Place;
  readonly url?: string;
  readonly command?: string;
  readonly image?: string;
  readonly port?: number;
  readonly path?: string;
}

/**
 * `wsmatrix case`: describes a case, or plays it once and shows the wire log.
 *
 * @returns the exit code: 1 when the verdict of the play is not acceptable
 * @throws {ConfigError} there is no such case or target
 */
export async function showCase(
  id: string,
  flags: CaseFlags,
  output: RunOutput,
  signal: AbortSignal,
): Promise<number> {
  const entry = findCase(id);
  if (entry === undefined) {
    const meant = nearest(id, knownCases());
    const remedy = `${meant === null ? "" : `did you mean \`${meant}\`? `}\`wsmatrix list --cases\` shows all`;
    throw new ConfigError([fileProblem("command line", `there is no case \`${id}\``, remedy)]);
  }
  output.out(caseText(entry));
  const named = flags.target ?? flags.url ?? flags.command ?? flags.image;
  if (named === undefined) return EXIT.asExpected;
  return playOn(entry.case, flags, output, signal);
}

async function playOn(
  played: Case,
  flags: CaseFlags,
  output: RunOutput,
  signal: AbortSignal,
): Promise<number> {
  const { target, role, variant, ...rest } = flags;
  const request = requestOf(
    target === undefined ? [] : [target],
    {
      ...rest,
      role: [role],
      ...(variant !== undefined && { variant: [variant] }),
      cases: [played.id],
      accept: "default",
      failOn: "unexpected",
      json: false,
    },
    [],
  );
  const { cells, matrix: used } = await configure(request);
  const cell = cells[0]!;
  const engineName = flags.engine ?? used.engine;
  const caCertificates = await readCaCertificates(used);
  const engines = await openEngines(engineName, [cell.target], {
    caCertificates,
    ...(flags.place !== undefined && { place: flags.place }),
  });
  const engine = engineFor(cell.target, engineName, engines);
  output.err(`playing ${played.id} on ${cell.id}\n`);
  try {
    const prepared = await engine.prepare(cell.target, { signal });
    const [bound] = casesOfCell(cell, [played]);
    if (bound === undefined) throw notForIt(played, cell);
    const setup = { cell, engine, prepared, cases: [bound], limits: used.limits };
    return await playOnce(setup, output, signal);
  } catch (error) {
    if (!(error instanceof PrepareError)) throw error;
    output.err(`${cell.id}: ${error.kind}: ${error.message}\n`);
    return EXIT.infrastructure;
  }
}

function notForIt({ id, extra }: Case, cell: Cell): ConfigError {
  const [why, remedy] = whyNotFor(extra, cell);
  return new ConfigError([fileProblem("command line", `case \`${id}\` ${why}, unlike ${cell.id}`, remedy)]);
}

function whyNotFor(extra: ExtraPlay | undefined, { role, variant }: Cell): readonly [string, string] {
  if (extra?.roles.includes(role) === false)
    return ["is for targets of the other role", "say another --role"];
  if (extra?.over === "h2" && !isOverHttp2(variant))
    return ["is about HTTP/2", "say --variant h2 or --variant h2c"];
  if (isOverHttp2(variant) && (extra?.over === "h1" || extra?.overTls))
    return ["is about HTTP/1.1", `say --variant ${extra.overTls ? "tls" : "plain"}`];
  if (extra?.overTls) return ["is for targets over TLS", "say --variant tls"];
  return [`tries \`limits.${extra?.limit}\``, "declare it in target.yaml"];
}

async function playOnce(
  setup: Pick<Parameters<typeof playCell>[0], "cell" | "engine" | "prepared" | "cases" | "limits">,
  output: RunOutput,
  signal: AbortSignal,
): Promise<number> {
  using machine = new Machine();
  let acceptable = false;
  const end = await playCell(
    { ...setup, profile: profiles.full, logFile: null, machine, signal },
    {
      onProbed: () => {},
      isAcceptable: () => true,
      onResult: ({ case: played, record }) => {
        const verdict = judge(played, record);
        acceptable = accepts("default", verdict);
        const rfc = rfcReading(played, record, verdict);
        const opinion = rfc === null ? "" : `  by the RFC: ${rfc.behavior}, as ${rfc.why}\n`;
        output.out(`\n${logText(record.log)}\n${verdictText(record, verdict)}${opinion}`);
      },
    },
  );
  if (end.status === "ran") return acceptable ? EXIT.asExpected : EXIT.unexpected;
  output.err(`${setup.cell.id}: ${end.status}: ${end.reason}\n${end.logTail}\n`);
  return EXIT.infrastructure;
}
