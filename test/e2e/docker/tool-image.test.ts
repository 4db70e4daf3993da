import { chmodSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { dockerEngine } from "../../../orchestrator/engines/docker/docker.ts";
import { faux } from "../../support/cli.ts";
import { here, noEngine } from "../../support/docker.ts";
import { builtFolder } from "../../support/docker-targets.ts";
import { until } from "../../support/faux.ts";
import { freePort } from "../../support/free-port.ts";

const root = join(import.meta.dirname, "..", "..", "..");
let image = "";
const started: string[] = [];

const docker = (...args: readonly string[]) => execa("docker", args, { all: true, reject: false });

/** Folders as people mount them: what others are to write is writable. */
function folders(spec: object): { config: string; reports: string } {
  const dir = mkdtempSync(join(tmpdir(), "wsmatrix-test-"));
  const [config, reports] = [join(dir, "config"), join(dir, "reports")];
  for (const folder of [config, reports]) mkdirSync(folder);
  chmodSync(reports, 0o777);
  chmodSync(dir, 0o755);
  writeFileSync(join(config, "fuzzingserver.json"), JSON.stringify(spec));
  return { config, reports };
}

/** Starts the image with no command, as Autobahn's users do. */
async function serve(
  config: string,
  reports: string,
  ...flags: string[]
): Promise<{ id: string; url: string }> {
  const port = await freePort();
  const mounts = ["-v", `${config}:/config:ro`, "-v", `${reports}:/reports`];
  const {
    stdout: id,
    all,
    exitCode,
  } = await docker("run", "-d", "-p", `127.0.0.1:${port}:9001`, ...mounts, ...flags, image);
  if (exitCode !== 0) throw new Error(all);
  started.push(id);
  await listening(id, 1);
  return { id, url: `ws://127.0.0.1:${port}` };
}

/** Waits for the server to say for the nth time that it listens. */
async function listening(id: string, times: number): Promise<void> {
  await until(
    "the server listens",
    async () => (await docker("logs", id)).all.split("listening at port").length > times,
  );
}

const drive = (url: string, agent: string) =>
  execa({ shell: true, env: { FUZZER_URL: url, AGENT: agent }, reject: false })`${faux("echo-client")}`;

const index = (reports: string): Record<string, object> =>
  JSON.parse(readFileSync(join(reports, "clients", "index.json"), "utf8")) as Record<string, object>;

const spec = {
  url: "ws://127.0.0.1:9001",
  outdir: "./reports/clients",
  cases: ["1.1.*"],
  "exclude-cases": [],
};

describe.skipIf(noEngine)("the image of the tool", () => {
  beforeAll(async () => {
    const tool = builtFolder("tool", root, "1.0", { dockerfile: "images/wsmatrix/Dockerfile" });
    const { signal } = new AbortController();
    image = (await dockerEngine(here()).prepare(tool, { signal })).digest;
  }, 900_000);

  afterAll(async () => {
    for (const id of started) await docker("rm", "-f", id);
    await docker("rmi", "-f", image);
  });

  it("is Autobahn's fuzzing server by default: driven, restarted, and stopped at once", async () => {
    const { config, reports } = folders(spec);
    const { id, url } = await serve(config, reports);
    expect((await drive(url, "mine")).exitCode).toBe(0);
    expect(Object.keys(index(reports)["mine"]!)).toHaveLength(8);
    await docker("restart", id);
    await listening(id, 2);
    expect((await drive(url, "again")).exitCode).toBe(0);
    expect(Object.keys(index(reports)["again"]!)).toHaveLength(8);
    const before = Date.now();
    await docker("stop", "--time", "60", id);
    expect(Date.now() - before).toBeLessThan(30_000);
    expect((await docker("inspect", "-f", "{{.State.ExitCode}} {{.Config.User}}", id)).stdout).toBe("0 node");
  });

  it("runs as whoever it is told to, and writes reports as they", async () => {
    const { config, reports } = folders(spec);
    const { url } = await serve(config, reports, "-u", "12345:23456", "--init");
    expect((await drive(url, "mine")).exitCode).toBe(0);
    expect(statSync(join(reports, "clients", "index.json"))).toMatchObject({ uid: 12345, gid: 23456 });
  });

  it("has wstest where Autobahn's image has it, and every other command", async () => {
    const wstest = await docker("run", "--rm", "--entrypoint", "/usr/local/bin/wstest", image, "--help");
    expect(wstest).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("--mode") });
    const list = await docker("run", "--rm", image, "wsmatrix", "list");
    expect(list).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("gorilla") });
  });
});
