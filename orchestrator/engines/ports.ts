import { createServer } from "node:net";

/** The only address that targets of the process engine listen at. */
export const LOOPBACK = "127.0.0.1";

// Below the ranges from which systems take the ports of outgoing connections: between our choosing a port and
// the target's taking it, no connection of the fuzzer can have got it. Above those that browsers refuse.
const LOWEST = 15_000;
const HIGHEST = 32_000;
const ATTEMPTS = 50;

/** Ports that targets of this process have or are about to take. */
const taken = new Set<number>();

/** A port that a target may take; `release` when the target is gone. */
export interface PortLease {
  readonly port: number;
  release(): void;
}

/**
 * A port of loopback that nobody listens at, and that no other target of ours gets until it is released.
 *
 * @throws {Error} all that were tried are in use
 */
export async function leaseFreePort(): Promise<PortLease> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const lease = await leasePort(LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST)));
    if (lease) return lease;
  }
  throw new Error(`${ATTEMPTS} ports of ${LOOPBACK} between ${LOWEST} and ${HIGHEST} are all in use`);
}

/** This very port, or null when it is in use. */
export async function leasePort(port: number): Promise<PortLease | null> {
  if (taken.has(port)) return null;
  taken.add(port);
  if (await canListen(port)) return { port, release: () => taken.delete(port) };
  taken.delete(port);
  return null;
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    // Any other refusal, such as of a low port, is for the target to meet: it may be allowed more than we are.
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "EADDRINUSE"));
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
