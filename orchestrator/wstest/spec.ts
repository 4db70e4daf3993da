import { resolve } from "node:path";
import { z } from "zod";
import type { Catalogue, CatalogueEntry } from "../../fuzzer/catalogue.ts";
import type { EndpointOptions } from "../../fuzzer/endpoint.ts";
import { ConfigError } from "../config/problem.ts";
import { type AgentExclusion, type CaseFlags, readAgentExclusion, readCases } from "./case-lists.ts";
import { Findings, type SpecMap, type SpecWarning } from "./findings.ts";
import { parseJson } from "./json-text.ts";
import { type ListenSpec, type TlsFlags, readListen } from "./listen.ts";
import { type FuzzingMode, endpointOptions, readOptions } from "./options.ts";
import { type ServerSpec, readServers, tellUnknownAgents } from "./servers.ts";
import { type SpecText, readSpecFile } from "./spec-file.ts";
import { tellUnknownSpecKeys } from "./spec-keys.ts";

/** What both kinds of spec say. */
interface FuzzingSpec {
  /** The spec file, as the user named it. */
  readonly file: string;
  /** Absolute path of the folder for the reports. */
  readonly outdir: string;
  /** What is played, in numeric order of the ids, and never empty; the place in this list is a client's number. */
  readonly cases: readonly CatalogueEntry[];
  readonly excludes: AgentExclusion;
  /** Not errors, but worth a line each: the caller prints them. */
  readonly warnings: readonly SpecWarning[];
}

/** A spec of mode `fuzzingclient`. */
export interface FuzzingClientSpec extends FuzzingSpec {
  /** Never empty. */
  readonly servers: readonly ServerSpec[];
}

/** A spec of mode `fuzzingserver`. */
export interface FuzzingServerSpec extends FuzzingSpec, ListenSpec {
  readonly options: EndpointOptions;
}

/** The flags of the command line that say which spec it is, or replace a part of it; null where not given. */
export interface SpecFlags extends CaseFlags, TlsFlags {
  readonly spec: string | null;
  readonly wsuri: string | null;
  readonly out: string | null;
}

/** Where a spec is read. */
export interface SpecSetup {
  /** What relative paths start from. */
  readonly cwd: string;
  /** What cases there are. */
  readonly catalogue: Catalogue;
}

/**
 * Reads the spec file of mode `fuzzingclient`.
 *
 * @throws {ConfigError} it cannot be used: every mistake, with its place
 */
export function readClientSpec(flags: SpecFlags, setup: SpecSetup): FuzzingClientSpec {
  return clientSpecOf(readSpecFile("fuzzingclient", flags.spec, setup.cwd), flags, setup);
}

/**
 * Reads the spec file of mode `fuzzingserver`.
 *
 * @throws {ConfigError} it cannot be used: every mistake, with its place
 */
export function readServerSpec(flags: SpecFlags, setup: SpecSetup): FuzzingServerSpec {
  return serverSpecOf(readSpecFile("fuzzingserver", flags.spec, setup.cwd), flags, setup);
}

/** The same of text that is read already. */
export function clientSpecOf(source: SpecText, flags: SpecFlags, setup: SpecSetup): FuzzingClientSpec {
  const { findings, spec } = open(source, "fuzzingclient");
  const global = readOptions(findings, ["options"], spec["options"], "fuzzingclient");
  const servers = readServers(findings, spec, global, flags.wsuri);
  const { agents, ...common } = readCommon(findings, spec, flags, setup, "./reports/servers/");
  tellUnknownAgents(findings, servers, agents);
  findings.throwErrors();
  return { ...common, servers, warnings: findings.warnings };
}

/** The same of text that is read already. */
export function serverSpecOf(source: SpecText, flags: SpecFlags, setup: SpecSetup): FuzzingServerSpec {
  const { findings, spec } = open(source, "fuzzingserver");
  const options = endpointOptions(readOptions(findings, ["options"], spec["options"], "fuzzingserver"));
  const listen = readListen(findings, spec, flags, setup.cwd);
  const { agents: _, ...common } = readCommon(findings, spec, flags, setup, "./reports/clients/");
  tellIgnored(findings, spec);
  findings.throwErrors();
  return { ...common, ...listen!, options, warnings: findings.warnings };
}

/** @throws {ConfigError} it is no JSON, or no map */
function open(source: SpecText, mode: FuzzingMode): { readonly findings: Findings; readonly spec: SpecMap } {
  const { file, text } = source;
  const parsed = parseJson(text);
  if ("error" in parsed) throw new ConfigError([{ file, path: "", ...parsed.error }]);
  const findings = new Findings(file, parsed.locator);
  for (const warning of source.warnings) findings.otherWarning(warning);
  const spec = findings.read([], parsed.value, z.record(z.string(), z.unknown()))?.value ?? {};
  findings.throwErrors();
  for (const path of parsed.doubled) {
    findings.warn("doubled", path, "this key is there already, and the last one counts");
  }
  tellUnknownSpecKeys(findings, spec, mode);
  return { findings, spec };
}

function readCommon(
  findings: Findings,
  spec: SpecMap,
  flags: SpecFlags,
  { cwd, catalogue }: SpecSetup,
  defaultOutdir: string,
): Omit<FuzzingSpec, "warnings"> & { readonly agents: readonly string[] } {
  const outdir = findings.text(spec, "outdir");
  const cases = readCases(findings, spec, flags, catalogue);
  return {
    file: findings.file,
    outdir: resolve(cwd, flags.out ?? outdir ?? defaultOutdir),
    cases,
    ...readAgentExclusion(findings, spec, catalogue),
  };
}

/** Keys that are read by nobody, with or without us. */
function tellIgnored(findings: Findings, spec: SpecMap): void {
  if (spec["webport"] !== undefined) {
    findings.warn("no-effect", ["webport"], "has no effect: the original takes it from --webport only");
  }
  const protocols = findings.read(["protocols"], spec["protocols"] ?? [], z.array(z.string()))?.value ?? [];
  if (protocols.length > 0) {
    findings.warn(
      "no-effect",
      ["protocols"],
      "has no effect: the fuzzing server never selects a subprotocol",
    );
  }
}
