import { resolve } from "node:path";

import { folderTarget, type Target, type TargetDefinition } from "../../orchestrator/config/target.ts";

type FolderTarget = Extract<Target, { kind: "folder" }>;
type ImageTarget = Extract<Target, { kind: "image" }>;

/**
 * A target that is built from a folder, which need not have a target.yaml.
 *
 * @param docker what its `docker` section says beside the defaults; null for none
 */
export function builtFolder(
  name: string,
  dir: string,
  version = "1.0",
  docker: object | null = {},
): FolderTarget {
  const section = docker === null ? {} : { docker: { context: ".", dockerfile: "Dockerfile", ...docker } };
  const definition = { name, versions: [version], shared: {}, ...section } as unknown as TargetDefinition;
  return folderTarget({ dir: resolve(dir), definition }, version) as FolderTarget;
}

/** A target that is an image, with what a test says of it. */
export function namedImage(image: string, more: Partial<ImageTarget> = {}): ImageTarget {
  const base = { kind: "image", name: "boxed", version: null, image, command: null, env: {} } as const;
  return { ...base, port: null, path: "/", root: false, ...more };
}
