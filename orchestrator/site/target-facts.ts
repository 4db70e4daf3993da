import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { TargetFacts } from "../../report/site/input.ts";

import { type Baseline, loadBaselines } from "../config/baselines.ts";
import type { TargetFolder } from "../config/target.ts";
import { packageRoot } from "../run/package-root.ts";
import { findTargets } from "../run/target-folders.ts";

/**
 * What is known of targets beside their results: their folders and baselines. A target of one's own has neither.
 *
 * @param baselines a folder or file; null for those of wsmatrix
 * @throws {ConfigError} a baseline is not as it should be
 */
export async function readTargetFacts(
  names: ReadonlySet<string>,
  baselines: string | null,
): Promise<ReadonlyMap<string, TargetFacts>> {
  const { targets } = await findTargets();
  const here = targets.filter(({ definition }) => names.has(definition.name));
  const found = await loadBaselines(
    baselines ?? join(packageRoot, "baselines"),
    here.map(({ definition }) => definition.name),
    baselines !== null,
  );
  const facts = await Promise.all(here.map((folder) => factsOf(folder, found.get(folder.definition.name))));
  return new Map(facts.map((one) => [one.name, one]));
}

async function factsOf({ dir, definition }: TargetFolder, baseline?: Baseline): Promise<TargetFacts> {
  const { name, language, homepage, basedOn, roles, versions, capabilities, limits, settings, docker } =
    definition;
  return {
    name,
    language,
    homepage,
    basedOn: basedOn ?? null,
    roles,
    versions,
    deflate: capabilities.deflate ?? false,
    tls: capabilities.tls ?? false,
    subprotocols: capabilities.subprotocols ?? false,
    maxMessage: limits.maxMessage ?? null,
    maxFrame: limits.maxFrame ?? null,
    settings,
    dockerfile: docker === undefined ? null : await textOf(join(dir, docker.context, docker.dockerfile)),
    baseline: baseline?.entries ?? [],
  };
}

async function textOf(file: string): Promise<string | null> {
  return readFile(file, "utf8").catch(() => null);
}
