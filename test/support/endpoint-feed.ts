import { Endpoint, type EndpointEvent, type EndpointOptions } from "../../reference-impl/endpoint.ts";

import { mask } from "../../wire/mask.ts";
import type { AgreedDeflate } from "../../wire/permessage-deflate.ts";

import { hex, oneByOne } from "./octets.ts";

/** The masking key of the examples in RFC 6455 section 5.7. */
export const exampleKey = "37fa213d";

/** What an endpoint did with octets. */
export interface Fed {
  readonly endpoint: Endpoint;
  /** In short words, such as `text Hello` or `failed 1002 (5.2)`. */
  readonly events: readonly string[];
  /** All it wrote, in hexadecimal. */
  readonly written: string;
  readonly tcp: string;
}

/** How octets may be fed. */
export const feedings = ["whole", "one octet at a time"] as const;

/** Feeds octets to an endpoint that echoes messages. A client masks with {@link exampleKey}. */
export function feed(
  side: "client" | "server",
  octets: Buffer | readonly Buffer[],
  how: (typeof feedings)[number] = "whole",
  options: Partial<EndpointOptions> = {},
  deflate: AgreedDeflate | null = null,
): Fed {
  const endpoint = new Endpoint(side, { newMaskKey: () => hex(exampleKey), ...options }, deflate);
  const all = Buffer.isBuffer(octets) ? [octets] : octets;
  return feedMore(endpoint, how === "whole" ? all : all.flatMap((each) => oneByOne(each)));
}

/** Feeds further octets, each buffer in a turn of its own, at the times 1, 2, 3 ... */
export function feedMore(endpoint: Endpoint, chunks: readonly Buffer[]): Fed {
  const events: string[] = [];
  const written: Buffer[] = [];
  let tcp = "keep";
  for (const [at, chunk] of chunks.entries()) {
    endpoint.receive(at + 1, Buffer.from(chunk));
    for (let event = endpoint.next(); event; event = endpoint.next()) {
      events.push(inWords(event));
      if (event.type === "message") endpoint.send(event);
    }
    const output = endpoint.takeOutput(at + 1);
    written.push(...output.octets);
    ({ tcp } = output);
    endpoint.flushed(at + 1);
  }
  return { endpoint, events, written: Buffer.concat(written).toString("hex"), tcp };
}

function inWords(event: EndpointEvent): string {
  switch (event.type) {
    case "message":
      return event.binary
        ? `binary ${inShort(event.payload.toString("hex"))}`
        : `text ${inShort(event.payload.toString())}`;
    case "ping":
    case "pong":
      return `${event.type} ${inShort(event.payload.toString("hex"))}`;
    case "close":
      return `close ${event.code} ${event.reason?.toString() ?? ""}`.trim();
    case "failed":
      return `failed ${event.failure.code} (${event.failure.section})`;
  }
}

const inShort = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}... ${text.length}` : text);

/** A frame, or the beginning of one, that is written as a server sends it, as a client sends it. */
export function asClient(frame: string, key = "00000000"): string {
  const octets = hex(frame);
  const length7 = octets[1]!;
  octets[1]! |= 0x80;
  const header = 2 + (length7 === 127 ? 8 : length7 === 126 ? 2 : 0);
  const payload = octets.subarray(header);
  mask(payload, hex(key));
  return `${octets.toString("hex", 0, header)}${key}${payload.toString("hex")}`;
}

/** Frames, written as a server sends them, as the peer of `side` sends them; the client's key is zeros. */
export function fromPeerOf(side: "client" | "server", frames: readonly string[]): Buffer {
  return hex(frames.map((frame) => (side === "server" ? asClient(frame) : frame)).join(""));
}

/** Frames, written as a server sends them, as `side` sends them; the client's key is {@link exampleKey}. */
export function sentBy(side: "client" | "server", frames: readonly string[]): string {
  return frames
    .map((frame) => (side === "client" ? asClient(frame, exampleKey) : hex(frame).toString("hex")))
    .join("");
}
