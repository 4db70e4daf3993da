import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

const root = join(import.meta.dirname, "..", "..");

interface Step {
  readonly uses?: string;
  readonly run?: string;
}
interface Job {
  readonly uses?: string;
  readonly permissions?: unknown;
  readonly steps?: readonly Step[];
}
interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs?: Readonly<Record<string, Job>>;
  readonly runs?: { readonly steps?: readonly Step[] };
}

const inFolder = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".yml"))
    .map((name) => `${folder}/${name}`);

const reusable = inFolder(".github/workflows");
const callers = inFolder("workflows").filter((name) => !name.includes("gitlab"));
const actions = ["action.yml", "workflows/setup/action.yml"];

const read = (file: string): Workflow => parse(readFileSync(join(root, file), "utf8")) as Workflow;

function stepsOf({ jobs = {}, runs }: Workflow): Step[] {
  return [...Object.values(jobs).flatMap(({ steps = [] }) => steps), ...(runs?.steps ?? [])];
}

describe.each([...reusable, ...callers, ...actions])("%s", (file) => {
  const workflow = read(file);

  it("pins every action of others by its commit, and says which release that is", () => {
    const text = readFileSync(join(root, file), "utf8");
    const used = [...text.matchAll(/uses: (\S+)(.*)/g)].filter(([, name]) => !/^(\.|wsmatrix\/)/.test(name!));
    for (const [line, name, comment] of used) {
      expect(name, line).toMatch(/^[\w-]+\/[\w/-]+@[0-9a-f]{40}$/);
      expect(comment, line).toMatch(/^ # v\d+\.\d+\.\d+$/);
    }
  });

  it("puts no expression into a script: values come through the environment", () => {
    for (const { run = "" } of stepsOf(workflow)) expect(run).not.toContain("${{");
  });
});

describe.each([...reusable, ...callers])("%s", (file) => {
  it("may only read, but for jobs that say what else", () => {
    expect(read(file).permissions).toEqual({ contents: "read" });
  });
});

it("gives no job of a pull request anything to write", () => {
  const { jobs = {} } = read(".github/workflows/validate-target.yml");
  expect(Object.values(jobs).map(({ permissions }) => permissions)).toEqual([undefined]);
  expect(readFileSync(join(root, ".github/workflows/validate-target.yml"), "utf8")).not.toContain("secrets.");
});

it("hands every input of the action to its script", () => {
  const action = read("action.yml") as { readonly inputs: Readonly<Record<string, unknown>> };
  const script = readFileSync(join(root, "workflows/setup/run.mjs"), "utf8");
  const text = readFileSync(join(root, "action.yml"), "utf8");
  for (const name of Object.keys(action.inputs)) {
    const variable = new RegExp(`WSMATRIX_(\\w+): \\$\\{\\{ inputs\\.${name} \\}\\}`).exec(text)?.[1];
    expect(variable, name).toBeDefined();
    expect(script, name).toContain(`"${variable}"`);
  }
});
