import { type Engine, type Prepared, PrepareError, type PrepareOptions, type Seat } from "../engine.ts";
import type { Target } from "../../config/target.ts";
import type { ArchivedImage } from "./archive.ts";
import type { DockerEngineInfo } from "./connect.ts";
import type { PullPolicy } from "./images.ts";
import { KEY } from "./labels.ts";
import type { Place } from "./place.ts";
import { prepareFolderImage, prepareNamedImage, type PrepareSetup } from "./prepare.ts";
import { openDockerSeat, type SeatSetup } from "./seat.ts";
import { type SidecarImage, sidecarImage } from "./sidecar-image.ts";
import type { PreparedImage } from "./start.ts";
import { sweepDocker } from "./sweep.ts";

/** What can be set about containers; tests set shorter times. */
export interface DockerEngineOptions {
  /** Default `missing`. */
  readonly pull?: PullPolicy;
  /** Certificates, as PEM, of authorities that builds trust beside the public ones. Default none. */
  readonly caCertificates?: readonly string[];
  /** Default `auto`. */
  readonly place?: Place;
  /** Between SIGTERM and SIGKILL, in ms. Default 1000. */
  readonly graceMs?: number;
  /** For each build and each pull, in ms. Default half an hour. */
  readonly buildTimeoutMs?: number;
}

/** An engine that runs targets in containers. */
export interface DockerEngine extends Engine {
  readonly name: "docker";
  readonly info: DockerEngineInfo;
  /** As {@link Engine.seat}, and always there. */
  readonly seat: (label: string, signal: AbortSignal) => Promise<Seat>;
  /** The image of a target, for a folder of images; null when this engine did not prepare it. */
  archived(prepared: Prepared): ArchivedImage | null;
  /** Removes what is left of this very run, should something not have been removed in its time. */
  sweepOwn(): Promise<readonly string[]>;
}

/**
 * Runs targets in containers, each cell in an internal network of its own: a target reaches the fuzzer, and with
 * `place: host` whatever else listens at all addresses of the engine's machine, but nothing beyond.
 */
export function dockerEngine(info: DockerEngineInfo, options: DockerEngineOptions = {}): DockerEngine {
  const { docker } = info;
  const images = new WeakMap<Prepared, PreparedImage>();
  const archived = new WeakMap<Prepared, ArchivedImage>();
  let sidecar: Promise<SidecarImage> | undefined;
  const setup: PrepareSetup = {
    engine: info,
    pull: options.pull ?? "missing",
    caCertificates: options.caCertificates ?? [],
    timeoutMs: options.buildTimeoutMs ?? 30 * 60_000,
  };
  const seats: SeatSetup = {
    docker,
    place: options.place ?? "auto",
    graceMs: options.graceMs ?? 1000,
    imageOf: (prepared) => {
      const image = images.get(prepared);
      if (image === undefined) throw new Error(`${prepared.target.name} was not prepared by this engine`);
      return image;
    },
    sidecarImage: (signal) => (sidecar ??= sidecarImage(info, setup.timeoutMs, { signal })),
  };
  const seat = (label: string, signal: AbortSignal): Promise<Seat> => openDockerSeat(seats, label, signal);
  return {
    name: "docker",
    info,
    prepare: async (target, how) => {
      how.signal.throwIfAborted();
      const { image, reference, digest, cached, duration } = await prepare(target, setup, how);
      const prepared: Prepared = { target, digest, cached, duration };
      images.set(prepared, { image: image.id, user: image.user });
      archived.set(prepared, { reference, key: image.labels[KEY] ?? null });
      return prepared;
    },
    seat,
    start: (prepared, request) => startAlone(seat, prepared, request),
    archived: (prepared) => archived.get(prepared) ?? null,
    sweep: () => sweepDocker(docker, "orphans"),
    sweepOwn: () => sweepDocker(docker, "orphans and own"),
  };
}

function prepare(
  target: Target,
  setup: PrepareSetup,
  how: PrepareOptions,
): ReturnType<typeof prepareNamedImage> {
  if (target.kind === "folder") return prepareFolderImage(target, setup, how);
  if (target.kind === "image") return prepareNamedImage(target, setup, how);
  throw new PrepareError(
    "skipped",
    `${target.name} is no image and no folder: the docker engine cannot run it`,
  );
}

/** A start in a place of its own, which is gone with it. */
async function startAlone(
  seat: DockerEngine["seat"],
  prepared: Prepared,
  request: Parameters<Engine["start"]>[1],
): ReturnType<Engine["start"]> {
  const own = await seat(prepared.target.name, request.signal);
  try {
    const running = await own.start(prepared, request);
    return {
      ...running,
      stop: async () => {
        await running.stop();
        await own.close();
      },
    };
  } catch (error) {
    await own.close();
    throw error;
  }
}
