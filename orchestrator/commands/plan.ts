import { configure } from "../run/configure.ts";
import type { RunRequest } from "../run/request.ts";

/** The text of `wsmatrix plan`. @throws {ConfigError} */
export async function showPlan(request: RunRequest): Promise<string> {
  const { cells, cases, profile, matrix } = await configure(request);
  const engine = request.engine ?? matrix.engine;
  if (request.json) {
    const plan = {
      profile,
      engine,
      cases: cases.map(({ id }) => id),
      cells: cells.map(({ id, optional }) => ({ id, optional })),
    };
    return `${JSON.stringify(plan)}\n`;
  }
  const lines = cells.map(({ id, optional }) => `${id}${optional ? "  (optional)" : ""}\n`);
  return `${lines.join("")}${cells.length} cells of ${cases.length} cases each, profile ${profile}, engine ${engine}\n`;
}
