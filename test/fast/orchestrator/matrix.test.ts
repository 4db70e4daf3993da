import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadMatrix, matrixFrom } from "../../../orchestrator/config/matrix.ts";
import { linesOf, matrixLines } from "./samples.ts";

/** A matrix of one entry, which begins at line 2, column 5. */
const entry = (text: string): string => `targets:\n  - ${text}\n`;

describe("matrix.yaml", () => {
  it.each([
    ["no targets", "engine: process\n", "1:1: missing key `targets`"],
    ["an empty list of targets", "targets: []\n", "1:10 targets: must not be empty"],
    ["an unknown key", `${entry("use: ws")}suit: {}\n`, "3:1: unknown key `suit`; did you mean `suite`?"],
    [
      "an unknown key of an entry",
      entry("{ imagee: x, name: y }"),
      "2:7 targets[0]: unknown key `imagee`; did you mean `image`?",
    ],
    [
      "an unknown engine",
      `engine: dokcer\n${entry("use: ws")}`,
      "1:9 engine: must be one of `auto`, `docker`, `process`, `remote`; did you mean `docker`?",
    ],
    [
      "an unknown profile",
      `suite: { profile: fast }\n${entry("use: ws")}`,
      "1:19 suite.profile: must be one of `quick`, `full`",
    ],
    [
      "a role that does not exist",
      entry("{ use: ws, roles: [sever] }"),
      "2:24 targets[0].roles[0]: no such role; roles are server, client; did you mean `server`?",
    ],
    [
      "a variant that does not exist",
      entry("{ use: ws, variants: [plain, tsl] }"),
      "2:34 targets[0].variants[1]: no such variant; variants are plain, tls, no-deflate, defaults, h2, h2c; did you mean `tls`?",
    ],
    [
      "a variant that is there twice",
      entry("{ use: ws, variants: [tls, tls] }"),
      "2:32 targets[0].variants[1]: `tls` is listed twice",
    ],
    [
      "case numbers that YAML takes for numbers",
      `suite: { cases: [9.10] }\n${entry("use: ws")}`,
      '1:18 suite.cases[0]: must be text, not 9.1; put it in quotes: "9.10"',
    ],
    [
      "case patterns that can match nothing",
      `suite: { exclude: [utf8] }\n${entry("use: ws")}`,
      "1:20 suite.exclude[0]: a case pattern holds only digits, dots and *, such as 9.4.*",
    ],
    ["no cases", `suite: { cases: [] }\n${entry("use: ws")}`, "1:17 suite.cases: must not be empty"],
    [
      "a size without its unit",
      `limits: { memory: "512" }\n${entry("use: ws")}`,
      "1:19 limits.memory: must be a size with its unit, such as 512m or 2g",
    ],
    ["no processors", `limits: { cpus: 0 }\n${entry("use: ws")}`, "1:17 limits.cpus: must be more than 0"],
    ["an entry that is only a name", entry("ws"), "2:5 targets[0]: must be a map, such as { use: ws }"],
    [
      "an entry that names nothing",
      entry("{ name: x, roles: [server] }"),
      "2:5 targets[0]: an entry names its target by exactly one of `use`, `image`, `command` and `url`; `command` may also stand beside `image`",
    ],
    [
      "an entry that names two things",
      entry('{ name: x, command: y, url: "ws://localhost" }'),
      "2:5 targets[0]: an entry names its target by exactly one of `use`, `image`, `command` and `url`; `command` may also stand beside `image`",
    ],
    [
      "a use that has a name",
      entry("{ use: ws, name: x }"),
      "2:16 targets[0].name: `name` means nothing beside `use`; take it out",
    ],
    [
      "versions of an image",
      entry('{ image: x, name: x, roles: [server], versions: ["1"] }'),
      "2:43 targets[0].versions: `versions` means nothing beside `image`; take it out",
    ],
    [
      "a command without a name",
      entry("{ command: x, roles: [server] }"),
      "2:5 targets[0]: missing key `name`; an entry with `command` needs it",
    ],
    [
      "a command without roles",
      entry("{ command: x, name: x }"),
      "2:5 targets[0]: missing key `roles`; an entry with `command` needs it",
    ],
    [
      "an image without roles",
      entry("{ image: x, name: x }"),
      "2:5 targets[0]: missing key `roles`; an entry with `image` needs it",
    ],
    [
      "a client at a URL",
      entry('{ url: "ws://localhost", name: x, roles: [server, client] }'),
      "2:55 targets[0].roles[1]: what a URL names is a server; start the client by `command` or `image`",
    ],
    [
      "a URL that is not WebSocket's",
      entry('{ url: "https://x.org", name: x }'),
      "2:12 targets[0].url: must be a ws or wss URL",
    ],
    [
      "a URL with a fragment",
      entry('{ url: "ws://localhost/#a", name: x }'),
      "2:12 targets[0].url: a WebSocket URL has no fragment (RFC 6455, section 3)",
    ],
    [
      "a port of a URL",
      entry('{ url: "ws://localhost", name: x, port: 1 }'),
      "2:39 targets[0].port: `port` means nothing beside `url`; take it out",
    ],
    [
      "a port that is none",
      entry("{ command: x, name: x, roles: [server], port: 65536 }"),
      "2:51 targets[0].port: must be at most 65535",
    ],
    [
      "a path that is none",
      entry("{ command: x, name: x, roles: [server], path: echo }"),
      "2:51 targets[0].path: must begin with / and hold no space and no #",
    ],
    [
      "a placeholder of a command that nobody knows",
      entry('{ command: "x {prot}", name: x, roles: [server] }'),
      "2:16 targets[0].command: unknown placeholder {prot}; there is {host} {port} {url} {agent}",
    ],
    [
      "a placeholder of a variable that nobody knows",
      entry('{ command: x, name: x, roles: [server], env: { A: "{HOST}" } }'),
      "2:55 targets[0].env.A: unknown placeholder {HOST}; there is {host} {port} {url} {agent}",
    ],
    [
      "a command whose quote is not closed",
      entry(`{ command: "x 'y", name: x, roles: [server] }`),
      "2:16 targets[0].command: the quote ' at character 3 of the command is not closed",
    ],
    [
      "a variable that is a number",
      entry("{ command: x, name: x, roles: [server], env: { PORT: 9001 } }"),
      '2:58 targets[0].env.PORT: must be text, not 9001; put it in quotes: "9001"',
    ],
    [
      "a variable that could not be set",
      entry('{ command: x, name: x, roles: [server], env: { "A=B": c } }'),
      "2:52 targets[0].env.A=B: a variable's name holds only letters, digits and _",
    ],
    [
      "a name with a slash",
      entry("{ command: x, name: a/b, roles: [server] }"),
      "2:25 targets[0].name: a name holds only letters, digits and . _ + -",
    ],
  ])("refuses %s", (_, text, expected) => {
    expect(matrixLines(text)).toEqual([`matrix.yaml:${expected}`]);
  });

  it("names the problems of every entry", () => {
    const text = "targets:\n  - { use: ws, port: 1 }\n  - { use: ws, roles: [x], port: 1 }\n";
    expect(matrixLines(text)).toEqual([
      "matrix.yaml:2:16 targets[0].port: `port` means nothing beside `use`; take it out",
      "matrix.yaml:3:24 targets[1].roles[0]: no such role; roles are server, client",
    ]);
  });
});

describe("a loaded matrix", () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "matrix-test-"));
  });
  afterAll(() => rm(dir, { recursive: true }));

  async function load(text: string): ReturnType<typeof loadMatrix> {
    const file = join(dir, "matrix.yaml");
    await writeFile(file, text);
    return loadMatrix(file);
  }

  it("has every default filled in", async () => {
    const { file, suite, engine, baselines, limits, entries } = await load(entry("use: ws"));
    expect(file).toBe(join(dir, "matrix.yaml"));
    expect(suite).toEqual({ profile: "quick", extra: false, cases: ["*"], exclude: [] });
    expect(engine).toBe("auto");
    expect(baselines).toBe(join(dir, "baselines"));
    expect(limits).toEqual({});
    expect(entries).toEqual([
      { use: "ws", versions: null, roles: null, variants: ["plain"], optional: false, at: ["targets", 0] },
    ]);
  });

  it("has everything it says", async () => {
    const text = [
      'suite: { profile: full, extra: true, cases: ["1.*", 9.4.*], exclude: ["12.*"] }',
      "engine: docker",
      "baselines: ../known",
      "limits: { memory: 512m, cpus: 0.5, pids: 256 }",
      entry("{ use: ws, versions: [8.18.0], roles: [client], variants: [tls, plain], optional: true }"),
    ].join("\n");
    const { suite, engine, baselines, limits, entries } = await load(text);
    expect(suite).toEqual({ profile: "full", extra: true, cases: ["1.*", "9.4.*"], exclude: ["12.*"] });
    expect(engine).toBe("docker");
    expect(baselines).toBe(resolve(dir, "../known"));
    expect(limits).toEqual({ memoryBytes: 536_870_912, cpus: 0.5, pids: 256 });
    expect(entries).toMatchObject([
      { use: "ws", versions: ["8.18.0"], roles: ["client"], variants: ["tls", "plain"], optional: true },
    ]);
  });

  it.each([
    ["64k", 65_536],
    ["1M", 1_048_576],
    ["2g", 2_147_483_648],
  ])("takes %s of memory for %i octets", async (size, octets) => {
    const { limits } = await load(`limits: { memory: ${size} }\n${entry("use: ws")}`);
    expect(limits.memoryBytes).toBe(octets);
  });

  it("describes targets of its own", async () => {
    const { entries } = await load(
      [
        "targets:",
        '  - { name: local, command: "./server --port {port}", roles: [server, client], env: { A: "{agent}" }, path: /echo }',
        "  - { name: boxed, image: example/echo:1, roles: [server], port: 9001 }",
        "  - { name: told, image: example/echo:1, command: run it, roles: [client], root: true }",
        '  - { name: staging, url: "wss://staging.example/echo" }',
      ].join("\n"),
    );
    const own = { version: null, env: {}, port: null, path: "/" };
    expect(entries.map((one) => (one.use === null ? [one.target, one.roles] : []))).toEqual([
      [
        {
          ...own,
          kind: "command",
          name: "local",
          command: "./server --port {port}",
          env: { A: "{agent}" },
          path: "/echo",
          cwd: dir,
        },
        ["server", "client"],
      ],
      [
        {
          ...own,
          kind: "image",
          name: "boxed",
          image: "example/echo:1",
          command: null,
          port: 9001,
          root: false,
        },
        ["server"],
      ],
      [
        { ...own, kind: "image", name: "told", image: "example/echo:1", command: "run it", root: true },
        ["client"],
      ],
      [{ kind: "url", name: "staging", version: null, url: "wss://staging.example/echo" }, ["server"]],
    ]);
  });
});

describe("a matrix of flags", () => {
  it("is like one of a file", () => {
    const value = { targets: [{ name: "mine", command: "./server", roles: ["server"] }] };
    const { file, baselines, entries } = matrixFrom("command line", value, "/srv");
    expect(file).toBe("command line");
    expect(baselines).toBe(resolve("/srv/baselines"));
    expect(entries).toMatchObject([{ use: null, target: { kind: "command", cwd: resolve("/srv") } }]);
  });

  it("has problems without a line", () => {
    expect(
      linesOf(() => matrixFrom("command line", { targets: [{ url: "http://x", name: "x" }] }, ".")),
    ).toEqual(["command line: targets[0].url: must be a ws or wss URL"]);
  });
});
