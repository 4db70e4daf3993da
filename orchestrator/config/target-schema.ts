import { z } from "zod";
import { ROLES, roleSchema, uniqueList, versionSchema } from "./fields.ts";
import { INSTALL_PLACEHOLDERS, RUN_PLACEHOLDERS, textWith } from "./placeholders.ts";

/** Variants that a program must know how to set up; plain is what it does anyway, and tls is a capability. */
const OWN_VARIANTS = ["no-deflate", "defaults", "h2", "h2c"] as const;

const octets = z.int().min(1);

/** RFC 9110, section 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const command = z.array(textWith([...RUN_PLACEHOLDERS, ...INSTALL_PLACEHOLDERS]).min(1)).min(1);

const settingSchema = z
  .strictObject({
    setting: z.string().min(1).describe("What is set, or what the program checks itself"),
    value: z.union([z.string(), z.number(), z.boolean()]).describe("What it is set to"),
    why: z.string().min(1).describe("Why the library's own default does not do"),
    roles: uniqueList(roleSchema).optional().describe("The roles it applies to; default: all"),
    changesVerdicts: z
      .boolean()
      .optional()
      .describe("Verdicts would be others without it, so a `defaults` variant is worth running"),
  })
  .describe("One setting that is not the library's default");

const processSchema = z
  .strictObject({
    requires: z
      .array(z.string().min(1))
      .default([])
      .describe("Programs that must be on PATH, else the target is skipped"),
    install: z
      .array(z.array(textWith(INSTALL_PLACEHOLDERS).min(1)).min(1))
      .default([])
      .describe("Commands, each a list of words, that install one version; {version} is replaced"),
    server: command.optional().describe("The command, a list of words, that starts the echo server"),
    client: command.optional().describe("The command, a list of words, that starts the client driver"),
  })
  .describe("How it runs as a process of this machine");

const dockerSchema = z
  .strictObject({
    context: z.string().min(1).default(".").describe("The build context, relative to the folder"),
    dockerfile: z.string().min(1).default("Dockerfile").describe("The Dockerfile, relative to the context"),
    server: command.optional().describe("The command that starts the echo server; default: the image's own"),
    client: command
      .optional()
      .describe("The command that starts the client driver; default: the image's own"),
  })
  .describe("How it runs in a container");

/** Nothing that leads out of the folder, on any system. */
const pathInside = z.string().regex(/^(?!.*(?:^|\/)\.\.?(?:\/|$))[^\\:/][^\\:]*$/, {
  error: "must be a path below the folder, with /",
});

const sharedSchema = z
  .record(pathInside, z.string().min(1))
  .default({})
  .describe("Files that several targets have in common: where each is put in this folder -> where it is");

const targetShape = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9-]+$/, { error: "a target's name holds only a-z, 0-9 and -" })
      .describe("The name of the folder"),
    language: z.string().min(1).describe("The language it is written in, as people spell it"),
    homepage: z
      .url({ protocol: /^https?$/, error: "must be an http or https URL" })
      .meta({ pattern: "^https?://" })
      .describe("Its home page"),
    basedOn: z.string().min(1).optional().describe("The protocol engine underneath, when it is another's"),
    roles: uniqueList(roleSchema).describe("What it can be: server, client or both"),
    versions: uniqueList(versionSchema).describe("Versions, the newest first; the first is the default"),
    variants: uniqueList(z.enum(OWN_VARIANTS, { error: `one of ${OWN_VARIANTS.join(", ")}` }))
      .default([])
      .describe("Variants beyond plain and tls that its programs set up by the variable VARIANT"),
    capabilities: z
      .strictObject({
        deflate: z.boolean().optional().describe("permessage-deflate (RFC 7692)"),
        tls: z.boolean().optional().describe("wss"),
        subprotocols: z.boolean().optional().describe("Negotiating a subprotocol"),
      })
      .default({})
      .describe("What it can do"),
    limits: z
      .strictObject({
        maxMessage: octets.optional().describe("The longest message it takes, in octets"),
        maxFrame: octets.optional().describe("The longest frame it takes, in octets"),
        subprotocols: uniqueList(z.string().regex(token, { error: "a subprotocol is a token" }))
          .min(2, { error: "must have two at least, so that one can be chosen" })
          .optional()
          .describe("Subprotocols that the server has, by its preference; it chooses no others"),
        paths: uniqueList(
          z.string().regex(/^\/[!-~]*$/, { error: "a path begins with `/` and has no blanks" }),
        )
          .min(1)
          .optional()
          .describe("Paths that the server serves; it refuses others"),
      })
      .default({})
      .describe("What it takes and has, as set up here (the variant `defaults` aside)"),
    settings: z.array(settingSchema).default([]).describe("Every setting that is not the library's default"),
    shared: sharedSchema,
    process: processSchema.optional(),
    docker: dockerSchema.optional(),
    concurrency: z
      .int()
      .min(1)
      .optional()
      .describe("Connections it can serve at once; default: no bound of its own"),
    verified: z
      .boolean()
      .describe("It has been run and does what this file says; false keeps it out of every matrix"),
  })
  .describe("One WebSocket implementation: what it is and how it is started");

/** target.yaml as it is written. */
export const targetSchema = targetShape.superRefine((target, context) => {
  const problem = (path: readonly string[], message: string, params: object): void =>
    context.addIssue({ code: "custom", path: [...path], message, params });
  if (Object.keys(target.shared).length > 0 && target.docker && target.docker.context !== ".") {
    const params = { at: "key", remedy: "let `docker.context` be the folder, or take this out" };
    problem(["shared"], "shared files are put into the folder, which is not the build context", params);
  }
  for (const role of ROLES) {
    const played = target.roles.includes(role);
    if (played && !target.process?.[role] && !target.docker) {
      const remedy = `add \`process.${role}\`, or take \`${role}\` out of \`roles\``;
      problem(target.process ? ["process"] : [], `nothing says how the ${role} is started`, { remedy });
    }
    for (const how of ["process", "docker"] as const) {
      if (played || !target[how]?.[role]) continue;
      const params = { at: "key", remedy: "add it to `roles`, or take this out" };
      problem([how, role], `\`${role}\` is not among the roles`, params);
    }
  }
});
