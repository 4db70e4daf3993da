import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import type { Target } from "../../config/target.ts";
import { cacheRoot } from "../cache.ts";
import { PrepareError, type PrepareOptions } from "../engine.ts";
import { acquireLock, LockTimeoutError } from "../lock.ts";
import { buildImage } from "./build.ts";
import { caFiles, trustInStages } from "./ca.ts";
import type { DockerEngineInfo } from "./connect.ts";
import { readContext } from "./context.ts";
import { digestOf, findImage, type ImageFacts, obtainImage, type PullPolicy, removeImage } from "./images.ts";
import { KEY, OURS } from "./labels.ts";
import { tarOf } from "./tar.ts";

/** How images are had. */
export interface PrepareSetup {
  readonly engine: DockerEngineInfo;
  readonly pull: PullPolicy;
  /** Certificates, as PEM, of authorities that builds trust beside the public ones. */
  readonly caCertificates: readonly string[];
  /** For one build or pull, in ms. */
  readonly timeoutMs: number;
}

/** An image that is ready. */
export interface ReadyImage {
  readonly image: ImageFacts;
  /** What another engine has to call it, to be found by a run there. */
  readonly reference: string;
  readonly digest: string;
  readonly cached: boolean;
  /** Milliseconds that it took, this time. */
  readonly duration: number;
}

type FolderTarget = Extract<Target, { kind: "folder" }>;
type ImageTarget = Extract<Target, { kind: "image" }>;

// Part of every key: what an older wsmatrix had built in another way is not taken for this one's.
const FORMAT = 1;

/** Variables that take a build through a proxy: the engine leaves them out of the image and of its history. */
const PROXY = /^(HTTPS?|FTP|NO|ALL)_PROXY$/i;

/**
 * Has the image of a folder built, unless the engine has one of the same contents: then nothing is sent to it.
 *
 * @throws {PrepareError} the build failed, or the folder says nothing under `docker`
 */
export async function prepareFolderImage(
  target: FolderTarget,
  setup: PrepareSetup,
  options: PrepareOptions,
): Promise<ReadyImage> {
  const begun = performance.now();
  const { archive, dockerfile } = await packContext(target, setup);
  const { platform } = setup.engine;
  const facts = JSON.stringify([FORMAT, target.version, platform, dockerfile]);
  const key = createHash("sha256").update(facts).update(archive).digest("hex");
  const tag = tagOf(target, key);
  const ready = (image: ImageFacts, cached: boolean): ReadyImage => {
    const duration = Math.round(performance.now() - begun);
    return { image, reference: tag, digest: image.id, cached, duration };
  };
  const reusable = async (): Promise<ImageFacts | null> => {
    const image = await findImage(setup.engine.docker, tag);
    return image?.labels[KEY] === key ? image : null;
  };
  const pull = setup.pull === "always";
  const before = await reusable();
  if (before !== null && !pull) return ready(before, true);

  const release = await lockBuild(tag, setup.timeoutMs, options.signal);
  try {
    const meanwhile = await reusable();
    if (meanwhile !== null && !pull) return ready(meanwhile, true);
    const labels = { [OURS]: "image", [KEY]: key };
    const buildArgs = { VERSION: target.version, ...proxyArgs() };
    const { timeoutMs } = setup;
    await buildImage(setup.engine, { archive, dockerfile, tag, labels, buildArgs, pull, timeoutMs }, options);
    const image = await reusable();
    if (image === null) throw new PrepareError("build-failed", `the engine built no image ${tag}`);
    if (before !== null && before.id !== image.id) await removeImage(setup.engine.docker, before.id);
    return ready(image, image.id === before?.id);
  } catch (error) {
    throw labelled(error, `${target.name} ${target.version}`);
  } finally {
    await release();
  }
}

/** Has an image that is named there. @throws {PrepareError} it cannot be had */
export async function prepareNamedImage(
  { name, image: reference }: ImageTarget,
  { engine, pull, timeoutMs }: PrepareSetup,
  options: PrepareOptions,
): Promise<ReadyImage> {
  const begun = performance.now();
  try {
    const { image, cached } = await obtainImage(engine.docker, reference, pull, timeoutMs, options);
    const digest = digestOf(reference, image);
    return { image, reference, digest, cached, duration: Math.round(performance.now() - begun) };
  } catch (error) {
    throw labelled(error, name);
  }
}

async function packContext(
  target: FolderTarget,
  { caCertificates }: PrepareSetup,
): Promise<{ readonly archive: Buffer; readonly dockerfile: string }> {
  const how = target.definition.docker;
  if (!how) {
    const remedy = "run it with the process engine, or add the section and a Dockerfile";
    throw new PrepareError("skipped", `${target.name} says nothing under \`docker\`: ${remedy}`);
  }
  const context = await readContext(
    resolve(target.dir, how.context),
    how.dockerfile,
    target.definition.shared,
  );
  const { files, dockerfile, text } = context;
  const trusting = caCertificates.length > 0;
  const content = Buffer.from(trusting ? trustInStages(text) : text);
  const added = trusting ? caFiles(caCertificates) : [];
  const archive = tarOf([...files, ...added, { path: dockerfile, content, mode: 0o644 }]);
  return { archive, dockerfile };
}

/** `wsmatrix/ws:8.23.0-0123456789ab` */
function tagOf({ name, version }: FolderTarget, key: string): string {
  const label = version.replaceAll(/[^\w.-]/g, "_").slice(0, 60);
  return `wsmatrix/${name}:${label}-${key.slice(0, 12)}`;
}

function proxyArgs(): Readonly<Record<string, string>> {
  const entries = Object.entries(process.env).filter(([name, value]) => PROXY.test(name) && value);
  return Object.fromEntries(entries) as Record<string, string>;
}

async function lockBuild(tag: string, timeoutMs: number, signal: AbortSignal): Promise<() => Promise<void>> {
  const path = join(cacheRoot(), "docker", `${tag.replaceAll(/[/:]/g, "_")}.lock`);
  try {
    return await acquireLock(path, { signal, timeoutMs });
  } catch (error) {
    if (!(error instanceof LockTimeoutError)) throw error;
    throw new PrepareError("build-failed", error.message, "", { cause: error });
  }
}

function labelled(error: unknown, label: string): unknown {
  if (!(error instanceof PrepareError)) return error;
  return new PrepareError(error.kind, `${label} was not prepared: ${error.message}`, error.logTail, {
    cause: error,
  });
}
