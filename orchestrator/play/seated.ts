import type { Certificates } from "../certificates.ts";
import {
  type Engine,
  type Limits,
  openSeat,
  type Prepared,
  type Running,
  type Seat,
} from "../engines/engine.ts";
import { isOverTls } from "../config/matrix-schema.ts";
import type { Cell } from "../config/plan.ts";

/** Names that a certificate is always good for; the address of a container is not known beforehand. */
const ownNames = ["localhost", "127.0.0.1", "::1"] as const;

/** What a target of a cell is started with. */
export interface TargetSetup {
  readonly cell: Cell;
  readonly engine: Engine;
  readonly prepared: Prepared;
  readonly limits: Limits;
  readonly logFile: string | null;
  readonly signal: AbortSignal;
}

/** A cell that has its place. */
export interface Seated<S extends TargetSetup> {
  readonly setup: S;
  readonly seat: Seat;
  /** Where the variant is over TLS; else null. */
  readonly certificates: Certificates | null;
}

/**
 * Opens the place of a cell, and takes it away again in the end.
 *
 * @throws what {@link Engine.seat} and `use` throw
 */
export async function withSeat<S extends TargetSetup, T>(
  setup: S,
  use: (seated: Seated<S>) => Promise<T>,
): Promise<T> {
  const { engine, cell, signal } = setup;
  const seat = await openSeat(engine, cell.id, signal);
  try {
    using certificates = isOverTls(cell.variant) ? await certificatesFor(seat.listenHost) : null;
    return await use({ setup, seat, certificates });
  } finally {
    await seat.close();
  }
}

/** Certificates that are good for an address too. Most runs need none, and what makes them takes long to load. */
async function certificatesFor(address: string): Promise<Certificates> {
  const { makeCertificates } = await import("../certificates.ts");
  return await makeCertificates([...new Set([...ownNames, address])]);
}

/**
 * Starts the target in its place.
 *
 * @param env variables of the target contract beside those that follow from the cell
 * @throws {StartError}
 */
export function startSeated(
  { setup, seat, certificates }: Seated<TargetSetup>,
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const { prepared, cell, limits, logFile, signal } = setup;
  const { role, variant } = cell;
  const all = { VARIANT: variant, ...certificates?.env, ...env };
  return seat.start(prepared, { role, env: all, limits, logFile, signal });
}

/** How a server target's certificate is checked; `{}` without TLS. */
export function trustOf(
  { certificates }: Seated<TargetSetup>,
  url: string,
): { readonly verify?: true; readonly ca?: string; readonly serverName?: string | null } {
  return certificates === null ? {} : { verify: true, ca: certificates.ca, serverName: nameOf(url) };
}

/** The name by which a server is asked for its certificate; null for the one in its URL. */
function nameOf(url: string): string | null {
  return ownNames.some((name) => name === new URL(url).hostname) ? null : ownNames[0];
}
