import type Docker from "dockerode";
import type { Limits } from "../engine.ts";
import type { Labels } from "./labels.ts";
import type { Network } from "./network.ts";
import type { TarFile } from "./tar.ts";

/** What a target may use where the matrix does not say. */
export const DEFAULT_LIMITS = { memoryBytes: 1024 ** 3, pids: 512 } as const;

/** Files that a container may have open at once. */
const OPEN_FILES = 65_536;

/** Nobody, by number: an image need not know the name. */
const NOBODY = "65534:65534";

/** Where a container finds the files that it is given. */
export const FILES_DIR = "/run/wsmatrix";

/** A container to start. */
export interface ContainerSpec {
  /** What it is for, as a label: `target`, `fuzzer`. */
  readonly kind: string;
  readonly network: Network;
  /** The id of an image that is there. */
  readonly image: string;
  /** In place of the image's own command; null for that. */
  readonly command: readonly string[] | null;
  readonly env: Readonly<Record<string, string>>;
  /** As the image has it; "" and root become nobody, unless `root`. */
  readonly user: string;
  /** It may be root in there, without any capability, where the image says so. */
  readonly root: boolean;
  readonly limits: Limits;
  /** Files for {@link FILES_DIR}. */
  readonly files: readonly TarFile[];
  /** It gets an input, which is closed when ours is. */
  readonly input: boolean;
}

/** What is limited of a container: the limits of the matrix and, where it has none, our own. */
export function limitsOf(limits: Limits): Limits & typeof DEFAULT_LIMITS {
  return { ...DEFAULT_LIMITS, ...limits } as Limits & typeof DEFAULT_LIMITS;
}

/** The user that a container runs as. */
export function userOf({ user, root }: Pick<ContainerSpec, "user" | "root">): string {
  if (root) return user;
  return /^(|0|root)(:.*)?$/.test(user) ? NOBODY : user;
}

/**
 * What the engine is asked for: as little as a program can do with. Nothing of it is kept by the engine, its log
 * neither, which we read as it comes.
 *
 * @param volume the name of the volume of the files; null when there are none
 * @param openFiles whether to say how many files may be open: an engine that may not raise its own limit cannot
 */
export function createOptions(
  spec: ContainerSpec,
  labels: Labels,
  volume: string | null,
  openFiles: boolean,
): Docker.ContainerCreateOptions {
  return {
    Image: spec.image,
    ...(spec.command !== null && { Cmd: [...spec.command] }),
    Env: Object.entries({ HOME: "/tmp", ...spec.env }).map(([name, value]) => `${name}=${value}`),
    User: userOf(spec),
    Labels: { ...labels },
    AttachStdin: spec.input,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: spec.input,
    StdinOnce: spec.input,
    StopSignal: "SIGTERM",
    // The image's own check would run a program of its own beside what is measured.
    Healthcheck: { Test: ["NONE"] },
    HostConfig: hostConfig(spec, volume, openFiles),
    NetworkingConfig: { EndpointsConfig: { [spec.network.name]: {} } },
  };
}

function hostConfig(spec: ContainerSpec, volume: string | null, openFiles: boolean): Docker.HostConfig {
  const { memoryBytes, pids, cpus } = limitsOf(spec.limits);
  return {
    NetworkMode: spec.network.name,
    // An internal network has no way out, but some engines' name servers would ask the outside on its behalf.
    Dns: ["127.0.0.1"],
    DnsSearch: ["."],
    Memory: memoryBytes,
    MemorySwap: memoryBytes,
    ...(cpus !== undefined && { NanoCpus: Math.round(cpus * 1e9) }),
    PidsLimit: pids,
    Ulimits: [
      ...(openFiles ? [{ Name: "nofile", Soft: OPEN_FILES, Hard: OPEN_FILES }] : []),
      { Name: "core", Soft: 0, Hard: 0 },
    ],
    ReadonlyRootfs: true,
    Tmpfs: { "/tmp": "rw,exec,nosuid,nodev,size=256m,mode=1777" },
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges"],
    Init: true,
    RestartPolicy: { Name: "no" },
    LogConfig: { Type: "none", Config: {} },
    ...(volume !== null && {
      Mounts: [{ Type: "volume" as const, Source: volume, Target: FILES_DIR, ReadOnly: true }],
    }),
  };
}
