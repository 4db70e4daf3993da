import type { Duplex, Readable } from "node:stream";
import Docker from "dockerode";
import { statusOf } from "./calls.ts";
import type { DockerClient } from "./client.ts";

/** How an engine is asked to build. */
export type Builder = "buildkit" | "classic";

/** The engine has no BuildKit, whatever its version makes believe. */
export class NoBuildKitError extends Error {
  override readonly name = "NoBuildKitError";
}

/** A build that goes on. */
export interface BuildStream {
  /** The answer of the engine. */
  readonly stream: Readable;
  /** Gives the engine back what the build used; ends it when it goes on still. */
  readonly close: () => void;
}

/** Calls of dockerode's own that a build with BuildKit is made of. */
interface Modem {
  dial(request: { readonly path: string }, done: (error: unknown, answer: unknown) => void): void;
}

/**
 * Starts a build. With BuildKit the client opens a session beside it, which dockerode closes only when the answer was
 * read to its end: here it is closed in any case, for it would keep this process from ending.
 *
 * @throws {NoBuildKitError} it was asked for, and the engine has none
 */
export async function startBuild(
  docker: DockerClient,
  builder: Builder,
  archive: Buffer,
  options: Readonly<Record<string, unknown>>,
): Promise<BuildStream> {
  if (builder === "classic") {
    const stream = await docker.buildImage(archive, { ...options, version: "1" });
    return { stream, close: () => void stream.destroy() };
  }
  const session = watchSession(docker);
  try {
    const stream = await session.docker.buildImage(archive, { ...options, version: "2" });
    const close = (): void => {
      stream.destroy();
      session.close();
    };
    return { stream, close };
  } catch (error) {
    session.close();
    if (session.wasRefused()) throw new NoBuildKitError("the engine has no BuildKit", { cause: error });
    throw error;
  }
}

/** A client that works like the given one, and knows what becomes of its session. */
function watchSession(docker: DockerClient): {
  readonly docker: DockerClient;
  readonly wasRefused: () => boolean;
  readonly close: () => void;
} {
  const { modem } = docker as unknown as { readonly modem: Modem };
  let socket: Duplex | null = null;
  let refused = false;
  let closed = false;
  const watched: Modem = Object.assign(Object.create(modem) as Modem, {
    dial: (request: { readonly path: string }, done: (error: unknown, answer: unknown) => void): void =>
      modem.dial(request, (error, answer) => {
        if (request.path.startsWith("/session")) {
          refused = statusOf(error) !== null;
          socket = (answer ?? null) as Duplex | null;
          if (closed) socket?.destroy();
        }
        done(error, answer);
      }),
  });
  return {
    docker: new Docker({ modem: watched } as Docker.DockerOptions) as unknown as DockerClient,
    wasRefused: () => refused,
    close: () => {
      closed = true;
      socket?.destroy();
    },
  };
}
