import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { plan } from "../../../../orchestrator/config/plan.ts";
import { formatProblem } from "../../../../orchestrator/config/problem.ts";
import type { TargetList } from "../../../../orchestrator/config/target.ts";
import { cellsBeside, entryFor, findTargets } from "../../../../orchestrator/run/target-folders.ts";
import { temporaryFolder } from "../run-samples.ts";
import { linesOf, parseMatrix, targetList, targetText } from "../samples.ts";

/** A folder whose `targets` holds these target.yaml files by the name of their folder; null is a folder without. */
function withTargets(files: Readonly<Record<string, string | null>>): string {
  const here = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(here, "targets", name), { recursive: true });
    if (text !== null) writeFileSync(join(here, "targets", name, "target.yaml"), text);
  }
  return here;
}

const folderOf = ({ targets }: TargetList, name: string) =>
  targets.find(({ definition }) => definition.name === name)?.dir;

describe("the targets that are found", () => {
  it("are those that come with wsmatrix where there are no others", async () => {
    const { targets, broken } = await findTargets(temporaryFolder());
    expect(targets.map(({ definition }) => definition.name)).toEqual(
      expect.arrayContaining(["reference", "ws"]),
    );
    expect(broken.map(({ name }) => name)).not.toContain("_templates");
  });

  it("are those of the folder here too, in the order of their names", async () => {
    const here = withTargets({ "my-library": targetText("name: my-library") });
    const found = await findTargets(here);
    expect(folderOf(found, "my-library")).toBe(join(here, "targets", "my-library"));
    const names = found.targets.map(({ definition }) => definition.name);
    expect(names).toContain("ws");
    expect(names).toEqual(names.toSorted());
  });

  it("are those here where both have a name", async () => {
    const here = withTargets({ ws: targetText("name: ws") });
    const found = await findTargets(here);
    expect(folderOf(found, "ws")).toBe(join(here, "targets", "ws"));
    expect(found.targets.filter(({ definition }) => definition.name === "ws")).toHaveLength(1);
  });

  it("are not hidden by a folder here that has mistakes in it, but by its mistakes", async () => {
    const found = await findTargets(withTargets({ ws: "name: 1\n" }));
    expect(folderOf(found, "ws")).toBeUndefined();
    expect(found.broken.map(({ name }) => name)).toContain("ws");
  });

  it("do not include folders of something else", async () => {
    const found = await findTargets(withTargets({ debug: null }));
    expect(found.broken.map(({ name }) => name)).not.toContain("debug");
    expect(folderOf(found, "debug")).toBeUndefined();
  });
});

describe("targets that are named beside a matrix", () => {
  const targets = targetList(
    targetText("name: ws"),
    targetText("name: other", "roles: [client]", "process: { client: [node, client.mjs] }"),
    targetText("name: draft", "verified: false"),
  );
  const planned = plan(parseMatrix("{ use: ws, roles: [server] }"), targets);
  const beside = (...named: readonly string[]) => cellsBeside(planned, named, targets).map(({ id }) => id);

  it("are run as their files say", () => {
    expect(beside("other")).toEqual(["other@8.23.0/client/plain"]);
  });

  it("are run at the version that is named", () => {
    expect(beside("ws@8.18.0")).toEqual(["ws@8.18.0/server/plain", "ws@8.18.0/client/plain"]);
    expect(beside("ws@9.9.9")).toEqual([]);
  });

  it("are run though nobody has verified them", () => {
    expect(beside("draft")).toEqual(["draft@8.23.0/server/plain", "draft@8.23.0/client/plain"]);
  });

  it("are left to the matrix where it has them", () => {
    expect(beside("ws", "ws@8.23.0", "w*")).toEqual([]);
  });

  it("are not meant by a pattern or by an unknown name", () => {
    expect(beside("o*", "nobody")).toEqual([]);
  });

  it("are told with their mistakes when there are some", () => {
    const problem = { file: "bad/target.yaml", line: 1, column: 1, path: "name", message: "is wrong" };
    const faulty: TargetList = { ...targets, broken: [{ name: "bad", problems: [problem] }] };
    expect(linesOf(() => cellsBeside(planned, ["bad"], faulty))).toEqual([formatProblem(problem)]);
    expect(cellsBeside(planned, ["other"], faulty)).toHaveLength(1);
  });

  it("are named with or without a version", () => {
    expect(entryFor("ws")).toEqual({ use: "ws" });
    expect(entryFor("ws@8.18.0")).toEqual({ use: "ws", versions: ["8.18.0"] });
  });
});
