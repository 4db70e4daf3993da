import { writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { sidecarProgram } from "../../../../orchestrator/place/program.ts";

import { temporaryDir } from "../../../support/faux.ts";

describe("the program of a sidecar", () => {
  const { entry, files, hash } = sidecarProgram();

  it("has its entry, and what plays cases", () => {
    expect(files.has(entry)).toBe(true);
    expect([...files.keys()]).toEqual(expect.arrayContaining(["fuzzer/player.ts", "wire/frame.ts"]));
  });

  it("is made of the rooms that know neither engines nor YAML", () => {
    const rooms = new Set([...files.keys()].map((path) => path.split("/").slice(0, -1).join("/")));
    expect([...rooms].toSorted()).toEqual([
      "fuzzer",
      "fuzzer/corpora",
      "fuzzer/extra",
      "fuzzer/extra/http2",
      "orchestrator/place",
      "orchestrator/place/http2",
      "wire",
      "wire/http2",
    ]);
  });

  it("imports nothing but its own files and what Node has", () => {
    const imported = [...files.values()].flatMap((contents) =>
      [...contents.toString().matchAll(/^(?!import type|export type).*?\bfrom "([^"]+)";$/gm)].map(
        ([, from]) => from!,
      ),
    );
    expect(imported.length).toBeGreaterThan(files.size);
    const foreign = imported.filter((from) => !from.startsWith("."));
    expect(foreign.filter((from) => !builtinModules.includes(from.replace("node:", "")))).toEqual([]);
  });

  it("is refused when it imports something else", () => {
    const main = join(temporaryDir(), "entry.ts");
    writeFileSync(main, 'import type { z } from "zod";\nimport { join } from "node:path";\n');
    expect(sidecarProgram(main).files.size).toBe(1);
    writeFileSync(main, 'import { z } from "zod";\n');
    expect(() => sidecarProgram(main)).toThrow(/entry\.ts imports zod: no sidecar has that$/);
  });

  it("has another hash when a file is another, or has another name", () => {
    const dir = temporaryDir();
    const hashOf = (name: string, text: string) => {
      writeFileSync(join(dir, name), text);
      return sidecarProgram(join(dir, name)).hash;
    };
    const hashes = [hashOf("a.ts", "1;"), hashOf("a.ts", "2;"), hashOf("b.ts", "1;"), hashOf("a.ts", "1;")];
    expect(new Set(hashes).size).toBe(3);
    expect(hashes[3]).toBe(hashes[0]);
  });

  it("has the same hash as long as it is the same", () => {
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(sidecarProgram().hash).toBe(hash);
  });
});
