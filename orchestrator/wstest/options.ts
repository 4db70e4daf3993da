import { z } from "zod";
import { defaultOptions, type EndpointOptions } from "../../fuzzer/endpoint.ts";
import { nearest } from "../config/nearest.ts";
import { type ValuePath, quoted } from "../config/problem.ts";
import type { Findings } from "./findings.ts";

/** The two modes that read a spec file, which are also the two sides of the fuzzer's connections. */
export type FuzzingMode = "fuzzingserver" | "fuzzingclient";

/** The most seconds that a timer can be set to: 2^31 - 1 ms. */
const MAX_SECONDS = 2_147_483;

const flag = z.boolean();
const seconds = z.number().min(0).max(MAX_SECONDS);
const octets = z.int().min(0);

/** One option of the original. */
interface Rule {
  readonly schema: z.ZodType;
  /** Whether the original would do with a value what it does without the option. */
  readonly isUsual: (value: unknown) => boolean;
}

type Rules = Readonly<Record<string, Rule>>;

const rule = (schema: z.ZodType, usual: unknown): Rule => ({ schema, isUsual: (value) => value === usual });

const common: Rules = {
  utf8validateIncoming: rule(flag, true),
  applyMask: rule(flag, true),
  maxFramePayloadSize: rule(octets, 0),
  maxMessagePayloadSize: rule(octets, 0),
  autoFragmentSize: rule(octets, 0),
  failByDrop: rule(flag, false),
  echoCloseCodeReason: rule(flag, false),
  openHandshakeTimeout: rule(seconds, 5),
  closeHandshakeTimeout: rule(seconds, 1),
  tcpNoDelay: rule(flag, true),
  autoPingInterval: rule(seconds, 0),
  autoPingTimeout: rule(seconds, 0),
  autoPingSize: rule(z.int().min(4).max(125), 4),
  allowHixie76: rule(flag, false),
};

const rules: Readonly<Record<FuzzingMode, Rules>> = {
  fuzzingclient: {
    ...common,
    // Drafts from 13 on are sent as version 13, as RFC 6455 (18) is.
    version: {
      schema: z.literal([0, 10, 11, 12, 13, 14, 15, 16, 17, 18]),
      isUsual: (value) => Number(value) >= 13,
    },
    acceptMaskedServerFrames: rule(flag, false),
    maskClientFrames: rule(flag, true),
    serverConnectionDropTimeout: rule(seconds, 1),
  },
  fuzzingserver: {
    ...common,
    versions: {
      schema: z.array(z.literal([0, 8, 13])),
      isUsual: (value) => Array.isArray(value) && value.includes(8) && value.includes(13),
    },
    webStatus: rule(flag, true),
    maskServerFrames: rule(flag, false),
    requireMaskedClientFrames: rule(flag, true),
    serveFlashSocketPolicy: rule(flag, false),
    flashSocketPolicy: { schema: z.string(), isUsual: () => true },
    allowedOrigins: {
      schema: z.array(z.string()),
      isUsual: (value) => Array.isArray(value) && value.includes("*"),
    },
    maxConnections: rule(octets, 0),
  },
};

/**
 * Reads one map of options, seconds as ms. Unknown keys and wrong types are errors; a value of null says nothing.
 *
 * What {@link EndpointOptions} has takes effect; setting anything else to something unusual gets a warning.
 *
 * @returns only what the map sets
 */
export function readOptions(
  findings: Findings,
  path: ValuePath,
  given: unknown,
  mode: FuzzingMode,
): Partial<EndpointOptions> {
  const map = given === undefined ? null : findings.read(path, given, z.record(z.string(), z.unknown()));
  const patch: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(map?.value ?? {})) {
    const at = [...path, key];
    const known = Object.hasOwn(rules[mode], key) ? rules[mode][key] : undefined;
    if (known === undefined) findings.keyError(at, "there is no such option", remedyFor(key, mode));
    if (known === undefined || value === null || findings.read(at, value, known.schema) === null) continue;
    if (Object.hasOwn(defaultOptions, key)) {
      patch[key] = known.schema === seconds ? milliseconds(Number(value)) : value;
    } else if (!known.isUsual(value)) {
      findings.warn("no-effect", at, "this option has no effect here");
    }
  }
  return patch;
}

/** Lays maps of options over the defaults, later ones over earlier ones. */
export function endpointOptions(...patches: readonly Partial<EndpointOptions>[]): EndpointOptions {
  return Object.assign({}, defaultOptions, ...patches) as EndpointOptions;
}

/** Never 0 for a time that is not: 0 switches a timer off. */
function milliseconds(value: number): number {
  return value === 0 ? 0 : Math.max(1, Math.round(value * 1000));
}

function remedyFor(key: string, mode: FuzzingMode): string {
  const other = mode === "fuzzingserver" ? "fuzzingclient" : "fuzzingserver";
  if (Object.hasOwn(rules[other], key)) return `it is one of ${other}`;
  const known = Object.keys(rules[mode]);
  const meant = nearest(key, known);
  return meant === null ? `known are ${quoted(known)}` : `did you mean \`${meant}\`?`;
}
