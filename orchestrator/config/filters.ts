import { matchesPattern } from "../../report/pattern.ts";
import { nearest } from "./nearest.ts";
import type { Cell } from "./plan.ts";
import { ConfigError, fileProblem, quoted } from "./problem.ts";
import { targetLabel } from "./target.ts";

/** What of a plan is wanted. A filter that is missing or empty lets everything through. */
export interface Filters {
  /** Patterns, `*` for any characters, of a target's name, or with an `@` of `name@version`. */
  readonly targets?: readonly string[];
  readonly roles?: readonly string[];
  readonly variants?: readonly string[];
}

/**
 * The cells that every filter lets through.
 *
 * @param file what problems call the plan
 * @param others names of targets that could be asked for beside those of the plan: what a misspelt one may have meant
 * @throws {ConfigError} a target pattern matches nothing, or nothing is left: which filter it was, and what there is
 */
export function applyFilters(
  cells: readonly Cell[],
  filters: Filters,
  file: string,
  others: readonly string[] = [],
): readonly Cell[] {
  const { targets = [], roles = [], variants = [] } = filters;
  const idle = targets.filter((pattern) => !cells.some((cell) => namesCell(pattern, cell)));
  if (idle.length > 0) {
    throw new ConfigError(
      idle.map((pattern) => nothing(file, "target", [pattern], cells.map(labelOf), others)),
    );
  }
  const ofTargets = keep(cells, targets, namesCell);
  const ofRoles = keep(ofTargets, roles, (role, cell) => cell.role === role);
  if (ofRoles.length === 0)
    throw new ConfigError([
      nothing(
        file,
        "role",
        roles,
        ofTargets.map(({ role }) => role),
      ),
    ]);
  const left = keep(ofRoles, variants, (variant, cell) => cell.variant === variant);
  if (left.length > 0) return left;
  throw new ConfigError([
    nothing(
      file,
      "variant",
      variants,
      ofRoles.map(({ variant }) => variant),
    ),
  ]);
}

function keep(
  cells: readonly Cell[],
  wanted: readonly string[],
  matches: (wanted: string, cell: Cell) => boolean,
): readonly Cell[] {
  return wanted.length === 0 ? cells : cells.filter((cell) => wanted.some((one) => matches(one, cell)));
}

/** Whether a pattern, as `ws` or `ws@8.*`, names the target of a cell. */
export function namesCell(pattern: string, { target }: Cell): boolean {
  return matchesPattern(pattern, pattern.includes("@") ? targetLabel(target) : target.name);
}

function labelOf({ target }: Cell): string {
  return targetLabel(target);
}

function nothing(
  file: string,
  what: string,
  wanted: readonly string[],
  there: readonly string[],
  others: readonly string[] = [],
): ReturnType<typeof fileProblem> {
  const choices = [...new Set(there)];
  const names = what === "target" ? choices.map((label) => label.replace(/@.*/, "")) : [];
  const known = [...choices, ...names, ...others];
  const meant = wanted.length === 1 ? nearest(wanted[0] ?? "", known) : null;
  const remedy = `${meant === null ? "" : `did you mean \`${meant}\`? `}there is ${quoted(choices)}`;
  return fileProblem(file, `the ${what} filter ${quoted(wanted)} selects nothing`, remedy);
}
