import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { ACCEPT_PRESETS, type AcceptPreset } from "../../report/accept.ts";
import { escapeTerminal } from "../../report/escape.ts";
import { EXIT } from "../../report/exit.ts";
import { packageVersion } from "../run/package-root.ts";
import { type SpecWarning, flagWarning } from "./findings.ts";
import { type Mode, type PeerMode, isFuzzing, modeOf } from "./modes.ts";
import type { FuzzingMode } from "./options.ts";
import type { SpecFlags } from "./spec.ts";
import { urlFault } from "./ws-url.ts";

/** The version of the Autobahn testsuite whose cases, numbers and files these are. */
export const suiteVersion = "25.10.1";

/** What a fuzzing mode was asked for; null where a flag was not given. */
export interface FuzzingArgs extends SpecFlags {
  readonly mode: FuzzingMode;
  readonly debug: boolean;
  /** Null: the exit code says nothing of verdicts, as the original's. */
  readonly accept: AcceptPreset | null;
  /** File for JUnit's XML. */
  readonly junit: string | null;
  /** Cases at once; 1 for the original's order. */
  readonly jobs: number | null;
  readonly profile: "quick" | "full";
  /** Folder with the original's corpora. */
  readonly corpora: string | null;
}

/** What a peer was asked for; null where a flag was not given. */
export interface PeerArgs {
  readonly mode: PeerMode;
  /** Sound for what the mode does with it: listen, or connect. */
  readonly wsuri: string;
  /** The agent's name in reports (testeeclient). */
  readonly ident: string | null;
  readonly key: string | null;
  readonly cert: string | null;
  readonly debug: boolean;
}

/** What a command line came to. */
export type ArgsReading =
  | {
      readonly status: "run";
      readonly args: FuzzingArgs | PeerArgs;
      /** The caller prints them. */
      readonly warnings: readonly SpecWarning[];
    }
  /** Everything has been said: help, versions or an error. */
  | { readonly status: "exit"; readonly code: number };

/** Where help and errors go, and what the program is called in them. */
export interface ArgsOutput {
  readonly name: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/**
 * Reads the command line of the drop-in for Autobahn's `wstest`. Never throws for what a user may type.
 *
 * @param argv what follows the program's name
 */
export function readArgs(argv: readonly string[], output: ArgsOutput): ArgsReading {
  const command = commandOf(output);
  try {
    command.parse([...argv], { from: "user" });
    const flags = command.opts<Flags>();
    if (flags.autobahnversion || flags.version) return sayVersions(output);
    return { status: "run", ...argsOf(command, flags) };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { status: "exit", code: error.exitCode === 0 ? EXIT.asExpected : EXIT.usage };
  }
}

interface Flags {
  readonly mode?: string;
  readonly spec?: string;
  readonly wsuri?: string;
  readonly webport?: number;
  readonly ident?: string;
  readonly key?: string;
  readonly cert?: string;
  readonly outfile?: string;
  readonly testset?: string;
  readonly debug?: true;
  readonly autobahnversion?: true;
  readonly version?: true;
  readonly accept?: AcceptPreset;
  readonly junit?: string;
  readonly jobs?: number;
  readonly profile: "quick" | "full";
  readonly corpora?: string;
  readonly cases?: string[];
  readonly exclude?: string[];
  readonly out?: string;
}

function commandOf({ name, out, err }: ArgsOutput): Command {
  return new Command(name)
    .description(
      "Tests WebSocket servers and clients as Autobahn's wstest does, with its spec files and reports.",
    )
    .exitOverride()
    .configureOutput({
      writeOut: out,
      writeErr: err,
      outputError: (text, write) => write(`${oneLine(text).replace(/^error: /, `${name}: `)}\n`),
    })
    .showSuggestionAfterError()
    .optionsGroup("Options of the original:")
    .option("-m, --mode <mode>", "what to do: see below")
    .option("-s, --spec <file>", "the spec file (default: <mode>.json in this folder, written if missing)")
    .option("-w, --wsuri <url>", "where to listen or connect; for fuzzingclient if the spec has no servers")
    .option("-u, --webport <port>", "accepted; there is no web server here", port)
    .option("-i, --ident <name>", "what testeeclient is called in reports")
    .option("-k, --key <file>", "private key for wss://, as PEM; counts before the spec's")
    .option("-c, --cert <file>", "certificate for wss://, as PEM; counts before the spec's")
    .option("-o, --outfile <file>", "accepted; no mode here writes it")
    .option("-t, --testset <name>", "accepted; no mode reads it")
    .option("-d, --debug", "say more of what is going on")
    .option("-a, --autobahnversion", "print versions")
    .option("--version", "print versions")
    .helpOption("-h, --help", "print this")
    .optionsGroup("Further options, of the fuzzing modes:")
    .addOption(
      new Option("--accept <preset>", "exit with 1 unless verdicts are fine").choices(ACCEPT_PRESETS),
    )
    .option("--junit <file>", "write the verdicts as JUnit's XML too")
    .option("--jobs <n>", "cases at once; 1 for one after the other, as the original", positiveInt)
    .addOption(
      new Option("--profile <profile>", "quick: long loops shortened; full: the original's counts")
        .choices(["quick", "full"])
        .default("full"),
    )
    .option("--corpora <dir>", "folder with the original's corpora for chapter 12")
    .option("--cases <patterns...>", "instead of `cases` of the spec: `5.*`, `1.1.1,6.4.*`")
    .option("--exclude <patterns...>", "instead of `exclude-cases` of the spec")
    .option("--out <dir>", "instead of `outdir` of the spec")
    .addHelpText("after", examples(name));
}

function argsOf(
  command: Command,
  flags: Flags,
): { readonly args: FuzzingArgs | PeerArgs; readonly warnings: readonly SpecWarning[] } {
  const read = modeOf(flags.mode);
  if ("error" in read) return command.error(`error: ${read.error}`);
  const { mode } = read;
  const warnings = idleFlags(command, mode, flags);
  return { args: isFuzzing(mode) ? fuzzingArgs(mode, flags) : peerArgs(command, mode, flags), warnings };
}

function fuzzingArgs(mode: FuzzingMode, flags: Flags): FuzzingArgs {
  return {
    mode,
    spec: flags.spec ?? null,
    wsuri: mode === "fuzzingclient" ? (flags.wsuri ?? null) : null,
    key: flags.key ?? null,
    cert: flags.cert ?? null,
    debug: flags.debug === true,
    accept: flags.accept ?? null,
    junit: flags.junit ?? null,
    jobs: flags.jobs ?? null,
    profile: flags.profile,
    corpora: flags.corpora ?? null,
    cases: patterns(flags.cases),
    exclude: patterns(flags.exclude),
    out: flags.out ?? null,
  };
}

function peerArgs(command: Command, mode: PeerMode, flags: Flags): PeerArgs {
  for (const name of ownOptions) {
    if (isGiven(command, name)) command.error(`error: --${name} has no meaning in mode \`${mode}\``);
  }
  const { wsuri, ident = null, key = null, cert = null, debug = false } = flags;
  if (wsuri === undefined)
    return command.error(`error: mode \`${mode}\` needs a URL: --wsuri ws://127.0.0.1:9001`);
  const fault = urlFault(wsuri, mode.endsWith("server") ? "listen" : "dial");
  if (fault !== null) {
    const remedy = fault.remedy === undefined ? "" : `; ${fault.remedy}`;
    return command.error(`error: --wsuri: ${fault.message}${remedy}`);
  }
  return { mode, wsuri, ident, key, cert, debug };
}

/** Options that the original does not have: misuse of them breaks no old command line. */
const ownOptions = ["accept", "junit", "jobs", "profile", "corpora", "cases", "exclude", "out"] as const;

/** Warns of the original's flags where they do nothing. */
function idleFlags(command: Command, mode: Mode, flags: Flags): readonly SpecWarning[] {
  const isServer = mode.endsWith("server");
  const uses = {
    spec: isFuzzing(mode),
    wsuri: mode !== "fuzzingserver",
    webport: flags.webport === 0,
    ident: mode === "testeeclient",
    key: isServer,
    cert: isServer,
    outfile: false,
    testset: false,
  };
  return Object.entries(uses)
    .filter(([name, used]) => !used && isGiven(command, name))
    .map(([name]) => flagWarning(`--${name}`, `has no effect in mode \`${mode}\``));
}

function isGiven(command: Command, name: string): boolean {
  return command.getOptionValueSource(name) === "cli";
}

/** Patterns one by one, also several between commas; null when the flag was not given. */
function patterns(given: readonly string[] | undefined): readonly string[] | null {
  if (given === undefined) return null;
  return given.flatMap((text) => text.split(",")).filter((pattern) => pattern !== "");
}

function sayVersions({ out }: ArgsOutput): ArgsReading {
  out(
    `wsmatrix ${packageVersion}\nAutobahnTestSuite ${suiteVersion} (cases, numbers and reports are its own)\n`,
  );
  return { status: "exit", code: EXIT.asExpected };
}

function port(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError("a number from 0 to 65535 is wanted.");
  return Number(text);
}

function positiveInt(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("a whole number from 1 is wanted.");
  return Number(text);
}

/** The arguments are quoted in errors, and may hold anything. */
function oneLine(text: string): string {
  return escapeTerminal(text.trim().replaceAll(/\s*\n\s*/g, " "), 1000);
}

function examples(name: string): string {
  return `
Modes:
  fuzzingserver   play the cases against clients that connect; reports when a client asks for them
  fuzzingclient   play the cases against the servers of the spec, then end
  testeeserver    an echo server to be tested        testeeclient   a client to be tested
  echoserver      a plain echo server                echoclient     a plain echo client

Examples:
  ${name} -m fuzzingclient -s config/fuzzingclient.json
  ${name} -m fuzzingclient -w ws://127.0.0.1:9001    if fuzzingclient.json has no servers
  ${name} -m fuzzingclient --cases '5.*' --accept default --junit junit.xml
  ${name} -m fuzzingserver -s config/fuzzingserver.json --jobs 1
  ${name} -m testeeserver -w ws://127.0.0.1:9001
  ${name} -m testeeclient -w ws://127.0.0.1:9001 -i mine

Exit codes: 0 whatever the verdicts, unless --accept is given; 1 verdicts that it does not accept;
2 usage or configuration; 3 something did not run; 130 interrupted.`;
}
