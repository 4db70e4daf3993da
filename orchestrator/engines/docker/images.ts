import type { DockerClient } from "./client.ts";
import { type PrepareOptions, PrepareError } from "../engine.ts";
import { BuildOutput } from "./build-output.ts";
import { call, refusalOf, statusOf } from "./calls.ts";
import { readJsonStream } from "./json-stream.ts";

/** When images that are named are asked of their registry. */
export const PULL_POLICIES = ["missing", "always", "never"] as const;
/** One of them. */
export type PullPolicy = (typeof PULL_POLICIES)[number];

/** An image that the engine has. */
export interface ImageFacts {
  readonly id: string;
  /** The user that it names, or "". */
  readonly user: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `name@sha256:...`, as registries know it. */
  readonly repoDigests: readonly string[];
}

/** What the engine says of an image; null when it does not have it. */
export async function findImage(docker: DockerClient, reference: string): Promise<ImageFacts | null> {
  try {
    const facts = await call("show an image", (abortSignal) =>
      docker.getImage(reference).inspect({ abortSignal }),
    );
    return {
      id: facts.Id,
      user: facts.Config?.User ?? "",
      labels: facts.Config?.Labels ?? {},
      repoDigests: facts.RepoDigests ?? [],
    };
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

/**
 * Has an image that is named there, from its registry if need be.
 *
 * @returns the image, and whether it was there already
 * @throws {PrepareError} it cannot be had
 */
export async function obtainImage(
  docker: DockerClient,
  reference: string,
  policy: PullPolicy,
  timeoutMs: number,
  options: PrepareOptions,
): Promise<{ readonly image: ImageFacts; readonly cached: boolean }> {
  const before = await findImage(docker, reference);
  if (before !== null && policy !== "always") return { image: before, cached: true };
  if (policy === "never") {
    const message = `the image ${reference} is not in the engine, and --pull never forbids to fetch it`;
    throw new PrepareError("build-failed", message);
  }
  await pull(docker, reference, timeoutMs, options);
  const image = await findImage(docker, reference);
  if (image === null) throw new PrepareError("build-failed", `the image ${reference} was not fetched`);
  return { image, cached: image.id === before?.id };
}

async function pull(
  docker: DockerClient,
  reference: string,
  timeoutMs: number,
  { signal, onOutput }: PrepareOptions,
): Promise<void> {
  const output = new BuildOutput();
  let failure: string | null = null;
  try {
    await call(
      `fetch ${reference}`,
      async (abortSignal) => {
        const stream = await docker.pull(withTag(reference), { abortSignal });
        abortSignal.addEventListener("abort", () => stream.destroy(new Error("given up")), { once: true });
        await readJsonStream(stream, (value) => {
          for (const said of output.read(value)) {
            if (said.kind === "failure") failure ??= said.message;
            if (said.kind === "text") onOutput?.(said.text.trimEnd());
          }
        });
      },
      { signal, timeoutMs },
    );
  } catch (error) {
    if (statusOf(error) === null) throw error;
    failure = refusalOf(error);
  }
  if (failure !== null) throw new PrepareError("build-failed", describe(reference, failure));
}

/** Without a tag, the engine would fetch all there are. */
function withTag(reference: string): string {
  return /[:@][^/]*$/.test(reference) ? reference : `${reference}:latest`;
}

function describe(reference: string, refusal: string): string {
  const remedy = /denied|unauthorized|authentication/i.test(refusal)
    ? ": fetch it with `docker pull`, which knows your credentials, and run again"
    : "";
  return `the image ${reference} cannot be fetched (${refusal})${remedy}`;
}

/** Removes an image whose name another one has now, unless something uses it. */
export async function removeImage(docker: DockerClient, id: string): Promise<void> {
  await call("remove an image", (abortSignal) => docker.getImage(id).remove({ abortSignal })).catch(
    () => undefined,
  );
}

/** What a registry knows the image by, or else its id. */
export function digestOf(reference: string, { id, repoDigests }: ImageFacts): string {
  const name = reference.replace(/[:@][^/]*$/, "");
  return repoDigests.find((digest) => digest.startsWith(`${name}@`)) ?? id;
}
