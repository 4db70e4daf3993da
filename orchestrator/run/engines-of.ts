import { readCaCertificates } from "../config/ca-certificates.ts";
import type { Cell } from "../config/plan.ts";
import type { Engine } from "../engines/engine.ts";
import { engineFor, type Engines, openEngines, sweepAll } from "../engines/select.ts";
import { type Configured, configure } from "./configure.ts";
import type { RunRequest } from "./request.ts";

/** A request that is known to be possible, and what its targets run in. */
export interface Equipped extends Configured {
  readonly engineOf: (cell: Cell) => Engine;
}

/**
 * The engines that the cells of a request may need.
 *
 * @throws {EngineMissingError} the one that was asked for does not answer
 */
export async function enginesOf(request: RunRequest, { cells, matrix }: Configured): Promise<Engines> {
  const targets = cells.map(({ target }) => target);
  const caCertificates = await readCaCertificates(matrix);
  return openEngines(request.engine ?? matrix.engine, targets, {
    caCertificates,
    ...(request.pull !== undefined && { pull: request.pull }),
    ...(request.place !== undefined && { place: request.place }),
  });
}

/**
 * Makes a plan of a request, opens its engines and removes what earlier runs have left in them, and in the end what this
 * one has.
 *
 * @param say hears what was removed
 * @throws {ConfigError} nothing was started
 * @throws {EngineMissingError} the same
 * @throws what `use` throws
 */
export async function equipped<T>(
  request: RunRequest,
  say: (text: string) => void,
  use: (equipped: Equipped) => Promise<T>,
): Promise<T> {
  const configured = await configure(request);
  const engines = await enginesOf(request, configured);
  for (const removed of await sweepAll(engines)) say(`left by an earlier run: ${removed}`);
  const name = request.engine ?? configured.matrix.engine;
  try {
    return await use({ ...configured, engineOf: ({ target }) => engineFor(target, name, engines) });
  } finally {
    await engines.docker?.sweepOwn().catch(() => []);
  }
}
