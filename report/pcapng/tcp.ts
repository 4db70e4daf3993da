/** IPv4 packets that carry TCP segments (RFC 791, RFC 9293), without options. For Node and for pages alike. */

/** A segment on its way from the client or from the server. */
export interface Segment {
  readonly fromClient: boolean;
  /** Sequence and acknowledgement numbers. */
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  readonly payload: Uint8Array;
}

/** The bits of a TCP header that are used here. */
export function tcpFlags(): Readonly<Record<"fin" | "syn" | "push" | "ack", number>> {
  return { fin: 1, syn: 2, push: 8, ack: 16 };
}

/**
 * A packet with a segment in it. Client and server have addresses that are reserved for documentation
 * (RFC 5737); the server's port is 80, so that programs look for HTTP without being told.
 */
export function ipPacket({ fromClient, seq, ack, flags, payload }: Segment): Uint8Array {
  const [client, server] = [0xc0000201, 0xc0000202];
  const [clientPort, serverPort] = [49_152, 80];
  const length = 40 + payload.length;
  const octets = new Uint8Array(length);
  const view = new DataView(octets.buffer);
  view.setUint8(0, 0x45);
  view.setUint16(2, length);
  view.setUint16(6, 0x4000);
  view.setUint8(8, 64);
  view.setUint8(9, 6);
  view.setUint32(12, fromClient ? client : server);
  view.setUint32(16, fromClient ? server : client);
  view.setUint16(10, internetChecksum(octets.subarray(0, 20), 0));
  view.setUint16(20, fromClient ? clientPort : serverPort);
  view.setUint16(22, fromClient ? serverPort : clientPort);
  view.setUint32(24, seq >>> 0);
  view.setUint32(28, ack >>> 0);
  view.setUint8(32, 0x50);
  view.setUint8(33, flags);
  view.setUint16(34, 65_535);
  octets.set(payload, 40);
  const pseudo =
    (client >>> 16) + (client & 0xffff) + (server >>> 16) + (server & 0xffff) + 6 + (length - 20);
  view.setUint16(36, internetChecksum(octets.subarray(20), pseudo));
  return octets;
}

/** The one's complement sum of RFC 1071, on top of a sum of other 16-bit words. */
export function internetChecksum(octets: Uint8Array, start: number): number {
  let sum = start;
  for (let at = 0; at < octets.length; at += 2) sum += (octets[at]! << 8) + (octets[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}
