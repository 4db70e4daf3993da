import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

import { loadImages, saveImages } from "../../../orchestrator/engines/docker/archive.ts";
import { dockerEngine } from "../../../orchestrator/engines/docker/docker.ts";
import { here, noEngine } from "../../support/docker.ts";
import { builtFolder } from "../../support/docker-targets.ts";

const { signal } = new AbortController();
const built = new Set<string>();

afterAll(async () => {
  for (const name of built)
    await here()
      .docker.getImage(name)
      .remove({ force: true })
      .catch(() => undefined);
});

/** A folder that is built on a base that is there, and like no other. */
function folder(name: string): ReturnType<typeof builtFolder> {
  const dir = mkdtempSync(join(tmpdir(), "wsmatrix-test-"));
  writeFileSync(join(dir, "Dockerfile"), "FROM node:24-bookworm-slim\nARG VERSION\nCOPY unique /\n");
  writeFileSync(join(dir, "unique"), dir);
  return builtFolder(name, dir);
}

describe.skipIf(noEngine)("images on their way to another machine", () => {
  it("are found there by a run, which then builds nothing; layers that they share travel once", async () => {
    const targets = [folder("first"), folder("second")];
    const engine = dockerEngine(here());
    const prepared = await Promise.all(targets.map((target) => engine.prepare(target, { signal })));
    expect(prepared.map(({ cached }) => cached)).toEqual([false, false]);
    const images = prepared.map((one) => engine.archived(one)!);
    for (const { reference } of images) built.add(reference);
    const dir = join(mkdtempSync(join(tmpdir(), "wsmatrix-test-")), "images");
    await saveImages(here().docker, images, dir);
    const alone = join(dir, "..", "alone");
    await saveImages(here().docker, images.slice(0, 1), alone);
    const octets = (folder_: string) => statSync(join(folder_, "images.tar.gz")).size;
    expect(octets(dir)).toBeLessThan(octets(alone) * 1.1);

    expect(await loadImages(here().docker, dir)).toEqual({ all: images, loaded: [] });
    await here().docker.getImage(images[0]!.reference).remove({ force: true });
    expect(await loadImages(here().docker, dir)).toEqual({ all: images, loaded: [images[0]] });
    const again = await dockerEngine(here()).prepare(targets[0]!, { signal });
    expect(again).toMatchObject({ cached: true, digest: prepared[0]!.digest });
    rmSync(dir, { recursive: true });
  });

  it("are a mistake where the folder holds none, or something else", async () => {
    const dir = mkdtempSync(join(tmpdir(), "wsmatrix-test-"));
    await expect(loadImages(here().docker, dir)).rejects.toThrow(/images\.json cannot be read \(ENOENT\)/);
    writeFileSync(join(dir, "images.json"), "{}");
    await expect(loadImages(here().docker, dir)).rejects.toThrow(/not a list of images/);
  });

  it("may be none at all", async () => {
    const dir = join(mkdtempSync(join(tmpdir(), "wsmatrix-test-")), "none");
    await saveImages(here().docker, [], dir);
    expect(JSON.parse(readFileSync(join(dir, "images.json"), "utf8"))).toEqual({ schema: 1, images: [] });
    expect(await loadImages(here().docker, dir)).toEqual({ all: [], loaded: [] });
  });
});
