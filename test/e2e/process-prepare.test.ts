import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Prepared, PrepareError } from "../../orchestrator/engines/engine.ts";
import { type ProcessEngineOptions, processEngine } from "../../orchestrator/engines/process.ts";
import type { Target, TargetDefinition } from "../../orchestrator/config/target.ts";
import { isRunning, temporaryDir, until } from "../support/faux.ts";

let dir = "";
beforeEach(() => {
  dir = temporaryDir();
  mkdirSync(join(dir, "demo"));
  // Counts its runs outside of the folder, so that a test can tell how often something was installed.
  put(
    "install.mjs",
    `
    import { appendFileSync, writeFileSync } from "node:fs";
    const [version, log] = process.argv.slice(2);
    appendFileSync(log, version + "\\n");
    writeFileSync("library.txt", version);
    console.log("fetching", version);
    console.error("warning: old");
    await new Promise((resolve) => setTimeout(resolve, 300));`,
  );
  put(
    "server.mjs",
    `console.log(process.cwd(), (await import("node:fs")).readFileSync("library.txt", "utf8"))`,
  );
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const put = (file: string, text: string): void => writeFileSync(join(dir, "demo", file), text);
const cacheDir = (): string => join(dir, "cache");
const installs = (): readonly string[] => {
  const file = join(dir, "installs");
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
};

/** The `process` section, with only what a test is about. */
type How = Partial<NonNullable<TargetDefinition["process"]>>;

function demo(how: How = {}, version = "1.0"): Target {
  const install = [["node", "install.mjs", "{version}", join(dir, "installs")]];
  const server = ["node", "server.mjs", "{version}"];
  const definition: TargetDefinition = {
    name: "demo",
    language: "JavaScript",
    homepage: "https://example.org",
    roles: ["server"],
    versions: ["1.0", "1.1"],
    variants: [],
    capabilities: {},
    limits: {},
    settings: [],
    shared: {},
    process: { requires: ["node"], install, server, ...how },
    verified: true,
  };
  return { kind: "folder", name: "demo", version, dir: join(dir, "demo"), definition };
}

interface Options extends ProcessEngineOptions {
  readonly signal?: AbortSignal;
  readonly onOutput?: (line: string) => void;
}

function prepare(target: Target, options: Options = {}): Promise<Prepared> {
  const { signal = new AbortController().signal, onOutput = () => {}, ...rest } = options;
  return processEngine({ cacheDir: cacheDir(), graceMs: 200, ...rest }).prepare(target, { signal, onOutput });
}

const leftInCache = (): readonly string[] =>
  existsSync(join(cacheDir(), "targets")) ? readdirSync(join(cacheDir(), "targets")) : [];

describe("preparing a folder", () => {
  it("installs a version once, in the cache, and runs it there", async () => {
    const lines: string[] = [];
    const first = await prepare(demo(), { onOutput: (line) => lines.push(line) });
    expect(first).toMatchObject({ cached: false });
    expect(first.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(lines.toSorted()).toEqual(["fetching 1.0", "warning: old"]);
    expect(await prepare(demo())).toMatchObject({ cached: true, digest: first.digest });
    expect(installs()).toEqual(["1.0"]);
    expect(readdirSync(join(dir, "demo")).toSorted()).toEqual(["install.mjs", "server.mjs"]);
    expect(leftInCache()).toHaveLength(1);

    const engine = processEngine({ cacheDir: cacheDir() });
    const { signal } = new AbortController();
    const request = { role: "server", env: {}, limits: {}, logFile: null, signal } as const;
    const server = await engine.start(first, request);
    await server.exited;
    expect(server.logTail()).toBe(`${join(cacheDir(), "targets", leftInCache()[0] ?? "")} 1.0\n`);
    await server.stop();
    await expect(engine.start(first, { ...request, role: "client" })).rejects.toThrow(/no `process\.client`/);
  });

  it("installs anew for another version and when the folder changes", async () => {
    const digests = [(await prepare(demo())).digest, (await prepare(demo({}, "1.1"))).digest];
    put("server.mjs", "// changed");
    digests.push((await prepare(demo())).digest);
    expect(new Set(digests).size).toBe(3);
    expect(installs()).toEqual(["1.0", "1.1", "1.0"]);
  });

  it("makes again what was left half made", async () => {
    await prepare(demo());
    const [name = ""] = leftInCache();
    rmSync(join(cacheDir(), "targets", name, ".wsmatrix-prepared.json"));
    writeFileSync(join(cacheDir(), "targets", name, "junk"), "");
    expect(await prepare(demo())).toMatchObject({ cached: false });
    expect(existsSync(join(cacheDir(), "targets", name, "junk"))).toBe(false);
    expect(installs()).toEqual(["1.0", "1.0"]);
  });

  it("takes over from an orchestrator that was killed, and ends what that left running", async () => {
    const pidFile = join(dir, "pid");
    // Hangs the first time.
    put(
      "hang-once.mjs",
      `import { existsSync, writeFileSync } from "node:fs";
       const first = !existsSync(process.argv[2]);
       if (first) writeFileSync(process.argv[2], String(process.pid));
       if (first) setInterval(() => {}, 60_000);`,
    );
    const target = demo({ install: [["node", "hang-once.mjs", pidFile]] });
    const script = join(import.meta.dirname, "../support/preparing-run.ts");
    const killed = execa(process.execPath, [script, cacheDir(), JSON.stringify(target)], { reject: false });
    await until("it installs", () => existsSync(pidFile) && readFileSync(pidFile, "utf8") !== "");
    killed.kill("SIGKILL");
    await killed;
    const pid = Number(readFileSync(pidFile, "utf8"));
    expect(await isRunning(pid)).toBe(true);
    expect(await prepare(target)).toMatchObject({ cached: false });
    expect(await isRunning(pid)).toBe(false);
  });

  it("is done once when several want it at once, in one process and in others", async () => {
    const script = join(import.meta.dirname, "../support/preparing-run.ts");
    const run = async (): Promise<Pick<Prepared, "cached">> => {
      const { stdout } = await execa(process.execPath, [script, cacheDir(), JSON.stringify(demo())]);
      const prepared: Prepared = JSON.parse(stdout);
      return prepared;
    };
    const all = await Promise.all([run(), run(), prepare(demo()), prepare(demo())]);
    expect(all.filter(({ cached }) => !cached)).toHaveLength(1);
    expect(installs()).toEqual(["1.0"]);
  });
});

describe("preparing fails when", () => {
  it("a command of the installation fails", async () => {
    const failing = [
      "node",
      "-e",
      `console.log("x".repeat(20000)); console.error("no such version: {version}"); process.exit(4)`,
    ];
    const preparing = prepare(demo({ install: [failing, ["node", "install.mjs"]] }));
    await expect(preparing).rejects.toMatchObject({ name: "PrepareError", kind: "build-failed" });
    await expect(preparing).rejects.toThrow(/^demo 1\.0 was not prepared: `node -e .*` exited with code 4$/);
    const error: unknown = await preparing.catch((reason: unknown) => reason);
    const logTail = error instanceof PrepareError ? error.logTail : "";
    expect(logTail).toMatch(/no such version: 1\.0\n$/);
    expect(logTail.length).toBeLessThanOrEqual(16_384);
    expect(installs()).toEqual([]);
    expect(leftInCache()).toEqual([]);
  });

  it("a command is not there", async () => {
    const preparing = prepare(demo({ install: [["no-such-program", "install"]] }));
    await expect(preparing).rejects.toThrow(/`no-such-program install` was not found/);
  });

  it("a command does not come to an end", async () => {
    const hanging = ["node", "-e", "console.log(process.pid); setInterval(() => {}, 60_000)"];
    let pid = 0;
    const onOutput = (line: string): void => void (pid = Number(line));
    const preparing = prepare(demo({ install: [hanging] }), { installTimeoutMs: 2000, onOutput });
    await expect(preparing).rejects.toThrow(/was still running after 2 s and was ended$/);
    expect(pid).toBeGreaterThan(0);
    expect(await isRunning(pid)).toBe(false);
  });

  it("something that it needs is missing", async () => {
    const preparing = prepare(demo({ requires: ["node", "no-such-compiler"] }));
    await expect(preparing).rejects.toMatchObject({ name: "PrepareError", kind: "skipped" });
    await expect(preparing).rejects.toThrow(/demo needs `no-such-compiler`, not found on PATH: install it/);
    expect(leftInCache()).toEqual([]);
  });

  it("the folder is gone", async () => {
    rmSync(join(dir, "demo"), { recursive: true });
    await expect(prepare(demo())).rejects.toMatchObject({ name: "PrepareError", message: /ENOENT/ });
  });

  it("the signal is aborted, which ends the command and leaves nothing", async () => {
    const controller = new AbortController();
    const hanging = ["node", "-e", "console.log(process.pid); setInterval(() => {}, 60_000)"];
    let pid = 0;
    const onOutput = (line: string): void => void (pid = Number(line));
    const preparing = prepare(demo({ install: [hanging] }), { signal: controller.signal, onOutput });
    const settled = preparing.catch((error: unknown) => error);
    await until("it runs", () => pid > 0);
    controller.abort(new Error("enough"));
    expect(await settled).toEqual(new Error("enough"));
    expect(await isRunning(pid)).toBe(false);
    expect(leftInCache()).toEqual([]);
  });

  it("the target is none for host processes", async () => {
    const image: Target = {
      kind: "image",
      name: "i",
      version: null,
      image: "i:1",
      command: null,
      env: {},
      port: null,
      path: "/",
      root: false,
    };
    await expect(prepare(image)).rejects.toMatchObject({ kind: "skipped", message: /docker engine/ });
  });
});
