import { z } from "zod";
import { destinationOf } from "../../fuzzer/client.ts";
import type { EndpointOptions } from "../../fuzzer/endpoint.ts";
import type { Destination } from "../../fuzzer/opening.ts";
import { matchesPattern } from "../../report/pattern.ts";
import type { ValuePath } from "../config/problem.ts";
import { type Findings, type SpecMap, flagProblem, flagWarning } from "./findings.ts";
import { endpointOptions, readOptions } from "./options.ts";
import { tellUnknownKey } from "./spec-keys.ts";
import { urlFault } from "./ws-url.ts";

/** What a server is called in reports when neither the spec nor its Server header names it. */
export const unknownServer = "UnknownServer";

/** One server to be tested. */
export interface ServerSpec {
  /** As the spec writes it. */
  readonly url: string;
  readonly to: Destination;
  /** Null: the Server header of the first response counts, else {@link unknownServer}. */
  readonly agent: string | null;
  /** Header lines for the opening handshake: Origin and Sec-WebSocket-Protocol where the spec has them. */
  readonly headerLines: readonly string[];
  /** Subprotocols that are offered; a response may choose one of them. */
  readonly protocols: readonly string[];
  readonly options: EndpointOptions;
}

const text = z.string().nullish();

/** RFC 9110 section 5.6.2, as subprotocols are written (RFC 6455 section 11.3.4). */
const token = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { error: "is no name of a subprotocol" });

/** What each key holds; `options` are looked at apart. An empty text or null is as good as no key. */
const serverSchema = z.object({
  url: z.string(),
  agent: text,
  origin: z
    .string()
    .regex(/^[\u0020-\u007e]*$/, { error: "must be printable ASCII: it is a header's value" })
    .nullish(),
  protocols: z.array(token).nullish(),
  hostname: text,
});

const knownKeys = [...Object.keys(serverSchema.shape), "options"];

/**
 * Reads `servers`, or makes one server of `--wsuri` where the spec has none.
 *
 * @param global what the spec's own `options` set; those of a server go over them
 */
export function readServers(
  findings: Findings,
  spec: SpecMap,
  global: Partial<EndpointOptions>,
  wsuri: string | null,
): readonly ServerSpec[] {
  const given = spec["servers"] ?? [];
  const list = findings.read(["servers"], given, z.array(z.unknown()));
  if (list === null) return [];
  if (list.value.length === 0) return serverOfFlag(findings, global, wsuri);
  if (wsuri !== null) {
    const remedy = "take `servers` out of the spec to test this URL";
    findings.otherWarning(flagWarning("--wsuri", "has no effect: the spec names servers", remedy));
  }
  const servers = list.value.map((server, at) => readServer(findings, ["servers", at], server, global));
  tellSameAgents(findings, servers);
  return servers.filter((server) => server !== null);
}

/** Warns of agents in `exclude-agent-cases` that no server can have. */
export function tellUnknownAgents(
  findings: Findings,
  servers: readonly ServerSpec[],
  patterns: readonly string[],
): void {
  const agents = servers.map(({ agent }) => agent);
  if (agents.length === 0 || agents.includes(null)) return;
  for (const pattern of patterns) {
    if (agents.some((agent) => matchesPattern(pattern, agent ?? ""))) continue;
    findings.warn("matches-nothing", ["exclude-agent-cases", pattern], "no server has such an agent");
  }
}

function readServer(
  findings: Findings,
  path: ValuePath,
  given: unknown,
  global: Partial<EndpointOptions>,
): ServerSpec | null {
  const server = findings.read(path, given, z.record(z.string(), z.unknown()))?.value ?? null;
  if (server === null) return null;
  for (const key of Object.keys(server)) {
    if (!knownKeys.includes(key)) tellUnknownKey(findings, [...path, key], knownKeys);
  }
  const own = readOptions(findings, [...path, "options"], server["options"], "fuzzingclient");
  const read = findings.read(path, server, serverSchema);
  if (read === null || tellUrl(findings, [...path, "url"], read.value.url)) return null;
  const { url, agent, origin, protocols, hostname } = read.value;
  const to = destinationOf(url, hostname ? { serverName: hostname, verify: true } : {});
  if (hostname && !to.tls) {
    findings.warn(
      "no-effect",
      [...path, "hostname"],
      "has no effect: it is for TLS, and the URL is not wss://",
    );
  }
  return {
    url,
    to,
    agent: agent || null,
    headerLines: headerLines(origin ?? "", protocols ?? []),
    protocols: protocols ?? [],
    options: endpointOptions(global, own),
  };
}

function headerLines(origin: string, protocols: readonly string[]): readonly string[] {
  return [
    ...(origin !== "" ? [`Origin: ${origin}`] : []),
    ...(protocols.length > 0 ? [`Sec-WebSocket-Protocol: ${protocols.join(",")}`] : []),
  ];
}

function serverOfFlag(
  findings: Findings,
  global: Partial<EndpointOptions>,
  wsuri: string | null,
): readonly ServerSpec[] {
  if (wsuri === null) {
    findings.error([], "names no `servers`", "add them, or give one URL with --wsuri");
    return [];
  }
  const fault = urlFault(wsuri, "dial");
  if (fault !== null) {
    findings.otherError(flagProblem("--wsuri", fault.message, fault.remedy));
    return [];
  }
  const options = endpointOptions(global);
  return [{ url: wsuri, to: destinationOf(wsuri), agent: null, headerLines: [], protocols: [], options }];
}

/** @returns whether there was something wrong */
function tellUrl(findings: Findings, path: ValuePath, url: string): boolean {
  const fault = urlFault(url, "dial");
  if (fault !== null) findings.error(path, fault.message, fault.remedy);
  return fault !== null;
}

function tellSameAgents(findings: Findings, servers: readonly (ServerSpec | null)[]): void {
  for (const [at, server] of servers.entries()) {
    const agent = server?.agent ?? null;
    const first = servers.findIndex((other) => other !== null && other.agent === agent);
    if (agent === null || first === at) continue;
    const message = `\`${agent}\` is the agent of servers[${first}] too, whose results it will replace`;
    findings.warn("doubled", ["servers", at, "agent"], message, "give each server an agent of its own");
  }
}
