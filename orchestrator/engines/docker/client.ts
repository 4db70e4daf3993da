import type { Duplex, Readable } from "node:stream";
import type Docker from "dockerode";

/** Gives up a call. */
interface Abortable {
  readonly abortSignal?: AbortSignal;
}

/**
 * What we use of dockerode, all of it with promises and signals, which its published types do not tell of. Tests have
 * a client that talks to nobody.
 */
export interface DockerClient {
  ping(options: Abortable): Promise<unknown>;
  version(options: Abortable): Promise<Docker.DockerVersion>;
  info(options: Abortable): Promise<unknown>;
  df(options: Abortable): Promise<unknown>;

  buildImage(archive: Buffer, options: Abortable & Readonly<Record<string, unknown>>): Promise<Readable>;
  pull(reference: string, options: Abortable): Promise<Readable>;
  getImage(reference: string): ImageClient;
  listImages(options: Abortable & { readonly filters: string }): Promise<readonly Docker.ImageInfo[]>;

  createContainer(options: Abortable & Docker.ContainerCreateOptions): Promise<ContainerClient>;
  getContainer(id: string): ContainerClient;
  listContainers(
    options: Abortable & { readonly all: true; readonly filters: string },
  ): Promise<readonly Docker.ContainerInfo[]>;

  createNetwork(options: Abortable & Docker.NetworkCreateOptions): Promise<{ readonly id: string }>;
  getNetwork(id: string): NetworkClient;
  listNetworks(
    options: Abortable & { readonly filters: string },
  ): Promise<readonly Docker.NetworkInspectInfo[]>;

  createVolume(options: Abortable & Docker.VolumeCreateOptions): Promise<unknown>;
  getVolume(name: string): VolumeClient;
  listVolumes(options: Abortable & { readonly filters: string }): Promise<{
    readonly Volumes: readonly (Docker.VolumeInspectInfo & { readonly CreatedAt?: string })[] | null;
  }>;
}

export interface ImageClient {
  inspect(options: Abortable): Promise<Docker.ImageInspectInfo>;
  remove(options: Abortable & { readonly force?: boolean }): Promise<unknown>;
}

export interface ContainerClient {
  readonly id: string;
  inspect(options: Abortable): Promise<Docker.ContainerInspectInfo>;
  start(options: Abortable): Promise<unknown>;
  attach(options: Readonly<Record<string, boolean>>): Promise<Duplex>;
  wait(options: { readonly condition: string }): Promise<{ readonly StatusCode: number }>;
  kill(options: Abortable & { readonly signal: string }): Promise<unknown>;
  remove(options: Abortable & { readonly force: boolean; readonly v: boolean }): Promise<unknown>;
  putArchive(archive: Buffer, options: Abortable & { readonly path: string }): Promise<unknown>;
}

export interface NetworkClient {
  inspect(options: Abortable): Promise<Docker.NetworkInspectInfo>;
  remove(options: Abortable): Promise<unknown>;
}

export interface VolumeClient {
  readonly name: string;
  remove(options: Abortable): Promise<unknown>;
}
