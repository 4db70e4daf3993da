import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatProblem } from "../../../orchestrator/config/problem.ts";
import { folderTarget, listTargets, loadTarget, targetLabel } from "../../../orchestrator/config/target.ts";
import { rejectedLines, targetLines, targetText } from "./samples.ts";

describe("target.yaml", () => {
  it("may say everything there is to say", () => {
    const text = targetText(
      "basedOn: tungstenite",
      "capabilities: { deflate: true, tls: false, subprotocols: true }",
      "limits: { maxMessage: 268435456, maxFrame: 1, subprotocols: [b, a], paths: [/, /x] }",
      'settings: [{ setting: a, value: "256 MiB", why: b, roles: [server], changesVerdicts: true }, { setting: c, value: false, why: d }]',
      'process: { requires: [node], install: [[npm, install, "ws@{version}"]], server: [x, "{host}:{port}"], client: [x, "{url}", "{agent}"] }',
      'docker: { context: "..", dockerfile: Containerfile, server: [a], client: [b] }',
      "concurrency: 64",
    );
    expect(targetLines(text)).toEqual([]);
  });

  it.each([
    [
      "a role that does not exist",
      "roles: [sever]",
      "4:9 roles[0]: no such role; roles are server, client; did you mean `server`?",
    ],
    [
      "a role that is there twice",
      "roles: [server, client, server]",
      "4:25 roles[2]: `server` is listed twice",
    ],
    [
      "a version that YAML takes for a number",
      "versions: [8.23.0, 16.0]",
      '5:20 versions[1]: must be text, not 16; put it in quotes: "16.0"',
    ],
    [
      "a version that would be an option",
      'versions: ["--global"]',
      "5:12 versions[0]: a version holds only letters, digits and . + _ -",
    ],
    ["no version", "versions: []", "5:11 versions: must not be empty"],
    ["a name that is no folder's", "name: Ws", "1:7 name: a target's name holds only a-z, 0-9 and -"],
    ["a home page that is no URL", "homepage: example.org", "3:11 homepage: must be an http or https URL"],
    [
      "a home page that is a script",
      "homepage: 'javascript:alert(1)'",
      "3:11 homepage: must be an http or https URL",
    ],
    [
      "a capability that nobody knows",
      "capabilities: { deflat: true }",
      "8:17 capabilities: unknown key `deflat`; did you mean `deflate`?",
    ],
    [
      "shared files beside a build context of another folder",
      'shared: { x.mjs: ../_shared/x.mjs }\ndocker: { context: ".." }',
      "8:1 shared: shared files are put into the folder, which is not the build context; let `docker.context` be the folder, or take this out",
    ],
    [
      "a shared file that would leave the folder",
      "shared: { ../x.mjs: ../_shared/x.mjs }",
      "8:11 shared.../x.mjs: must be a path below the folder, with /",
    ],
    [
      "one subprotocol alone",
      "limits: { subprotocols: [a] }",
      "8:25 limits.subprotocols: must have two at least, so that one can be chosen",
    ],
    [
      "a subprotocol that is none",
      "limits: { subprotocols: [a, b c] }",
      "8:29 limits.subprotocols[1]: a subprotocol is a token",
    ],
    [
      "a path of a file",
      "limits: { paths: [x] }",
      "8:19 limits.paths[0]: a path begins with `/` and has no blanks",
    ],
    ["a limit that is none", "limits: { maxFrame: 0 }", "8:21 limits.maxFrame: must be at least 1"],
    [
      "a setting without a reason",
      "settings: [{ setting: a, value: b }]",
      "8:12 settings[0]: missing key `why`",
    ],
    [
      "a placeholder that nobody knows",
      'process: { server: [x], client: [x], install: [[npm, "ws@{versoin}"]] }',
      "6:54 process.install[0][1]: unknown placeholder {versoin}; there is {version}",
    ],
    [
      "a port before there is one",
      'process: { server: [x], client: [x], install: [[x, "{port}"]] }',
      "6:52 process.install[0][1]: unknown placeholder {port}; there is {version}",
    ],
    [
      "a command that is one text",
      "process: { server: run, client: [x] }",
      "6:20 process.server: must be a list, not the text `run`; write a list: [run]",
    ],
    [
      "a role that nothing starts",
      "process: { server: [x] }",
      "6:10 process: nothing says how the client is started; add `process.client`, or take `client` out of `roles`",
    ],
    [
      "a key of docker that nobody knows",
      "docker: { dockerFile: x }",
      "8:11 docker: unknown key `dockerFile`; did you mean `dockerfile`?",
    ],
    ["half a connection", "concurrency: 0.5", "8:14 concurrency: must be a whole number, not 0.5"],
    ["no word on whether it was verified", "verified: ", "7:1 verified: must be true or false, not empty"],
  ])("refuses %s", (_, line, expected) => {
    expect(targetLines(targetText(line))).toEqual([`target.yaml:${expected}`]);
  });

  it("refuses a command for a role that it does not have", () => {
    expect(targetLines(targetText("roles: [server]", "docker: { client: [x] }"))).toEqual([
      "target.yaml:6:40 process.client: `client` is not among the roles; add it to `roles`, or take this out",
      "target.yaml:8:11 docker.client: `client` is not among the roles; add it to `roles`, or take this out",
    ]);
  });

  it("needs no process section where there is an image to build", () => {
    const text = targetText("docker: {}").replace(/^process:.*\n/m, "");
    expect(targetLines(text)).toEqual([]);
    expect(targetLines(text.replace(/^docker:.*\n/m, ""))).toEqual([
      "target.yaml:1:1: nothing says how the server is started; add `process.server`, or take `server` out of `roles`",
      "target.yaml:1:1: nothing says how the client is started; add `process.client`, or take `client` out of `roles`",
    ]);
  });

  it("leaves the shell's own braces and those around no word alone", () => {
    const text = targetText(`process: { server: [sh, -c, 'echo \${HOME} {} { "a": 1 }'], client: [x] }`);
    expect(targetLines(text)).toEqual([]);
  });
});

describe("folders", () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "target-test-"));
    const write = async (folder: string, text: string): Promise<void> => {
      await mkdir(join(dir, folder));
      await writeFile(join(dir, folder, "target.yaml"), text);
    };
    await write("ws", targetText());
    await write("aiohttp", targetText("name: aiohttp"));
    await write("other", targetText());
    await write("wrong", targetText("name: wrong", "roles: [sever]"));
    await mkdir(join(dir, "empty"));
    await mkdir(join(dir, ".hidden"));
    await mkdir(join(dir, "node_modules"));
    await writeFile(join(dir, "README.md"), "");
  });
  afterAll(() => rm(dir, { recursive: true }));

  it("are loaded with their defaults", async () => {
    const folder = await loadTarget(join(dir, "ws"));
    expect(folder.dir).toBe(join(dir, "ws"));
    expect(folder.definition).toEqual({
      name: "ws",
      language: "JavaScript",
      homepage: "https://example.org/ws",
      roles: ["server", "client"],
      versions: ["8.23.0", "8.18.0"],
      capabilities: {},
      limits: {},
      variants: [],
      settings: [],
      shared: {},
      process: { requires: [], install: [], server: ["node", "server.mjs"], client: ["node", "client.mjs"] },
      verified: true,
    });
  });

  it("share files that are there, and that they do not have themselves", async () => {
    const own = join(dir, "sharing");
    await mkdir(join(own, "lib"), { recursive: true });
    await writeFile(join(own, "lib", "mine.mjs"), "");
    await writeFile(join(dir, "common.mjs"), "");
    const write = (shared: string) =>
      writeFile(
        join(own, "target.yaml"),
        targetText(`shared: ${shared}`).replace("name: ws", "name: sharing"),
      );
    await write("{ lib/driver.mjs: ../common.mjs }");
    expect((await loadTarget(own)).definition.shared).toEqual({ "lib/driver.mjs": "../common.mjs" });
    await write("{ lib/mine.mjs: ../common.mjs, b.mjs: ../gone.mjs }");
    expect(await rejectedLines(loadTarget(own))).toEqual([
      expect.stringContaining("the folder has a `lib/mine.mjs` of its own"),
      expect.stringContaining("there is no file `../gone.mjs`"),
    ]);
    await rm(own, { recursive: true });
  });

  it("must be named as the target is", async () => {
    const file = join(dir, "other", "target.yaml");
    expect(await rejectedLines(loadTarget(join(dir, "other")))).toEqual([
      `${file}:1:7 name: the name must be that of the folder, \`other\``,
    ]);
  });

  it("are listed, those with a mistake beside the sound ones", async () => {
    const { targets, broken } = await listTargets(dir);
    expect(targets.map(({ definition }) => definition.name)).toEqual(["aiohttp", "ws"]);
    expect(broken.map(({ name }) => name)).toEqual(["empty", "other", "wrong"]);
    expect(broken.flatMap(({ problems }) => problems.map(formatProblem))).toEqual([
      `${join(dir, "empty", "target.yaml")}: there is no such file`,
      expect.stringContaining("the name must be that of the folder"),
      expect.stringContaining("no such role"),
    ]);
  });

  it("that are not there are a ConfigError", async () => {
    const missing = join(dir, "missing");
    expect(await rejectedLines(listTargets(missing))).toEqual([`${missing}: cannot be listed (ENOENT)`]);
  });

  it("become targets, one a version", async () => {
    const folder = await loadTarget(join(dir, "ws"));
    const target = folderTarget(folder, "8.18.0");
    expect(target).toEqual({ kind: "folder", name: "ws", version: "8.18.0", ...folder });
    expect(targetLabel(target)).toBe("ws@8.18.0");
    expect(targetLabel({ kind: "url", name: "mine", version: null, url: "ws://localhost" })).toBe("mine");
  });
});

it("the targets of this repository are sound", async () => {
  const { targets, broken } = await listTargets(fileURLToPath(new URL("../../../targets", import.meta.url)));
  expect(broken).toEqual([]);
  expect(targets.length).toBeGreaterThan(0);
});
