import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { afterAll, describe, expect, it } from "vitest";

import type { DockerEngineInfo } from "../../../orchestrator/engines/docker/connect.ts";
import { dockerEngine, type DockerEngineOptions } from "../../../orchestrator/engines/docker/docker.ts";
import type { PrepareError, Prepared, PrepareOptions } from "../../../orchestrator/engines/engine.ts";
import { fauxImage, here, noEngine } from "../../support/docker.ts";
import { builtFolder, namedImage } from "../../support/docker-targets.ts";

const { signal } = new AbortController();
const built = new Set<string>();

afterAll(async () => {
  for (const id of built) await here().docker.getImage(id).remove({ force: true });
});

/** A folder with a Dockerfile. */
function folder(dockerfile: string, files: Readonly<Record<string, string>> = {}): string {
  const dir = mkdtempSync(join(tmpdir(), "wsmatrix-test-"));
  for (const [name, text] of Object.entries({ Dockerfile: dockerfile, ...files }))
    writeFileSync(join(dir, name), text);
  return dir;
}

/** The engine of this machine, and the requests that it is sent. */
function watched(builder: DockerEngineInfo["builder"]): { info: DockerEngineInfo; paths: string[] } {
  const paths: string[] = [];
  const { modem } = here().docker as unknown as { modem: { dial: (request: { path: string }) => void } };
  const spy = Object.assign(Object.create(modem) as typeof modem, {
    dial: (request: { path: string }, ...rest: []) => {
      paths.push(request.path.replace(/[/?].*/, (rest_) => rest_.split("?")[0]!));
      return modem.dial(request, ...rest);
    },
  });
  const docker = new Docker({ modem: spy } as Docker.DockerOptions) as unknown as DockerEngineInfo["docker"];
  return { info: { ...here(), docker, builder }, paths };
}

async function prepare(
  target: ReturnType<typeof builtFolder>,
  { info = here(), ...options }: DockerEngineOptions & { readonly info?: DockerEngineInfo } = {},
  how: Partial<PrepareOptions> = {},
): Promise<Prepared> {
  const prepared = await dockerEngine(info, options).prepare(target, { signal, ...how });
  built.add(prepared.digest);
  return prepared;
}

const failureOf = (preparing: Promise<unknown>): Promise<PrepareError> =>
  preparing.then(
    () => expect.unreachable("it was built"),
    (error: unknown) => error as PrepareError,
  );

const unique = `${process.pid}-${Date.now()}`;

describe.skipIf(noEngine).each(["buildkit", "classic"] as const)("a build by %s", (builder) => {
  const name = `test-${builder}`;

  it("makes an image once, and sends nothing where there is one of the same contents", async () => {
    const { info, paths } = watched(builder);
    const dir = folder("FROM debian:bookworm-slim\nARG VERSION\nCOPY a /a\nRUN echo $VERSION-$(cat /a)\n", {
      a: unique,
      "target.yaml": "is not part of it",
    });
    const lines: string[] = [];
    const first = await prepare(
      builtFolder(name, dir, "1.2"),
      { info },
      { onOutput: (line) => lines.push(line) },
    );
    expect(first.cached).toBe(false);
    expect(first.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(lines.join("\n")).toContain(`1.2-${unique}`);
    expect(paths.filter((path) => path === "/build")).toHaveLength(1);
    expect(paths.includes("/session")).toBe(builder === "buildkit");

    writeFileSync(join(dir, "target.yaml"), "changed");
    const second = await prepare(builtFolder(name, dir, "1.2"), { info });
    expect(second).toMatchObject({ cached: true, digest: first.digest });
    expect(paths.filter((path) => path === "/build")).toHaveLength(1);
  });

  it("is done anew for another version, another file and another mode", async () => {
    const dir = folder("FROM debian:bookworm-slim\nARG VERSION\nCOPY a /a\n", { a: unique });
    const { info, paths } = watched(builder);
    await prepare(builtFolder(name, dir, "1"), { info });
    await prepare(builtFolder(name, dir, "2"), { info });
    writeFileSync(join(dir, "a"), `${unique} changed`);
    await prepare(builtFolder(name, dir, "2"), { info });
    expect(paths.filter((path) => path === "/build")).toHaveLength(3);
  });

  it("is done once for all who want it at the same time", async () => {
    const dir = folder("FROM debian:bookworm-slim\nCOPY a /a\nRUN sleep 1\n", { a: `${unique} once` });
    const { info, paths } = watched(builder);
    const all = await Promise.all([1, 2, 3].map(() => prepare(builtFolder(name, dir), { info })));
    expect(new Set(all.map(({ digest }) => digest)).size).toBe(1);
    expect(all.filter(({ cached }) => cached)).toHaveLength(2);
    expect(paths.filter((path) => path === "/build")).toHaveLength(1);
  });

  it("that fails is told with the end of its output, and leaves nothing", async () => {
    const text = `FROM debian:bookworm-slim\nRUN echo ${unique} > /x\nRUN for i in $(seq 3000); do echo line $i; done; sleep 1; echo oh no >&2; exit 4\n`;
    const error = await failureOf(prepare(builtFolder(name, folder(text)), { info: { ...here(), builder } }));
    expect(error).toMatchObject({ name: "PrepareError", kind: "build-failed" });
    expect(error.message).toMatch(
      new RegExp(`^${name} 1\\.0 was not prepared: .*(exit code: 4|returned a non-zero code: 4)`),
    );
    expect(error.logTail).toContain("line 3000\n");
    expect(error.logTail).toContain("oh no\n");
    expect(error.logTail).not.toContain("line 1\n");
    expect(await danglingOf(unique)).toEqual([]);
  });

  it("that goes on for too long, or is not wanted any more, is ended", async () => {
    const dir = folder(`FROM debian:bookworm-slim\nRUN echo ${unique}; sleep 60\n`);
    const info = { ...here(), builder };
    const late = await failureOf(prepare(builtFolder(name, dir), { info, buildTimeoutMs: 2500 }));
    expect(late.message).toContain("still going on after 2.5 s, and was ended");
    const controller = new AbortController();
    const onOutput = (line: string): void => {
      if (line.includes(unique)) controller.abort(new Error("enough"));
    };
    const given = prepare(builtFolder(name, dir), { info }, { signal: controller.signal, onOutput });
    await expect(given).rejects.toThrow("enough");
  });

  it("of nonsense is told", async () => {
    const nonsense = builtFolder(name, folder("FROM debian:bookworm-slim\nNONSENSE x\n"));
    const error = await failureOf(prepare(nonsense, { info: { ...here(), builder } }));
    expect(error.message).toMatch(/unknown instruction: NONSENSE/i);
    const none = await failureOf(prepare(builtFolder(name, tmpdir(), "1.0", { dockerfile: "none" })));
    expect(none.message).toMatch(/the Dockerfile \S+none cannot be read \(ENOENT\)/);
  });

  it("gets the files that .dockerignore leaves, and no others", async () => {
    const dir = folder(`FROM debian:bookworm-slim\nCOPY . /all\nRUN ls -A /all; echo ${unique}\n`, {
      ".dockerignore": "*\n!kept*\nkept-not\n",
      kept: "1",
      "kept-not": "2",
      other: "3",
    });
    const lines: string[] = [];
    const onOutput = (line: string): void => void lines.push(line.trim());
    await prepare(builtFolder(name, dir), { info: { ...here(), builder } }, { onOutput });
    expect(lines).toContain("kept");
    expect(lines).not.toContain("kept-not");
    expect(lines).not.toContain("other");
    expect(lines).not.toContain(".dockerignore");
  });
});

describe.skipIf(noEngine)("an image that is named", () => {
  it("is taken as it is where it is there, whatever is allowed", async () => {
    const image = await fauxImage();
    for (const pull of ["missing", "never"] as const) {
      const prepared = await dockerEngine(here(), { pull }).prepare(namedImage(image), { signal });
      expect(prepared).toMatchObject({ cached: true, digest: image });
    }
  });

  // Port 1 of loopback is a registry that nobody runs.
  it.each([
    ["never", /is not in the engine, and --pull never/],
    ["missing", /cannot be fetched .*refused/],
    ["always", /cannot be fetched .*refused/],
  ] as const)("and cannot be had is told, with --pull %s", async (pull, message) => {
    const target = namedImage("127.0.0.1:1/nobody/has:this");
    const error = await failureOf(dockerEngine(here(), { pull }).prepare(target, { signal }));
    expect(error).toMatchObject({ kind: "build-failed", message: expect.stringMatching(message) as string });
  });
});

/** Images without a name that were made by a step with that word in it. */
async function danglingOf(word: string): Promise<readonly string[]> {
  const { docker } = here();
  const list = await docker.listImages({ filters: JSON.stringify({ dangling: ["true"] }) });
  const facts = await Promise.all(
    list.map(({ Id }) =>
      docker
        .getImage(Id)
        .inspect({})
        .catch(() => null),
    ),
  );
  return facts.filter((image) => JSON.stringify(image).includes(word)).map((image) => image?.Id ?? "");
}
