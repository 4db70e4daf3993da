import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..", "..");

/** Each room, and the rooms that it may know: arrows go one way. */
const knows: Readonly<Record<string, readonly string[]>> = {
  wire: [],
  fuzzer: ["wire"],
  "reference-impl": ["wire"],
  mutation: ["wire", "fuzzer", "reference-impl"],
  report: ["wire", "fuzzer"],
  orchestrator: ["wire", "fuzzer", "reference-impl", "mutation", "report"],
};

it.each(Object.keys(knows))("%s knows no room but those below it", (room) => {
  const files = globSync(`${room}/**/*.ts`, { cwd: root });
  expect(files.length).toBeGreaterThan(5);
  const foreign = files.flatMap((file) =>
    importsOf(file)
      .map((path) => path.split("/")[0]!)
      .filter((other) => other !== room && !knows[room]!.includes(other))
      .map((other) => `${file} imports from ${other}`),
  );
  expect(foreign).toEqual([]);
});

it("the package and its image are built from every room", () => {
  const rooms = Object.keys(knows).toSorted();
  const { include } = JSON.parse(readFileSync(join(root, "tsconfig.build.json"), "utf8")) as {
    include: string[];
  };
  expect(include.toSorted()).toEqual(rooms);
  const context = readFileSync(join(root, "images/wsmatrix/Dockerfile.dockerignore"), "utf8").split("\n");
  expect(rooms.filter((room) => !context.includes(`!${room}`))).toEqual([]);
});

it("only the engine of containers knows dockerode", () => {
  const files = globSync("{orchestrator,report,fuzzer}/**/*.ts", { cwd: root });
  const knowing = files.filter((file) => /from "dockerode"/.test(readFileSync(join(root, file), "utf8")));
  expect(knowing.length).toBeGreaterThan(0);
  expect(knowing.filter((file) => !file.startsWith("orchestrator/engines/docker/"))).toEqual([]);
});

/** Modules of this package that a file imports, relative to the root. */
function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(root, file), "utf8");
  const names = [...text.matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, name]) => name!);
  return names.map((name) => relative(root, join(root, dirname(file), name)));
}
