import { readFile, writeFile } from "node:fs/promises";
import { z } from "zod";
import { matrixSchema } from "./matrix-schema.ts";
import { targetSchema } from "./target-schema.ts";

/** The command that writes the files of `schemas/` again. */
export const REGENERATE = "node orchestrator/config/schemas.ts";

/** The published JSON Schemas: what an editor needs to complete and check the files that people write. */
export const SCHEMAS = [
  { name: "matrix", title: "matrix.yaml of wsmatrix", schema: matrixSchema },
  { name: "target", title: "target.yaml of wsmatrix", schema: targetSchema },
] as const;

/** Where the JSON Schema of a kind of file is kept. */
export function schemaFile(name: string): URL {
  return new URL(`../../schemas/${name}.schema.json`, import.meta.url);
}

/** The JSON Schema of a file as it is written, defaults not filled in. */
export function jsonSchemaText({ name, title, schema }: (typeof SCHEMAS)[number]): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return `${JSON.stringify({ $schema, $id: `urn:wsmatrix:schema:${name}`, title, ...rest }, null, 2)}\n`;
}

async function regenerate(): Promise<void> {
  for (const entry of SCHEMAS) {
    const file = schemaFile(entry.name);
    const text = jsonSchemaText(entry);
    const before = await readFile(file, "utf8").catch(() => "");
    if (before === text) continue;
    await writeFile(file, text);
    console.error(`schemas/${entry.name}.schema.json written`);
  }
}

if (import.meta.main) await regenerate();
