import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { editDistance, nearest } from "../../../orchestrator/config/nearest.ts";
import { ConfigError, parseYaml, readYaml, validateValue } from "../../../orchestrator/config/yaml.ts";
import { MAX_CONFIG_OCTETS } from "../../../orchestrator/config/text.ts";
import { linesOf, rejectedLines } from "./samples.ts";

const schema = z.strictObject({
  name: z.string(),
  image: z.string().optional(),
  count: z.int().min(1).optional(),
  size: z.number().max(9).optional(),
  on: z.boolean().optional(),
  mode: z.enum(["quick", "full"]).optional(),
  list: z
    .array(z.strictObject({ word: z.string() }))
    .min(1)
    .optional(),
  env: z.record(z.string().regex(/^[A-Z]+$/, { error: "only capitals" }), z.string()).optional(),
  value: z.union([z.string(), z.boolean()]).optional(),
});

const lines = (text: string): readonly string[] => linesOf(() => parseYaml("a.yaml", text, schema));

describe("a sound file", () => {
  it("gives the value and the file's name", () => {
    const read = parseYaml("a.yaml", "name: x\nlist: [{ word: a }]\n", schema);
    expect(read.value).toEqual({ name: "x", list: [{ word: "a" }] });
    expect(read.file).toBe("a.yaml");
  });

  it("locates problems that its reader finds later", () => {
    const { problem } = parseYaml("a.yaml", "name: x\nlist:\n  - word: a\n  - word:  b\n", schema);
    expect(problem(["list", 1, "word"], "bad", "mend it")).toEqual({
      file: "a.yaml",
      line: 4,
      column: 12,
      path: "list[1].word",
      message: "bad",
      remedy: "mend it",
    });
    // What is not there is at the nearest thing around it that is.
    expect(problem(["list", 7, "word"], "bad")).toMatchObject({ line: 3, column: 3 });
    expect(problem(["mode"], "bad")).toMatchObject({ line: 1, column: 1 });
  });

  it("follows aliases", () => {
    const text = "name: x\nlist: [&one { word: a }, *one]\n";
    const { value, problem } = parseYaml("a.yaml", text, schema);
    expect(value.list).toEqual([{ word: "a" }, { word: "a" }]);
    expect(problem(["list", 1, "word"], "bad")).toMatchObject({ line: 2, column: 21 });
  });
});

describe("what does not fit", () => {
  it.each([
    [
      "an unknown key near a known one",
      "name: x\nimagee: y\n",
      "a.yaml:2:1: unknown key `imagee`; did you mean `image`?",
    ],
    [
      "an unknown key, nested",
      "name: x\nlist:\n  - word: a\n    wrod: b\n",
      "a.yaml:4:5 list[0]: unknown key `wrod`; did you mean `word`?",
    ],
    [
      "an unknown key near none",
      "name: x\nlist: [{ word: a, zzzzzz: b }]\n",
      "a.yaml:2:19 list[0]: unknown key `zzzzzz`; known are `word`",
    ],
    ["a missing key, at its parent", "name: x\nlist:\n  - {}\n", "a.yaml:3:5 list[0]: missing key `word`"],
    ["a missing key of the whole", "mode: full\n", "a.yaml:1:1: missing key `name`"],
    [
      "a value that is not allowed",
      "name: x\nmode: quik\n",
      "a.yaml:2:7 mode: must be one of `quick`, `full`; did you mean `quick`?",
    ],
    ["a value near none allowed", "name: x\nmode: slow\n", "a.yaml:2:7 mode: must be one of `quick`, `full`"],
    ["a number for text", "name:  16.0\n", 'a.yaml:1:8 name: must be text, not 16; put it in quotes: "16.0"'],
    ["text for a boolean", "name: x\non: yes\n", "a.yaml:2:5 on: must be true or false, not the text `yes`"],
    [
      "text for a list",
      "name: x\nlist: word\n",
      "a.yaml:2:7 list: must be a list, not the text `word`; write a list: [word]",
    ],
    ["a fraction", "name: x\ncount: 1.5\n", "a.yaml:2:8 count: must be a whole number, not 1.5"],
    ["too little", "name: x\ncount: 0\n", "a.yaml:2:8 count: must be at least 1"],
    ["too much", "name: x\nsize: 10\n", "a.yaml:2:7 size: must be at most 9"],
    ["an empty list", "name: x\nlist: []\n", "a.yaml:2:7 list: must not be empty"],
    ["a key without a value, at the key", "name:\n", "a.yaml:1:1 name: must be text, not empty"],
    [
      "none of several types",
      "name: x\nvalue: [1]\n",
      "a.yaml:2:8 value: must be text or true or false, not a list",
    ],
    [
      "a key of the wrong form, at the key",
      "name: x\nenv: { A: b, lower: c }\n",
      "a.yaml:2:14 env.lower: only capitals",
    ],
    ["another kind of value", "- x\n", "a.yaml:1:1: must be a map, not a list"],
    ["nothing at all", "", "a.yaml:1:1: must be a map, not empty"],
    ["only a comment", "# nothing\n", "a.yaml:1:1: must be a map, not empty"],
    [
      "lines that end in CR LF",
      "name: x\r\nimagee: y\r\n",
      "a.yaml:2:1: unknown key `imagee`; did you mean `image`?",
    ],
  ])("%s", (_, text, line) => {
    expect(lines(text)).toEqual([line]);
  });

  it("is told all at once, in the order of the text", () => {
    expect(lines("on: 1\nnmae: x\nmode: fast\n")).toEqual([
      "a.yaml:1:1: missing key `name`",
      "a.yaml:1:5 on: must be true or false, not 1",
      "a.yaml:2:1: unknown key `nmae`; did you mean `name`?",
      "a.yaml:3:7 mode: must be one of `quick`, `full`",
    ]);
  });

  it("is on one line each, with nothing that a terminal acts upon", () => {
    const [line] = lines('name: x\n"a\\e[2Jb\\nc": 1\n');
    expect(line).toContain(String.raw`a\x1b[2Jb\nc`);
  });
});

describe("a rule between keys", () => {
  const ruled = schema.superRefine((value, context) => {
    const params = { at: "key", remedy: "take one out" };
    if (value.on && value.mode)
      context.addIssue({ code: "custom", path: ["mode"], message: "not both", params });
    if (!value.on) context.addIssue({ code: "custom", path: ["env", "A"], message: "needed when off" });
  });

  it("may point at a key, and say what to do", () => {
    expect(linesOf(() => parseYaml("a.yaml", "name: x\non: true\nmode: full\n", ruled))).toEqual([
      "a.yaml:3:1 mode: not both; take one out",
    ]);
  });

  it("has its own words for what is missing", () => {
    expect(linesOf(() => parseYaml("a.yaml", "name: x\nenv: { B: c }\n", ruled))).toEqual([
      "a.yaml:2:6 env.A: needed when off",
    ]);
  });
});

describe("what is no YAML", () => {
  it.each([
    ["a list that is not closed", "name: x\nlist: [a\nmode: full\n", 3, 1],
    ["a tab that indents", "list:\n\t- a\n", 2, 1],
    ["a second document", "name: x\n---\nname: y\n", 2, 1],
    ["a key that is there twice", "name: x\non: true\nname: y\n", 3, 1],
    ["an alias of nothing", "name: x\nimage: *.png\n", 2, 8],
    ["a tag that nobody knows", "name: !secret x\n", 1, 7],
    ["a key that is no text", "? [a]\n: b\n", 1, 3],
  ])("%s", (_, text, line, column) => {
    expect(() => parseYaml("a.yaml", text, schema)).toThrow(
      expect.objectContaining({
        problems: [expect.objectContaining({ file: "a.yaml", line, column, path: "" })],
      }),
    );
  });

  it("does not follow aliases that multiply", () => {
    const bomb =
      "a: &a [1]\n" +
      ["b", "c", "d"].map((key, i) => `${key}: &${key} [${`*${"abc"[i]},`.repeat(9)}]\n`).join("");
    expect(lines(bomb)).toEqual(["a.yaml:1:1: holds too many aliases"]);
  });

  it("survives deep nesting", () => {
    const found = lines(`name: ${"[".repeat(20_000)}`);
    expect(found).toEqual([expect.stringMatching(/^a\.yaml:1:\d+: is nested too deeply$/)]);
  });
});

describe("files", () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "yaml-test-"));
  });
  afterAll(() => rm(dir, { recursive: true }));

  async function file(name: string, content: string | Buffer): Promise<string> {
    await writeFile(join(dir, name), content);
    return join(dir, name);
  }

  it("are read, a byte order mark or not", async () => {
    const path = await file("bom.yaml", "\ufeffname: x\nimagee: y\n");
    expect(await rejectedLines(readYaml(path, schema))).toEqual([
      `${path}:2:1: unknown key \`imagee\`; did you mean \`image\`?`,
    ]);
    const sound = await file("sound.yaml", "\ufeffname: x\n");
    expect((await readYaml(sound, schema)).value).toEqual({ name: "x" });
  });

  it("that are not there, no files, not UTF-8 or too long are problems too", async () => {
    const missing = join(dir, "missing.yaml");
    expect(await rejectedLines(readYaml(missing, schema))).toEqual([`${missing}: there is no such file`]);
    expect(await rejectedLines(readYaml(dir, schema))).toEqual([`${dir}: cannot be read (EISDIR)`]);
    const latin = await file("latin.yaml", Buffer.from("name: caf\xe9\n", "latin1"));
    expect(await rejectedLines(readYaml(latin, schema))).toEqual([`${latin}: is not UTF-8 text`]);
    const long = await file("long.yaml", `name: x${" ".repeat(MAX_CONFIG_OCTETS)}`);
    expect(await rejectedLines(readYaml(long, schema))).toEqual([
      `${long}: is longer than ${MAX_CONFIG_OCTETS} octets`,
    ]);
  });
});

it("values that are from no file have no line", () => {
  expect(linesOf(() => validateValue("command line", { name: 1, list: [{}] }, schema))).toEqual([
    'command line: name: must be text, not 1; put it in quotes: "1"',
    "command line: list[0]: missing key `word`",
  ]);
});

it("ConfigError has a line for each problem and asks for exit code 2", () => {
  const problem = { file: "a.yaml", line: 4, column: 2, path: "x[0].y", message: "is bad" };
  const error = new ConfigError([problem, { ...problem, line: 5, path: "", remedy: "mend it" }]);
  expect(error.message).toBe("a.yaml:4:2 x[0].y: is bad\na.yaml:5:2: is bad; mend it");
  expect(error.exitCode).toBe(2);
});

describe("the nearest word", () => {
  it.each([
    ["", "", 0],
    ["", "abc", 3],
    ["roles", "roles", 0],
    ["role", "roles", 1],
    ["rolse", "roles", 1],
    ["kitten", "sitting", 3],
    ["ca", "abc", 3],
  ])("%j and %j are %i apart", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });

  it.each([
    ["imagee", "image"],
    ["NAME", "name"],
    ["nmae", "name"],
    ["verions", "versions"],
    ["x", null],
    ["completely-different", null],
    ["im", null],
  ])("of %j is %j", (word, expected) => {
    expect(nearest(word, ["name", "image", "versions", "roles"])).toBe(expected);
  });

  it("is the nearer of two", () => {
    expect(nearest("roles", ["rules", "poles2", "rolles", "role"])).toBe("rules");
    expect(nearest("versionss", ["version", "versions"])).toBe("versions");
  });
});
