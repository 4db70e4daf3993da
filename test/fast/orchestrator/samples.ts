import { ConfigError, formatProblem } from "../../../orchestrator/config/problem.ts";
import { type Matrix, matrixOf } from "../../../orchestrator/config/matrix.ts";
import { matrixSchema } from "../../../orchestrator/config/matrix-schema.ts";
import { targetSchema } from "../../../orchestrator/config/target-schema.ts";
import type { TargetFolder, TargetList } from "../../../orchestrator/config/target.ts";
import { parseYaml } from "../../../orchestrator/config/yaml.ts";

/** A sound target.yaml, one key a line; lines given replace those of the same key, or are added. */
export function targetText(...lines: readonly string[]): string {
  const keys = new Map(
    [
      "name: ws",
      "language: JavaScript",
      "homepage: https://example.org/ws",
      "roles: [server, client]",
      "versions: [8.23.0, 8.18.0]",
      "process: { server: [node, server.mjs], client: [node, client.mjs] }",
      "verified: true",
    ].map((line) => [keyOf(line), line]),
  );
  for (const line of lines) keys.set(keyOf(line), line);
  return [...keys.values(), ""].join("\n");
}

function keyOf(line: string): string {
  return line.slice(0, line.indexOf(":"));
}

/** Folders as `listTargets` gives them. */
export function targetList(...texts: readonly string[]): TargetList {
  return { targets: texts.map(targetFolder), broken: [] };
}

function targetFolder(text: string): TargetFolder {
  const { value: definition } = parseYaml("target.yaml", text, targetSchema);
  return { dir: `/targets/${definition.name}`, definition };
}

/** A matrix of these entries, the first at line 3, column 5. Nothing of it is read from a file. */
export function parseMatrix(...entries: readonly string[]): Matrix {
  const text = ["engine: process", "targets:", ...entries.map((entry) => `  - ${entry}`), ""].join("\n");
  return matrixOf(parseYaml("matrix.yaml", text, matrixSchema), "/matrix");
}

/** The problems of something that throws a ConfigError, as lines; none when it does not throw. */
export function linesOf(act: () => unknown): readonly string[] {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(formatProblem);
    throw error;
  }
  return [];
}

/** The problems of something that rejects with a ConfigError. */
export async function rejectedLines(promise: Promise<unknown>): Promise<readonly string[]> {
  const outcome = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  return linesOf(() => {
    if (outcome !== null) throw outcome;
  });
}

/** The problems of a target.yaml. */
export function targetLines(text: string): readonly string[] {
  return linesOf(() => parseYaml("target.yaml", text, targetSchema));
}

/** The problems of a matrix.yaml. */
export function matrixLines(text: string): readonly string[] {
  return linesOf(() => parseYaml("matrix.yaml", text, matrixSchema));
}
