import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Case, Chapter } from "../../../../fuzzer/case.ts";
import { buildCatalogue, type Catalogue } from "../../../../fuzzer/catalogue.ts";
import { formatProblem } from "../../../../orchestrator/config/problem.ts";
import {
  clientSpecOf,
  type FuzzingClientSpec,
  type FuzzingServerSpec,
  serverSpecOf,
  type SpecFlags,
} from "../../../../orchestrator/wstest/spec.ts";
import type { SpecWarning } from "../../../../orchestrator/wstest/findings.ts";

const factsFile = new URL("../../../facts/cases.json", import.meta.url);

const factsSchema = z.object({ cases: z.array(z.object({ id: z.string(), index: z.number() })) });

/** Ids and numbers of all of Autobahn's cases. */
export const facts = factsSchema.parse(JSON.parse(readFileSync(factsFile, "utf8"))).cases;

/** A catalogue with all of Autobahn's ids, and nothing in the cases. */
export const suite: Catalogue = buildCatalogue(
  [...Map.groupBy(facts, ({ id }) => id.split(".")[0]!)].map(([id, cases]): Chapter => {
    const group = { id, title: id, cases: cases.map((fact) => emptyCase(fact.id)) };
    return { id, title: id, groups: [group] };
  }),
);

function emptyCase(id: string): Case {
  return {
    id,
    title: id,
    description: "",
    expectation: "",
    citations: [],
    script: [],
    expected: {},
    close: { byFuzzer: true, codes: [1000], clean: true },
    suppressClose: false,
    onMessage: { rule: "compare" },
    onEnd: "base",
  };
}

const noFlags: SpecFlags = {
  spec: null,
  wsuri: null,
  key: null,
  cert: null,
  out: null,
  cases: null,
  exclude: null,
};

/** A spec as its author wrote it, or a value that is written down as JSON. */
export type Written = string | object;

const source = (written: Written) => ({
  file: "spec.json",
  text: typeof written === "string" ? written : JSON.stringify(written, null, 2),
  warnings: [],
});

/** Reads a spec of mode `fuzzingclient` in the folder /srv. */
export function readClient(written: Written, flags: Partial<SpecFlags> = {}): FuzzingClientSpec {
  return clientSpecOf(source(written), { ...noFlags, ...flags }, { cwd: "/srv", catalogue: suite });
}

/** Reads a spec of mode `fuzzingserver` in the folder /srv. */
export function readServer(written: Written, flags: Partial<SpecFlags> = {}): FuzzingServerSpec {
  return serverSpecOf(source(written), { ...noFlags, ...flags }, { cwd: "/srv", catalogue: suite });
}

/** Ids of what is played. */
export function idsOf({ cases }: { readonly cases: FuzzingClientSpec["cases"] }): string[] {
  return cases.map((entry) => entry.case.id);
}

/** How many cases of each chapter are played. */
export function countsOf(spec: { readonly cases: FuzzingClientSpec["cases"] }): Record<string, number> {
  const chapters = Map.groupBy(spec.cases, (entry) => entry.chapter.id);
  return Object.fromEntries([...chapters].map(([id, cases]) => [id, cases.length]));
}

/** The warnings as they are printed, each with its code in front. */
export function warningsOf({ warnings }: { readonly warnings: readonly SpecWarning[] }): string[] {
  return warnings.map((warning) => `${warning.code} ${formatProblem(warning)}`);
}
