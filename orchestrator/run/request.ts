import type { Role } from "../../fuzzer/record.ts";
import type { AcceptPreset } from "../../report/accept.ts";
import type { FailOn } from "../../report/exit.ts";

import type { PullPolicy } from "../engines/docker/images.ts";
import type { Place } from "../engines/docker/place.ts";
import type { EngineName } from "../engines/select.ts";
import type { ReporterName } from "../progress/progress.ts";
import type { CiFiles } from "../results/ci-files.ts";
import type { Shard } from "./shards.ts";

/** What `wsmatrix run` was asked to do. What is missing is left to the matrix or to a default. */
export interface RunRequest extends CiFiles {
  /** Patterns of targets, as `ws` or `ws@8.*`; empty for all. */
  readonly targets: readonly string[];
  readonly matrix?: string;
  /** A program of one's own, instead of a matrix. */
  readonly own?: OwnTarget;
  readonly roles: readonly Role[];
  readonly variants: readonly string[];
  readonly cases: readonly string[];
  readonly exclude: readonly string[];
  /** Also the chapters that Autobahn does not have; by default what the matrix says. */
  readonly extra?: boolean;
  /** A few cases, compared with no baseline: whether the target works at all. */
  readonly smoke?: boolean;
  readonly profile?: "quick" | "full";
  readonly engine?: EngineName;
  /** When images that are named are asked of their registry. */
  readonly pull?: PullPolicy;
  /** Where the fuzzer is, of targets in containers. */
  readonly place?: Place;
  /** Cells at once. */
  readonly jobs?: number;
  readonly accept: AcceptPreset;
  readonly baseline?: string;
  readonly failOn: FailOn;
  /** Folder for the run's files. */
  readonly out?: string;
  /** One JSON object on standard output at the end. */
  readonly json: boolean;
  readonly reporter?: ReporterName;
  /** The folder or id of an interrupted run to go on with. */
  readonly resume?: string;
  /** Only this part of the plan. */
  readonly shard?: Shard;
  /** A file or run that says how long cells took; see `readDurations`. */
  readonly durations?: string;
  /** Where unchanged cells are taken from: a folder, the usual one (true), nowhere (false), or as it is usual. */
  readonly cache?: string | boolean;
  /** Makes GitHub read workflow commands again, which it was told not to; see `stopCommands`. */
  readonly commandToken?: string;
  /** As they were typed, for the run's own record. */
  readonly argv: readonly string[];
}

/** What `--url`, `--command` and `--image` say. */
export interface OwnTarget {
  readonly kind: "url" | "command" | "image";
  readonly value: string;
  readonly name: string;
  readonly port?: number;
  readonly path?: string;
}

/** The flags that say the same on another command line. */
export function ownFlags({ kind, value, port, path }: OwnTarget): string[] {
  const more = [
    ...(port === undefined ? [] : ["--port", String(port)]),
    ...(path === undefined ? [] : ["--path", path]),
  ];
  return [`--${kind}`, value, ...more];
}
