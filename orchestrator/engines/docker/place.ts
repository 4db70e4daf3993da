import { createSocket } from "node:dgram";
import { existsSync } from "node:fs";
import { isIPv4 } from "node:net";
import { join } from "node:path";
import type { Network } from "./network.ts";

/** Where the fuzzer is: in this process, or in a container beside the target (design seam 5). */
export const PLACES = ["auto", "host", "sidecar"] as const;
/** One of them; `auto` is host where that can be, else sidecar. */
export type Place = (typeof PLACES)[number];

/**
 * Why this process cannot play in a network, or null when it can: then the gateway is an address of this machine and
 * its bridge an interface of it, so that the addresses of containers are routed there and nowhere else. The name of
 * the bridge, which nobody else's has, tells it from a network of another engine with the same addresses.
 */
export async function whyNotHost({
  gateway,
  bridge,
}: Pick<Network, "gateway" | "bridge">): Promise<string | null> {
  if (!isIPv4(gateway)) return "its network gives the engine's machine no address";
  if (process.platform === "linux" && !existsSync(join("/sys/class/net", bridge))) return elsewhere(gateway);
  return (await isOwnAddress(gateway)) ? null : elsewhere(gateway);
}

function elsewhere(gateway: string): string {
  return (
    `the gateway of its network, ${gateway}, is no address of this machine: the engine runs in another machine, ` +
    "in a virtual one, or outside of the container that this is"
  );
}

/**
 * Tells whether an address is one of this machine's own, also where its interface has no carrier yet. Nothing is sent:
 * to connect a UDP socket is to ask the routing table, and only what goes to oneself comes from the very address. To
 * listen there proves nothing, for where no interface is up every address can be listened at.
 */
function isOwnAddress(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const end = (isOwn: boolean) => {
      socket.close();
      resolve(isOwn);
    };
    socket.once("error", () => end(false));
    socket.connect(discard, host, () => end(socket.address().address === host));
  });
}

/** A port that has no service to disturb. */
const discard = 9;
