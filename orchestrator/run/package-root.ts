import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this package: where `targets/` and `package.json` are, in a clone and when installed. */
export const packageRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));

/** The version of wsmatrix. */
export const packageVersion: string = readVersion();

/** How people call us: in a clone by its script, otherwise by the installed command; the Action says it itself. */
export const programName: string =
  process.env["WSMATRIX_PROGRAM"] ??
  (import.meta.filename.endsWith(".ts") ? "npm run -s wsmatrix --" : "npx wsmatrix");

function findRoot(from: string): string {
  if (existsSync(join(from, "package.json")) && existsSync(join(from, "targets"))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error("wsmatrix is not installed whole: its targets/ folder is missing");
  return findRoot(parent);
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as {
    version: string;
  };
  return version;
}
