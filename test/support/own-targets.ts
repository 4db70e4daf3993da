import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const fauxTargets = join(import.meta.dirname, "..", "faux");

/**
 * A folder to start wsmatrix in: a matrix, and folders of targets that are echo servers without checks, so that they
 * pass 1.* and fail 3.*.
 */
export function folderWithTargets(names: readonly string[], cases: readonly string[]): string {
  const dir = mkdtempSync(join(tmpdir(), "wsmatrix-test-"));
  for (const name of names) {
    const folder = join(dir, "targets", name);
    mkdirSync(folder, { recursive: true });
    for (const file of ["echo.mjs", "handshake.mjs"]) cpSync(join(fauxTargets, file), join(folder, file));
    writeFileSync(join(folder, "target.yaml"), targetYaml(name));
  }
  const uses = names.map((name) => `  - { use: ${name} }`);
  const lines = ["engine: process", `suite: { cases: ${JSON.stringify(cases)} }`, "targets:", ...uses, ""];
  writeFileSync(join(dir, "matrix.yaml"), lines.join("\n"));
  return dir;
}

function targetYaml(name: string): string {
  return [
    `name: ${name}`,
    "language: JavaScript",
    "homepage: https://example.org",
    "roles: [server]",
    'versions: ["1.0"]',
    "process: { requires: [node], install: [], server: [node, echo.mjs] }",
    "verified: true",
    "",
  ].join("\n");
}

/** Writes the baseline of a target, in the folder of {@link folderWithTargets}. */
export function writeBaseline(dir: string, target: string, text: string): void {
  mkdirSync(join(dir, "baselines"), { recursive: true });
  writeFileSync(join(dir, "baselines", `${target}.yaml`), text);
}
