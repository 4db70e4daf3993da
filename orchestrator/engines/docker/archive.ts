import { createReadStream, createWriteStream, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";

import type { Readable } from "node:stream";
import { z } from "zod";

import { writeJsonAtomically } from "../../results/atomic-file.ts";
import { parseJson } from "../cache.ts";
import { codeOf } from "../failure.ts";
import type { DockerClient } from "./client.ts";
import { findImage } from "./images.ts";
import { readJsonStream } from "./json-stream.ts";
import { KEY } from "./labels.ts";

/** What only this module uses of dockerode; its published types lack the first and are wrong about the second. */
interface ArchiveClient {
  getImages(options: { readonly names: readonly string[] }): Promise<Readable>;
  loadImage(archive: Readable, options: { readonly quiet: boolean }): Promise<Readable>;
}

/** Images that were prepared in one place, in a folder on their way to another. */
const ARCHIVE = "images.tar.gz";
const LIST = "images.json";

const listSchema = z.object({
  schema: z.literal(1),
  images: z.array(z.object({ reference: z.string().min(1), key: z.string().nullable() })),
});

/** An image as a later run looks for it. */
export interface ArchivedImage {
  /** The name that the run knows it by. */
  readonly reference: string;
  /** Of its contents, where it was built from a folder; null of an image that somebody else has built. */
  readonly key: string | null;
}

/** A folder that holds no images, or not all that it says. The message says what to do. */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
}

/** Writes images into a folder, with layers that several of them share only once. */
export async function saveImages(
  docker: DockerClient,
  images: readonly ArchivedImage[],
  folder: string,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  rmSync(join(folder, LIST), { force: true });
  if (images.length > 0) {
    const engine = docker as unknown as ArchiveClient;
    const stream = await engine.getImages({ names: images.map(({ reference }) => reference) });
    await pipeline(stream, createGzip({ level: 1 }), createWriteStream(join(folder, ARCHIVE)));
  }
  writeJsonAtomically(join(folder, LIST), { schema: 1, images });
}

/**
 * Hands the images of a folder to an engine.
 *
 * @returns all that are in the folder, and those that the engine did not have
 * @throws {ArchiveError} the folder holds no images, or the engine has not all of them afterwards
 */
export async function loadImages(
  docker: DockerClient,
  folder: string,
): Promise<{ readonly all: readonly ArchivedImage[]; readonly loaded: readonly ArchivedImage[] }> {
  const all = readList(folder);
  const lacking = await without(docker, all);
  if (lacking.length === 0) return { all, loaded: [] };
  const engine = docker as unknown as ArchiveClient;
  const packed = createReadStream(join(folder, ARCHIVE));
  const unpacked = createGunzip();
  const feeding = pipeline(packed, unpacked);
  const answer = await engine.loadImage(unpacked, { quiet: true });
  await Promise.all([feeding, readJsonStream(answer, () => {})]);
  const still = await without(docker, lacking);
  if (still.length === 0) return { all, loaded: lacking };
  throw new ArchiveError(
    `${folder}: the engine did not take ${still.map(({ reference }) => reference).join(", ")}`,
  );
}

async function without(
  docker: DockerClient,
  images: readonly ArchivedImage[],
): Promise<readonly ArchivedImage[]> {
  const found = await Promise.all(
    images.map(async (image) => ({ image, facts: await findImage(docker, image.reference) })),
  );
  const isThere = ({ image, facts }: (typeof found)[number]): boolean =>
    facts !== null && (image.key === null || facts.labels[KEY] === image.key);
  return found.filter((one) => !isThere(one)).map(({ image }) => image);
}

function readList(folder: string): readonly ArchivedImage[] {
  let text: string;
  try {
    text = readFileSync(join(folder, LIST), "utf8");
  } catch (error) {
    const remedy = "name a folder that `build --save` wrote";
    throw new ArchiveError(`${join(folder, LIST)} cannot be read (${codeOf(error)}): ${remedy}`, {
      cause: error,
    });
  }
  const parsed = listSchema.safeParse(parseJson(text));
  if (!parsed.success)
    throw new ArchiveError(`${join(folder, LIST)}: not a list of images; the file was damaged`);
  return parsed.data.images;
}
