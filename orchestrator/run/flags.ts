import type { Role } from "../../fuzzer/record.ts";
import type { AcceptPreset } from "../../report/accept.ts";
import type { FailOn } from "../../report/exit.ts";

import type { PullPolicy } from "../engines/docker/images.ts";
import type { Place } from "../engines/docker/place.ts";
import type { EngineName } from "../engines/select.ts";
import { ConfigError, fileProblem } from "../config/problem.ts";
import type { ReporterName } from "../progress/progress.ts";
import { loadRun } from "../results/results.ts";
import { runDirectoryOf } from "./configure.ts";
import type { OwnTarget, RunRequest } from "./request.ts";
import { SMOKE_CASES } from "./smoke.ts";
import type { Shard } from "./shards.ts";

/** The flags of `wsmatrix run` as the command line gives them. */
export interface RunFlags {
  readonly matrix?: string;
  readonly url?: string;
  readonly command?: string;
  readonly image?: string;
  readonly name?: string;
  readonly port?: number;
  readonly path?: string;
  readonly role?: Role[];
  readonly variant?: string[];
  readonly cases?: string[];
  readonly exclude?: string[];
  readonly extra?: boolean;
  readonly smoke?: boolean;
  readonly profile?: "quick" | "full";
  readonly engine?: EngineName;
  readonly pull?: PullPolicy;
  readonly place?: Place;
  readonly jobs?: number;
  readonly accept: AcceptPreset;
  readonly baseline?: string;
  readonly failOn: FailOn;
  readonly out?: string;
  readonly json: boolean;
  readonly reporter?: ReporterName;
  readonly resume?: string;
  readonly shard?: Shard;
  readonly durations?: string;
  /** A folder of runs, or true for the usual one. */
  readonly cache?: string | boolean;
  readonly junit?: string;
  readonly summary?: string;
  readonly outputs?: string;
  readonly annotations?: boolean;
}

/**
 * Makes a request of flags.
 *
 * @throws {ConfigError} flags that exclude each other
 */
export function requestOf(named: readonly string[], flags: RunFlags, argv: readonly string[]): RunRequest {
  const { role = [], variant = [], ...rest } = flags;
  const [cases, firstNames] = casePatterns(flags.cases);
  const [exclude, otherNames] = casePatterns(flags.exclude);
  const targets = [...named, ...firstNames, ...otherNames];
  const own = ownTarget(flags);
  if (own !== null && (targets.length > 0 || flags.matrix !== undefined)) {
    throw usage(`--${own.kind} tests one program`, "leave out the names of targets and --matrix");
  }
  if (own !== null && own.kind !== "url" && role.length === 0) {
    throw usage(`--${own.kind} does not say what the program is`, "say --role server or --role client");
  }
  if (flags.smoke === true && (cases.length > 0 || exclude.length > 0 || flags.baseline !== undefined)) {
    const remedy = `leave out --cases, --exclude and --baseline; it plays ${SMOKE_CASES.join(", ")}`;
    throw usage("--smoke chooses its cases and looks at no baseline", remedy);
  }
  if (flags.place !== undefined && (flags.engine === "process" || flags.engine === "remote")) {
    throw usage(
      `--place is about containers, and --engine ${flags.engine} has none`,
      "leave one of them out",
    );
  }
  return {
    ...rest,
    targets,
    roles: role,
    variants: variant,
    cases: flags.smoke === true ? SMOKE_CASES : cases,
    exclude,
    argv,
    ...(own !== null && { own }),
  };
}

/**
 * The request of an interrupted run, with what may be said anew.
 *
 * @throws {RunFileError} there is no such run
 */
export async function resumedRequest(
  flags: RunFlags,
  parse: (argv: readonly string[]) => Promise<{ targets: string[]; flags: RunFlags }>,
): Promise<RunRequest> {
  const { argv } = loadRun(runDirectoryOf(flags.resume!)).run.inputs;
  const earlier = await parse(argv);
  const { resume, json, reporter } = flags;
  const request = requestOf(earlier.targets, { ...earlier.flags, json }, argv);
  return { ...request, ...(resume !== undefined && { resume }), ...(reporter !== undefined && { reporter }) };
}

/**
 * Splits what stands behind `--cases`: patterns, also several between commas, and words that cannot be numbers
 * of cases, which are targets (`run --cases '5.*' ws`).
 */
function casePatterns(given: readonly string[] = []): [patterns: string[], targets: string[]] {
  const all = given.flatMap((text) => text.split(",")).filter((text) => text !== "");
  const isPattern = (text: string) => /^[\d*]/.test(text);
  return [all.filter(isPattern), all.filter((text) => !isPattern(text))];
}

function ownTarget({ url, command, image, name = "own", port, path }: RunFlags): OwnTarget | null {
  const given = Object.entries({ url, command, image }).filter(([, value]) => value !== undefined);
  if (given.length === 0) return null;
  if (given.length > 1) throw usage("--url, --command and --image exclude each other", "give one of them");
  const [kind, value] = given[0] as [OwnTarget["kind"], string];
  return { kind, value, name, ...(port !== undefined && { port }), ...(path !== undefined && { path }) };
}

/** What is wrong with the flags, and what to do. */
export function usage(message: string, remedy: string): ConfigError {
  return new ConfigError([fileProblem("command line", message, remedy)]);
}
