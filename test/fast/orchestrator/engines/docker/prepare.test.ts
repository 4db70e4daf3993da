import { mkdtempSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { connectDocker } from "../../../../../orchestrator/engines/docker/connect.ts";
import { dockerEngine, type DockerEngineOptions } from "../../../../../orchestrator/engines/docker/docker.ts";
import { KEY } from "../../../../../orchestrator/engines/docker/labels.ts";
import type { Prepared } from "../../../../../orchestrator/engines/engine.ts";
import type { Target } from "../../../../../orchestrator/config/target.ts";
import {
  type Answer,
  type Answers,
  type FakeDocker,
  fakeDocker,
  lines,
} from "../../../../support/fake-docker.ts";
import { builtFolder, namedImage } from "../../../../support/docker-targets.ts";

const { signal } = new AbortController();
let dir = "";

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "wsmatrix-test-"));
  vi.stubEnv("WSMATRIX_CACHE", join(dir, "cache"));
  writeFileSync(join(dir, "Dockerfile"), "FROM a\n");
  writeFileSync(join(dir, "a"), "a");
});
afterEach(() => vi.unstubAllEnvs());

const id = `sha256:${"1".repeat(64)}`;

/** An engine that has built an image once it was asked to. */
function builds(build: Answer = lines({ stream: "Step 1\n" }), more: Answers = {}): Answers {
  let key: string | null = null;
  return {
    "GET /images/": (response) => {
      if (key === null) return void response.writeHead(404).end("{}");
      const Config = { User: "nobody", Labels: { [KEY]: key } };
      response.end(JSON.stringify({ Id: id, RepoTags: ["x"], RepoDigests: [], Config }));
    },
    "POST /build": (response, request) => {
      const labels = new URL(request.url!, "http://engine").searchParams.get("labels") ?? "{}";
      key = (JSON.parse(labels) as Record<string, string>)[KEY] ?? null;
      if (typeof build === "function") build(response, request);
    },
    ...more,
  };
}

async function prepare(
  docker: FakeDocker,
  target: Target,
  options: DockerEngineOptions = {},
): Promise<Prepared> {
  vi.stubEnv("DOCKER_HOST", docker.host);
  return dockerEngine(await connectDocker(), options).prepare(target, { signal });
}

const built = (docker: FakeDocker) => docker.asked.filter((asked) => asked === "POST /build").length;

describe("a folder", () => {
  const target = () => builtFolder("demo", dir, "1.0");

  it("is built with its version, and not sent again", async () => {
    await using docker = await fakeDocker(builds());
    expect(await prepare(docker, target())).toMatchObject({ digest: id, cached: false });
    const query = docker.query("POST /build");
    expect(JSON.parse(query.get("buildargs")!)).toMatchObject({ VERSION: "1.0" });
    expect(query.get("t")).toMatch(/^wsmatrix\/demo:1\.0-[0-9a-f]{12}$/);
    expect([query.get("rm"), query.get("forcerm"), query.get("version")]).toEqual(["true", "true", "1"]);
    expect(await prepare(docker, target())).toMatchObject({ digest: id, cached: true });
    expect(built(docker)).toBe(1);
  });

  it.each([
    ["another file", () => writeFileSync(join(dir, "a"), "b")],
    ["another Dockerfile", () => writeFileSync(join(dir, "Dockerfile"), "FROM b\n")],
    ["one file more", () => writeFileSync(join(dir, "b"), "")],
  ])("is built anew with %s", async (_, change) => {
    await using docker = await fakeDocker(builds());
    await prepare(docker, target());
    change();
    await prepare(docker, target());
    expect(built(docker)).toBe(2);
  });

  it("is the same whether it has a file or shares it, and is built anew with another shared one", async () => {
    await using docker = await fakeDocker(builds());
    writeFileSync(join(dir, "driver"), "driver");
    await prepare(docker, target());
    const elsewhere = mkdtempSync(join(tmpdir(), "wsmatrix-test-"));
    const source = join(elsewhere, "common");
    renameSync(join(dir, "driver"), source);
    const sharing = () => {
      const { definition, ...rest } = target();
      return { ...rest, definition: { ...definition, shared: { driver: relative(dir, source) } } };
    };
    expect(await prepare(docker, sharing())).toMatchObject({ cached: true });
    writeFileSync(source, "another");
    expect(await prepare(docker, sharing())).toMatchObject({ cached: false });
    expect(built(docker)).toBe(2);
  });

  it("is not built anew for what is no part of it", async () => {
    await using docker = await fakeDocker(builds());
    writeFileSync(join(dir, ".dockerignore"), "ignored\n");
    await prepare(docker, target());
    writeFileSync(join(dir, "target.yaml"), "name: demo");
    writeFileSync(join(dir, "ignored"), "");
    await prepare(docker, target());
    expect(built(docker)).toBe(1);
  });

  it("takes the variables of a proxy along, which change no key", async () => {
    await using docker = await fakeDocker(builds());
    vi.stubEnv("https_proxy", "http://proxy.example:3128");
    await prepare(docker, target());
    const args = JSON.parse(docker.query("POST /build").get("buildargs")!) as object;
    expect(args).toEqual(expect.objectContaining({ https_proxy: "http://proxy.example:3128" }));
    vi.stubEnv("https_proxy", "");
    await prepare(docker, target());
    expect(built(docker)).toBe(1);
  });

  it("that cannot be built is told with what the engine said last", async () => {
    const says = lines(
      { stream: "Step 1\n" },
      { stream: "oh no\n" },
      { errorDetail: { message: "exit code: 4" } },
    );
    await using docker = await fakeDocker(builds(says));
    await expect(prepare(docker, target())).rejects.toMatchObject({
      name: "PrepareError",
      kind: "build-failed",
      message: "demo 1.0 was not prepared: exit code: 4",
      logTail: "Step 1\noh no\n",
    });
  });

  it("that cannot be built for want of disk is told with what to do", async () => {
    const says = lines({ stream: "dd: No space left on device\n" }, { errorDetail: { message: "code 1" } });
    await using docker = await fakeDocker(builds(says));
    await expect(prepare(docker, target())).rejects.toThrow(/code 1: the engine's disk is full; make room/);
  });

  it("that is refused is told in the engine's own words", async () => {
    const refuses: Answer = (response) =>
      void response.writeHead(400).end('{"message":"unknown instruction: X"}');
    await using docker = await fakeDocker(builds(refuses));
    await expect(prepare(docker, target())).rejects.toThrow(
      "demo 1.0 was not prepared: unknown instruction: X",
    );
  });

  it.each([
    [
      "in the middle",
      (response: Parameters<Extract<Answer, CallableFunction>>[0]) => {
        response.write('{"stream":"Step 1"}\n', () => response.destroy());
      },
    ],
    [
      "before it begins",
      (response: Parameters<Extract<Answer, CallableFunction>>[0]) => void response.destroy(),
    ],
  ])("is no fault of the target's when the engine goes away %s of the build", async (_, goes) => {
    await using docker = await fakeDocker(builds(goes));
    const preparing = prepare(docker, target());
    await expect(preparing).rejects.toThrow(/the Docker engine does not answer any more .*--resume/);
    await expect(preparing).rejects.not.toMatchObject({ name: "PrepareError" });
  });

  it("that takes too long is given up", async () => {
    const hangs: Answer = (response) => void response.write('{"stream":"Step 1\\n"}\n');
    await using docker = await fakeDocker(builds(hangs));
    await expect(prepare(docker, target(), { buildTimeoutMs: 200 })).rejects.toMatchObject({
      message: "demo 1.0 was not prepared: the build was still going on after 0.2 s, and was ended",
      logTail: "Step 1\n",
    });
  });

  it("is built by the classic builder where BuildKit was believed to be, and is not", async () => {
    const json = { Version: "27.0", ApiVersion: "1.46", Os: "linux", Arch: "amd64" };
    await using docker = await fakeDocker(builds(undefined, { "GET /version": { json } }));
    vi.stubEnv("DOCKER_HOST", docker.host);
    expect((await connectDocker()).builder).toBe("buildkit");
    expect(await prepare(docker, target())).toMatchObject({ cached: false });
    expect(docker.asked).toContain("POST /session");
    expect(docker.query("POST /build").get("version")).toBe("1");
  });

  it("is built anew, and with new bases, when everything is to be asked for", async () => {
    await using docker = await fakeDocker(builds());
    await prepare(docker, target());
    expect(docker.query("POST /build").has("pull")).toBe(false);
    await prepare(docker, target(), { pull: "always" });
    expect(docker.query("POST /build").get("pull")).toBe("true");
    expect(built(docker)).toBe(2);
  });

  it("without a `docker` section is skipped, and no engine is asked", async () => {
    await using docker = await fakeDocker();
    const bare = builtFolder("demo", dir, "1.0", null);
    await expect(prepare(docker, bare)).rejects.toMatchObject({
      kind: "skipped",
      message: /nothing under `docker`/,
    });
    expect(docker.asked).toEqual(["GET /_ping", "GET /version"]);
  });
});

describe("an image that is named", () => {
  const reference = "example/echo:1";
  const digest = `example/echo@sha256:${"2".repeat(64)}`;
  const facts = { Id: id, RepoDigests: [digest], Config: { User: "", Labels: null } };
  const target = namedImage(reference);

  it("is fetched where it is missing, and known by its digest", async () => {
    let there = false;
    await using docker = await fakeDocker({
      "GET /images/": (response) =>
        void response.writeHead(there ? 200 : 404).end(JSON.stringify(there ? facts : {})),
      "POST /images/create": (response) => {
        there = true;
        response.end('{"status":"Pulling","id":"1"}\n');
      },
    });
    expect(await prepare(docker, target)).toMatchObject({ digest, cached: false });
    const query = docker.query("POST /images/create");
    expect([query.get("fromImage"), query.get("tag")]).toEqual(["example/echo", "1"]);
    expect(await prepare(docker, target)).toMatchObject({ digest, cached: true });
    expect(docker.asked.filter((asked) => asked === "POST /images/create")).toHaveLength(1);
  });

  it("is known by its id where no registry knows it", async () => {
    await using docker = await fakeDocker({ "GET /images/": { json: { ...facts, RepoDigests: [] } } });
    expect(await prepare(docker, target)).toMatchObject({ digest: id });
  });

  it("that may not be fetched is told, with what to do", async () => {
    await using docker = await fakeDocker({
      "POST /images/create": lines({ error: "pull access denied for x" }),
    });
    await expect(prepare(docker, target)).rejects.toMatchObject({
      kind: "build-failed",
      message:
        /boxed was not prepared: .*example\/echo:1 cannot be fetched \(pull access denied for x\): .*docker pull/,
    });
  });
});

describe("connecting", () => {
  it.each([
    ["Docker", { ApiVersion: "1.41", Components: [{ Name: "Engine" }] }, "buildkit"],
    ["an old Docker", { ApiVersion: "1.38", Components: [{ Name: "Engine" }] }, "classic"],
    ["Podman", { ApiVersion: "1.41", Components: [{ Name: "Podman Engine" }] }, "classic"],
  ])("tells what %s builds with", async (_, more, builder) => {
    const json = { Version: "4", Os: "linux", Arch: "amd64", ...more };
    await using docker = await fakeDocker({ "GET /version": { json } });
    vi.stubEnv("DOCKER_HOST", docker.host);
    expect(await connectDocker()).toMatchObject({ builder, platform: "linux/amd64", where: docker.host });
  });

  it("does not wait for ever for one that says nothing", async () => {
    await using docker = await fakeDocker({ "GET /_ping": () => {} });
    vi.stubEnv("DOCKER_HOST", docker.host);
    await expect(connectDocker(100)).rejects.toThrow(
      /no Docker engine answers at unix:.* \(nothing within 0\.1 s\)/,
    );
  });

  it("says what is wrong with DOCKER_HOST", async () => {
    vi.stubEnv("DOCKER_HOST", "tcp://:::");
    await expect(connectDocker()).rejects.toThrow(/DOCKER_HOST cannot be used/);
  });
});
