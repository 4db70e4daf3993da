import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

import { cellFileName } from "../results/cell-file-name.ts";
import { writeAtomically, writeJsonAtomically } from "../results/atomic-file.ts";
import type { CampaignEnd } from "./campaign.ts";
import { type Finding, findingText, weightOf } from "./finding.ts";

/** A campaign against one cell, as `--json` and its file tell it. */
export function campaignFacts(cell: string, seed: number, end: CampaignEnd): object {
  const { streams, time, findings, starts, memory, crashed } = end;
  return {
    schema: 1,
    cell,
    seed,
    streams,
    seconds: Math.round(time / 100) / 10,
    streamsPerSecond: time === 0 ? 0 : Math.round((1000 * streams) / time),
    starts,
    crashed,
    memory: {
      grows: memory.grows,
      first: memory.samples[0] ?? null,
      last: memory.samples.at(-1) ?? null,
      most: memory.samples.length === 0 ? null : Math.max(...memory.samples),
    },
    findings: findings.map((finding) => ({ weight: weightOf(finding), ...finding })),
  };
}

/**
 * Writes `fuzz/<cell>.json` of a folder, and beside it each finding as a text and as a stream that `--replay` takes.
 *
 * @returns the folder of the findings
 */
export function writeCampaign(out: string, cell: string, seed: number, end: CampaignEnd): string {
  const folder = join(resolve(out), "fuzz", cellFileName(cell));
  mkdirSync(folder, { recursive: true });
  writeJsonAtomically(`${folder}.json`, campaignFacts(cell, seed, end));
  for (const [index, finding] of end.findings.entries()) {
    const name = join(folder, `${weightOf(finding)}-${index + 1}`);
    writeJsonAtomically(`${name}.json`, savedStream(finding, cell, seed));
    writeAtomically(`${name}.txt`, findingText(finding, seed));
  }
  return folder;
}

function savedStream({ stream, number, difference }: Finding, cell: string, seed: number): object {
  return { schema: 1, cell, seed, number, difference, stream };
}
