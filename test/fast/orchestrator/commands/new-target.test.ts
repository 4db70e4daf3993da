import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { LANGUAGES, newTarget } from "../../../../orchestrator/commands/new-target.ts";
import { loadTarget } from "../../../../orchestrator/config/target.ts";
import { bundledTargets } from "../../../../orchestrator/run/target-folders.ts";
import { temporaryFolder } from "../run-samples.ts";
import { rejectedLines } from "../samples.ts";

function filesBelow(dir: string): readonly string[] {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe("the folder that new-target makes", () => {
  it.each(LANGUAGES)("is a sound target of both roles and both engines: %s", async (language) => {
    const dir = temporaryFolder();
    await newTarget("my-library", { language, dir });
    const { definition } = await loadTarget(join(dir, "my-library"));
    expect(definition).toMatchObject({
      name: "my-library",
      language,
      roles: ["server", "client"],
      process: { server: expect.anything(), client: expect.anything() },
      docker: { server: expect.anything(), client: expect.anything() },
      verified: false,
    });
    expect(existsSync(join(dir, "my-library", "Dockerfile"))).toBe(true);
  });

  it.each(LANGUAGES)("has its own name wherever the template has none: %s", async (language) => {
    const dir = temporaryFolder();
    await newTarget("my-library", { language, dir });
    const texts = filesBelow(dir).map((file) => readFileSync(file, "utf8"));
    expect(texts.filter((text) => text.includes("__NAME__"))).toEqual([]);
    expect(texts.filter((text) => text.includes("my-library")).length).toBeGreaterThan(1);
  });

  it("has a template for each language, and no template is forgotten", () => {
    const folders = readdirSync(join(bundledTargets, "_templates"));
    expect(folders.toSorted()).toEqual(LANGUAGES.map((language) => language.toLowerCase()).toSorted());
  });

  it("takes a language by its other names too", async () => {
    const dir = temporaryFolder();
    await newTarget("one", { language: "golang", dir });
    await newTarget("two", { language: "JS", dir });
    expect((await loadTarget(join(dir, "one"))).definition.language).toBe("Go");
    expect((await loadTarget(join(dir, "two"))).definition.language).toBe("JavaScript");
  });

  it("is told with its files and the commands that come next", async () => {
    const dir = temporaryFolder();
    const text = await newTarget("my-library", { language: "Go", dir });
    expect(text).toContain(`made ${join(dir, "my-library")}: target.yaml, Dockerfile, go.mod, main.go\n`);
    expect(text).toContain("run my-library --smoke");
    expect(text).toContain("- { use: my-library }");
  });
});

describe("new-target refuses", () => {
  const lines = (name: string, language: string, dir: string) =>
    rejectedLines(newTarget(name, { language, dir }));

  it("a folder that is there, and leaves it as it is", async () => {
    const dir = temporaryFolder();
    mkdirSync(join(dir, "mine"));
    writeFileSync(join(dir, "mine", "notes.txt"), "precious");
    expect(await lines("mine", "Go", dir)).toEqual([
      `command line: ${join(dir, "mine")} is there already; take another name, or remove that first`,
    ]);
    expect(filesBelow(dir)).toEqual([join(dir, "mine", "notes.txt")]);
  });

  it("the name of a target that comes with wsmatrix", async () => {
    const dir = temporaryFolder();
    expect(await lines("ws", "Go", dir)).toEqual([
      "command line: a target `ws` comes with wsmatrix; take another name",
    ]);
    expect(readdirSync(dir)).toEqual([]);
  });

  it.each(["My", "a_b", "../a", "-a", ""])("the name `%s`, which cannot be one", async (name) => {
    const [line] = await lines(name, "Go", temporaryFolder());
    expect(line).toMatch(/cannot be the name of a target; a name holds only a-z, 0-9 and -/);
  });

  it("a language without a template, and says which there are", async () => {
    const dir = temporaryFolder();
    expect(await lines("mine", "Pyton", dir)).toEqual([
      expect.stringMatching(
        /no template for the language `Pyton`; did you mean Python\? there is JavaScript, Python, Go, Rust, Java;/,
      ),
    ]);
    expect(readdirSync(dir)).toEqual([]);
  });

  it("a place where nothing can be written, and leaves nothing there", async () => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, "targets"), "a file");
    const [line] = await lines("mine", "Go", join(dir, "targets"));
    expect(line).toMatch(/mine cannot be made \((EEXIST|ENOTDIR)\); say another folder with --dir/);
  });
});
