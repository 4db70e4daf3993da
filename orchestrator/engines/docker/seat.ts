import { type Prepared, type Running, type Seat, StartError, type StartRequest } from "../engine.ts";
import { localFuzzer } from "../../place/local-fuzzer.ts";
import { createNetwork, type Network, removeNetwork } from "./network.ts";
import { type Place, whyNotHost } from "./place.ts";
import { startSidecar } from "./sidecar.ts";
import type { SidecarImage } from "./sidecar-image.ts";
import { type PreparedImage, type StartSetup, startTarget } from "./start.ts";

/** 0.1 s on a machine with little to do; it passes through two more programs, which may have to wait. */
const EXIT_DELAY_MS = 750;

/** What the places of an engine have in common. */
export interface SeatSetup extends Omit<StartSetup, "network"> {
  readonly place: Place;
  readonly imageOf: (prepared: Prepared) => PreparedImage;
  /** @throws {StartError} it cannot be built */
  readonly sidecarImage: (signal: AbortSignal) => Promise<SidecarImage>;
}

/**
 * Makes the network of a cell, and finds the fuzzer a place in it.
 *
 * @param cell for people
 * @throws {StartError} there is no such network or place to be had
 */
export async function openDockerSeat(setup: SeatSetup, cell: string, signal: AbortSignal): Promise<Seat> {
  if (setup.place === "sidecar") return besideTarget(setup, cell, signal);
  const network = await createNetwork(setup.docker, cell, "with the host", signal);
  const obstacle = await whyNotHost(network);
  if (obstacle === null) return seatIn(network, setup, { listenHost: network.gateway, fuzzer: localFuzzer });
  await removeNetwork(setup.docker, network);
  if (setup.place === "auto") return besideTarget(setup, cell, signal);
  throw new StartError(`the fuzzer cannot be on the host: ${obstacle}; use --place sidecar`);
}

/** The fuzzer in a container: nobody needs the machine to have an address in the network, so it has none. */
async function besideTarget(setup: SeatSetup, cell: string, signal: AbortSignal): Promise<Seat> {
  const { docker, graceMs } = setup;
  const image = await setup.sidecarImage(signal);
  const network = await createNetwork(docker, cell, "without the host", signal);
  try {
    const sidecar = await startSidecar(docker, network, image, graceMs, signal);
    const seat = seatIn(network, setup, { listenHost: sidecar.address, fuzzer: sidecar.fuzzer });
    const close = async () => {
      await sidecar.close();
      await seat.close();
    };
    return { ...seat, close };
  } catch (error) {
    await removeNetwork(docker, network);
    throw error;
  }
}

function seatIn(network: Network, setup: SeatSetup, place: Pick<Seat, "listenHost" | "fuzzer">): Seat {
  return {
    ...place,
    exitDelay: EXIT_DELAY_MS,
    start: (prepared: Prepared, request: StartRequest): Promise<Running> =>
      startTarget({ ...setup, network }, prepared, setup.imageOf(prepared), request),
    close: () => removeNetwork(setup.docker, network),
  };
}
