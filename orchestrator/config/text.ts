import { ConfigError, fileProblem } from "./problem.ts";

/** Octets of a configuration file that are read at most: 1 MiB. */
export const MAX_CONFIG_OCTETS = 1 << 20;

/**
 * The text of a configuration file.
 *
 * @param file as the caller named it
 * @throws {ConfigError} it is too long, or not UTF-8
 */
export function configText(file: string, octets: Buffer): string {
  if (octets.length > MAX_CONFIG_OCTETS) {
    throw new ConfigError([fileProblem(file, `is longer than ${MAX_CONFIG_OCTETS} octets`)]);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(octets);
  } catch (error) {
    throw new ConfigError([fileProblem(file, "is not UTF-8 text")], { cause: error });
  }
}
