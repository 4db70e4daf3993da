import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { REGENERATE, SCHEMAS, jsonSchemaText, schemaFile } from "../../../orchestrator/config/schemas.ts";
import { parseYaml } from "../../../orchestrator/config/yaml.ts";
import { linesOf } from "./samples.ts";

it.each(SCHEMAS)("schemas/$name.schema.json is up to date", async (entry) => {
  const published = await readFile(schemaFile(entry.name), "utf8").catch(() => "");
  expect(published, `run: ${REGENERATE}`).toBe(jsonSchemaText(entry));
});

it.each(SCHEMAS)("every key of $name.yaml is described to whoever writes one", (entry) => {
  const bare: string[] = [];
  collectBare(JSON.parse(jsonSchemaText(entry)), "", bare);
  expect(bare).toEqual([]);
});

it.each(SCHEMAS)("$name.schema.json says what it is and allows no unknown key", (entry) => {
  const schema: unknown = JSON.parse(jsonSchemaText(entry));
  expect(schema).toMatchObject({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `urn:wsmatrix:schema:${entry.name}`,
    title: entry.title,
    additionalProperties: false,
  });
});

it("the matrix's schema knows rules between keys", () => {
  const [matrix] = SCHEMAS;
  const { properties } = JSON.parse(jsonSchemaText(matrix));
  const { oneOf } = properties.targets.items;
  expect(oneOf.map(({ required }: { required: unknown }) => required)).toEqual([
    ["use"],
    ["image", "name", "roles"],
    ["command", "name", "roles"],
    ["url", "name"],
  ]);
  expect(oneOf[1].not.anyOf).not.toContainEqual({ required: ["command"] });
  expect(oneOf[2].not.anyOf).toContainEqual({ required: ["image"] });
  expect(properties.targets.items.properties.roles.uniqueItems).toBe(true);
});

describe("docs/matrix.md", () => {
  const page = readFile(new URL("../../../docs/matrix.md", import.meta.url), "utf8");

  it.each(SCHEMAS)("has examples of $name.yaml that are sound", async ({ name, schema }) => {
    const blocks = [...(await page).matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text]) => text ?? "");
    const examples = blocks.filter((text) => text.startsWith(`# ${name}.yaml\n`));
    expect(examples).toHaveLength(1);
    for (const text of examples) expect(linesOf(() => parseYaml("docs/matrix.md", text, schema))).toEqual([]);
  });

  it.each(SCHEMAS)("explains every key of $name.yaml", async (entry) => {
    const text = await page;
    const keys: string[] = [];
    collectKeys(JSON.parse(jsonSchemaText(entry)), keys);
    expect(keys.length).toBeGreaterThan(10);
    expect(keys.filter((key) => !text.includes(`\`${key}\``))).toEqual([]);
  });
});

function collectKeys(schema: unknown, keys: string[]): void {
  if (typeof schema !== "object" || schema === null) return;
  for (const [word, value] of Object.entries(schema)) {
    if (word === "properties") keys.push(...Object.keys(value));
    collectKeys(value, keys);
  }
}

/** Paths of the keys that have no description. */
function collectBare(schema: unknown, path: string, bare: string[]): void {
  if (typeof schema !== "object" || schema === null) return;
  if ("properties" in schema && typeof schema.properties === "object") {
    for (const [key, value] of Object.entries(schema.properties ?? {})) {
      if (!("description" in value)) bare.push(`${path}.${key}`);
      collectBare(value, `${path}.${key}`, bare);
    }
  }
  if ("items" in schema) collectBare(schema.items, `${path}[]`, bare);
}
