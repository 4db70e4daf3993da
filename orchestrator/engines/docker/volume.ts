import { randomBytes } from "node:crypto";
import type { DockerClient, VolumeClient } from "./client.ts";
import { call } from "./calls.ts";
import { type ContainerSpec, FILES_DIR } from "./container-spec.ts";
import type { Labels } from "./labels.ts";
import { tarOf } from "./tar.ts";

/**
 * Makes a volume that holds the files of a container: that way they reach an engine on another machine, too. They are
 * put there by way of a container that is never started, because the real one cannot write to it.
 */
export async function fillVolume(
  docker: DockerClient,
  spec: ContainerSpec,
  labels: Labels,
): Promise<VolumeClient> {
  const name = `wsmatrix-${randomBytes(6).toString("hex")}`;
  const volume = docker.getVolume(name);
  await call("make a volume", (abortSignal) =>
    docker.createVolume({ Name: name, Labels: { ...labels }, abortSignal }),
  );
  try {
    await putFiles(docker, spec, labels, name);
    return volume;
  } catch (error) {
    await removeVolume(volume);
    throw error;
  }
}

async function putFiles(
  docker: DockerClient,
  spec: ContainerSpec,
  labels: Labels,
  volume: string,
): Promise<void> {
  const options = {
    Image: spec.image,
    Cmd: ["never-started"],
    Labels: { ...labels },
    HostConfig: {
      NetworkMode: "none",
      Mounts: [{ Type: "volume" as const, Source: volume, Target: FILES_DIR }],
    },
  };
  const container = await call("create a container", (abortSignal) =>
    docker.createContainer({ ...options, abortSignal }),
  );
  try {
    const archive = tarOf(spec.files);
    await call("take files", (abortSignal) =>
      container.putArchive(archive, { path: FILES_DIR, abortSignal }),
    );
  } finally {
    await call("remove a container", (abortSignal) =>
      container.remove({ force: true, v: false, abortSignal }),
    );
  }
}

/** Removes a volume that no container uses any more. What fails is left to a sweep. */
export async function removeVolume(volume: VolumeClient | null): Promise<void> {
  if (volume === null) return;
  await call("remove a volume", (abortSignal) => volume.remove({ abortSignal })).catch(() => undefined);
}
