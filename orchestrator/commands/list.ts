import type { Command } from "commander";

import { catalogue, selectCases } from "../../fuzzer/catalogue.ts";
import { extraCatalogue } from "../../fuzzer/extra-catalogue.ts";

import { ConfigError, fileProblem } from "../config/problem.ts";
import { findTargets } from "../run/target-folders.ts";
import type { CommandContext } from "./context.ts";

/** Adds `wsmatrix list` to the command line. */
export function addList(program: Command, { output }: CommandContext): void {
  program
    .command("list")
    .description("list the targets that come with wsmatrix, or the cases of the suite")
    .option("--cases [pattern]", "list cases")
    .addHelpText("after", examples)
    .action(async (flags: { readonly cases?: string | true }) => {
      const text =
        flags.cases === undefined
          ? await listTargetFolders()
          : listCases(flags.cases === true ? "*" : flags.cases);
      output().out(text);
    });
}

const examples = `
Examples:
  wsmatrix list                                     targets that come with wsmatrix
  wsmatrix list --cases '5.*'`;

/** The text of `wsmatrix list`: a line for each target that comes with wsmatrix. */
export async function listTargetFolders(): Promise<string> {
  const { targets, broken } = await findTargets();
  const rows = targets.map(({ definition }) => {
    const { name, language, roles, versions, verified } = definition;
    return [name, language, roles.join(", "), versions.join(" "), verified ? "" : "(not verified)"];
  });
  const faults = broken.map(({ name }) => [
    name,
    "",
    "",
    "",
    "(its target.yaml has mistakes: `wsmatrix plan` says which)",
  ]);
  return table([...rows, ...faults]);
}

/** The text of `wsmatrix list --cases`. @throws {ConfigError} the pattern selects nothing */
export function listCases(pattern: string): string {
  const ours = pattern === "*" ? extraCatalogue.chapters.map(({ id }) => `${id}.*`) : [pattern];
  const entries = [
    ...selectCases(catalogue, { cases: [pattern] }).entries,
    ...selectCases(extraCatalogue, { cases: ours }).entries,
  ];
  if (entries.length === 0) {
    const remedy = "a pattern is a case number with `*` for any characters, such as `5.*`";
    throw new ConfigError([
      fileProblem("command line", `the case pattern \`${pattern}\` selects nothing`, remedy),
    ]);
  }
  return table(entries.map((entry) => [entry.case.id, entry.case.title]));
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((text, column) => text.padEnd(widths[column]!))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
