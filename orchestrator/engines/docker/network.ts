import { randomBytes } from "node:crypto";
import type { DockerClient } from "./client.ts";
import { StartError } from "../engine.ts";
import { call, refusalOf, statusOf, unlessGone } from "./calls.ts";
import { type Labels, passingLabels } from "./labels.ts";

/**
 * A network of ours: what is in it reaches each other, the engine's machine where that has an address in it, and
 * nothing else.
 */
export interface Network {
  readonly id: string;
  readonly name: string;
  /** The interface of the engine's machine that is its bridge. */
  readonly bridge: string;
  /** The address of the engine's machine in it, if it has one. "" with engines that give it none. */
  readonly gateway: string;
  /** The cell that it is of, and whose it is; for all that is put there. */
  readonly labels: (kind: string) => Promise<Labels>;
}

/** Whether the engine's machine has an address in a network, at which its services can be reached. */
export type HostAddress = "with the host" | "without the host";

/** Leaves the bridge without an address, though the engine still reserves one for it. */
const NO_ADDRESS = "com.docker.network.bridge.inhibit_ipv4";

/**
 * Makes an internal network.
 *
 * @param cell for people
 * @throws {StartError} the engine has no address range left, or does not make such a thing
 */
export async function createNetwork(
  docker: DockerClient,
  cell: string,
  hostAddress: HostAddress,
  signal: AbortSignal,
): Promise<Network> {
  const random = randomBytes(5).toString("hex");
  const name = `wsmatrix-${random}`;
  // The names of interfaces have room for 15 characters.
  const bridge = `wsm-${random}`;
  const labels = (kind: string): Promise<Labels> => passingLabels(kind, cell);
  const options = {
    Name: name,
    Driver: "bridge",
    Internal: true,
    EnableIPv6: false,
    CheckDuplicate: true,
    Options: {
      "com.docker.network.bridge.name": bridge,
      ...(hostAddress === "without the host" && { [NO_ADDRESS]: "true" }),
    },
    Labels: { ...(await labels("network")) },
  };
  try {
    // Not given up on the way: what the engine has made must be known to be removed.
    const { id } = await call("make a network", (abortSignal) =>
      docker.createNetwork({ ...options, abortSignal }),
    );
    const network = { id, name, bridge, gateway: "", labels };
    if (signal.aborted) await removeNetwork(docker, network);
    signal.throwIfAborted();
    return { ...network, gateway: await gatewayOf(docker, network) };
  } catch (error) {
    const cause = await unlessGone(docker, error);
    if (statusOf(cause) === null) throw cause;
    throw new StartError(describe(refusalOf(cause)), { cause });
  }
}

/** Removes a network. What is not there is not an error, and nothing else is either: a sweep tries again. */
export async function removeNetwork(docker: DockerClient, { id }: { readonly id: string }): Promise<void> {
  await call("remove a network", (abortSignal) => docker.getNetwork(id).remove({ abortSignal })).catch(
    () => undefined,
  );
}

async function gatewayOf(docker: DockerClient, network: { readonly id: string }): Promise<string> {
  try {
    const facts = await call("show a network", (abortSignal) =>
      docker.getNetwork(network.id).inspect({ abortSignal }),
    );
    const config = facts.IPAM?.Config ?? [];
    return config.map(({ Gateway }) => Gateway ?? "").find((address) => /^[\d.]+$/.test(address)) ?? "";
  } catch (error) {
    await removeNetwork(docker, network);
    throw error;
  }
}

function describe(refusal: string): string {
  if (!/address pool/i.test(refusal)) return `no network can be made for it: ${refusal}`;
  return (
    `no network can be made for it (${refusal}): run fewer cells at once (--jobs), remove networks that nobody ` +
    "uses, or give the engine more address pools (`default-address-pools` in daemon.json)"
  );
}
