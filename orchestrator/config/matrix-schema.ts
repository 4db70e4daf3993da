import { z } from "zod";
import { CommandLineError, splitCommand } from "../engines/command-line.ts";
import { roleSchema, uniqueList, versionSchema } from "./fields.ts";
import { RUN_PLACEHOLDERS, textWith } from "./placeholders.ts";

/** How a target is reached or set up. */
export const VARIANTS = ["plain", "tls", "no-deflate", "defaults", "h2", "h2c"] as const;
export type Variant = (typeof VARIANTS)[number];

/** A target is reached over TLS. */
export const isOverTls = (variant: Variant): boolean => variant === "tls" || variant === "h2";

/** A target is reached over HTTP/2 (RFC 8441): `h2` is over TLS with ALPN, `h2c` in cleartext with prior knowledge. */
export const isOverHttp2 = (variant: Variant): boolean => variant === "h2" || variant === "h2c";

/** Where cells run; `auto` is docker when an engine answers, else process. */
export const ENGINES = ["auto", "docker", "process", "remote"] as const;
export type EngineChoice = (typeof ENGINES)[number];

/** How long a run is; see design section 1. */
export const PROFILES = ["quick", "full"] as const;

const variantSchema = z.enum(VARIANTS, { error: `no such variant; variants are ${VARIANTS.join(", ")}` });

const patterns = z.array(
  z.string().regex(/^[\d.*]+$/, { error: "a case pattern holds only digits, dots and *, such as 9.4.*" }),
);

const suiteSchema = z
  .strictObject({
    profile: z
      .enum(PROFILES)
      .default("quick")
      .describe("quick shortens long loops; full has Autobahn's counts"),
    extra: z.boolean().default(false).describe("Also the chapters from 20, which Autobahn does not have"),
    cases: patterns.min(1).default(["*"]).describe("Which cases; * stands for anything: 1.*, 9.4.*"),
    exclude: patterns.default([]).describe("Cases that are left out of those"),
  })
  .describe("Which cases are played");

const limitsSchema = z
  .strictObject({
    memory: z
      .string()
      .regex(/^[1-9]\d*[kmgKMG]$/, { error: "must be a size with its unit, such as 512m or 2g" })
      .optional()
      .describe("Memory of one target, in k, m or g: 1024, 1024^2 or 1024^3 octets"),
    cpus: z.number().gt(0).optional().describe("Processors of one target; 0.5 is half of one"),
    pids: z.int().min(1).optional().describe("Processes and threads of one target"),
  })
  .describe("What one target may use");

const buildSchema = z
  .strictObject({
    caCertificates: z
      .array(z.string().min(1))
      .default([])
      .describe("Files of certificates (PEM), relative to this file, that builds in containers trust"),
  })
  .describe("How images are built");

/** What names a target; an entry has one of them. `command` may also stand beside `image`. */
const KINDS = ["use", "image", "command", "url"] as const;
type Kind = (typeof KINDS)[number];

const commandSchema = textWith(RUN_PLACEHOLDERS)
  .min(1)
  .superRefine((command, context) => {
    try {
      splitCommand(command);
    } catch (error) {
      if (!(error instanceof CommandLineError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
    }
  });

const entryShape = z.strictObject(
  {
    use: z.string().min(1).optional().describe("The name of a folder of targets"),
    image: z.string().min(1).optional().describe("A container image to run"),
    command: commandSchema
      .optional()
      .describe("A program to start, or what to run in the image; may hold {host} {port} {url} {agent}"),
    url: z
      .url({ protocol: /^wss?$/, error: "must be a ws or wss URL" })
      .refine((url) => !url.includes("#"), { error: "a WebSocket URL has no fragment (RFC 6455, section 3)" })
      .meta({ pattern: "^wss?://" })
      .optional()
      .describe("A server that is up already"),
    name: z
      .string()
      .regex(/^[A-Za-z0-9][\w.+-]*$/, { error: "a name holds only letters, digits and . _ + -" })
      .max(60)
      .optional()
      .describe("What results call it; not beside `use`"),
    versions: uniqueList(versionSchema).optional().describe("Versions of a `use` entry; default: its newest"),
    roles: uniqueList(roleSchema)
      .optional()
      .describe("What it is tested as; default: all that a `use` entry can be, server for a URL"),
    variants: uniqueList(variantSchema).default(["plain"]).describe("How it is reached or set up"),
    port: z.int().min(1).max(65_535).optional().describe("The port that the program always listens on"),
    path: z
      .string()
      .regex(/^\/[^\s#]*$/, { error: "must begin with / and hold no space and no #" })
      .optional()
      .describe("The path of the URL that the program serves; default: /"),
    env: z
      .record(
        z.string().regex(/^[A-Za-z_]\w*$/, { error: "a variable's name holds only letters, digits and _" }),
        textWith(RUN_PLACEHOLDERS),
      )
      .optional()
      .describe("Variables the program is started with; values may hold {host} {port} {url} {agent}"),
    root: z
      .boolean()
      .optional()
      .describe("An image that names no user, or root, runs as nobody, unless this is true"),
    optional: z
      .boolean()
      .default(false)
      .describe("Where the machine lacks what it needs, skip it, and the run is complete all the same"),
  },
  {
    error: ({ code }) => (code === "invalid_type" ? "must be a map, such as { use: ws }" : undefined),
  },
);

/** Keys that say nothing about an entry of a kind. */
const FOREIGN: Readonly<Record<Kind, readonly (keyof z.output<typeof entryShape>)[]>> = {
  use: ["name", "port", "path", "env", "root"],
  image: ["versions"],
  command: ["versions", "root"],
  url: ["versions", "port", "path", "env", "root"],
};

/** Keys that an entry of a kind cannot do without. */
const REQUIRED: Readonly<Record<Kind, readonly (keyof z.output<typeof entryShape>)[]>> = {
  use: [],
  image: ["name", "roles"],
  command: ["name", "roles"],
  url: ["name"],
};

/** The kind of an entry, by the key that names its target; null when that is none or more than one. */
function kindOf(entry: z.output<typeof entryShape>): Kind | null {
  const kinds = KINDS.filter((kind) => entry[kind] !== undefined && !(kind === "command" && entry.image));
  return kinds.length === 1 ? (kinds[0] ?? null) : null;
}

/** Keys that an entry of a kind must not have, the other kinds among them. */
function strangersTo(kind: Kind): readonly string[] {
  const others = KINDS.filter((other) => other !== kind && !(kind === "image" && other === "command"));
  return [...others, ...FOREIGN[kind]];
}

const entrySchema = entryShape
  .superRefine((entry, context) => {
    // An unknown key is likely the one that seems to be missing.
    if (context.issues.length > 0) return;
    const problem = (path: readonly PropertyKey[], message: string, params: object): void =>
      context.addIssue({ code: "custom", path: [...path], message, params });
    const kind = kindOf(entry);
    if (kind === null) {
      const message = "an entry names its target by exactly one of `use`, `image`, `command` and `url`";
      return problem([], message, { remedy: "`command` may also stand beside `image`" });
    }
    for (const key of FOREIGN[kind]) {
      if (entry[key] === undefined) continue;
      problem([key], `\`${key}\` means nothing beside \`${kind}\``, { at: "key", remedy: "take it out" });
    }
    for (const key of REQUIRED[kind]) {
      if (entry[key] !== undefined) continue;
      problem([], `missing key \`${key}\``, { remedy: `an entry with \`${kind}\` needs it` });
    }
    if (kind === "url" && entry.roles?.includes("client")) {
      const remedy = "start the client by `command` or `image`";
      problem(["roles", entry.roles.indexOf("client")], "what a URL names is a server", { remedy });
    }
  })
  .meta({
    description: "A target, or several versions, roles and variants of one",
    oneOf: KINDS.map((kind) => ({
      required: [kind, ...REQUIRED[kind]],
      not: { anyOf: strangersTo(kind).map((key) => ({ required: [key] })) },
    })),
  });

/** matrix.yaml as it is written. */
export const matrixSchema = z
  .strictObject({
    suite: suiteSchema.prefault({}),
    engine: z
      .enum(ENGINES)
      .default("auto")
      .describe("Where cells run; auto: docker when it answers, else process"),
    baselines: z
      .string()
      .min(1)
      .default("baselines")
      .describe("The folder of the baselines, relative to this file"),
    limits: limitsSchema.default({}),
    build: buildSchema.prefault({}),
    targets: z.array(entrySchema).min(1).describe("What is tested"),
  })
  .describe("What a run tests: targets, roles, variants and cases");
