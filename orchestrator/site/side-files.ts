import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

import { scenarios as known } from "../../reference-impl/scenarios/scenarios.ts";
import type { PairFacts, ScenarioFacts, SelfCheckFacts } from "../../report/site/input.ts";

/** What other commands put beside the files of a run: read as far as it can be understood. */

const selfCheckSchema = z.object({
  profile: z.string(),
  passed: z.boolean(),
  mutants: z.array(
    z.object({
      name: z.string(),
      defect: z.string(),
      rule: z.string(),
      side: z.string(),
      caughtBy: z.array(z.string()),
      caught: z.array(z.string()),
      missed: z.array(z.string()),
    }),
  ),
}) satisfies z.ZodType<SelfCheckFacts>;

const pairSchema = z.object({
  client: z.string(),
  server: z.string(),
  notRun: z.string().nullable(),
  talks: z.array(
    z
      .object({
        binary: z.boolean(),
        octets: z.number(),
        fault: z.string().nullable(),
        by: z.string().nullable(),
        deflate: z.string().nullable(),
      })
      .nullable(),
  ),
}) satisfies z.ZodType<PairFacts>;

const pairsSchema = z.object({ pairs: z.array(pairSchema) });

const scenariosSchema = z.object({
  cell: z.string(),
  scenarios: z.array(
    z.object({
      scenario: z.string(),
      outcome: z.enum(["passed", "failed", "not-applicable"]),
      reason: z.string().nullable(),
    }),
  ),
});

/** What `selfcheck --json` printed, from a file; null when there is none, or it is something else. */
export function readSelfCheck(file: string): SelfCheckFacts | null {
  return readAs(file, selfCheckSchema);
}

/** `pairs.json` of a run; none when it is not there. */
export function readPairs(dir: string): readonly PairFacts[] {
  return readAs(join(dir, "pairs.json"), pairsSchema)?.pairs ?? [];
}

/** `scenarios/*.json` of a run, by cell. */
export function readScenarios(dir: string): ReadonlyMap<string, readonly ScenarioFacts[]> {
  const folder = join(dir, "scenarios");
  const titles = new Map(known.map(({ name, title }) => [name, title]));
  const found = new Map<string, readonly ScenarioFacts[]>();
  for (const name of filesIn(folder)) {
    const file = readAs(join(folder, name), scenariosSchema);
    if (file === null) continue;
    found.set(
      file.cell,
      file.scenarios.map((one) => ({ ...one, title: titles.get(one.scenario) ?? null })),
    );
  }
  return found;
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".json"));
  } catch {
    return [];
  }
}

function readAs<Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> | null {
  try {
    return schema.safeParse(JSON.parse(readFileSync(file, "utf8"))).data ?? null;
  } catch {
    return null;
  }
}
