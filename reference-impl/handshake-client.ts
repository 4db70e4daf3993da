import { randomBytes } from "node:crypto";

import { acceptKey, fieldHasToken, fieldValue, fieldValues, type Head, HeadReader } from "#wire/handshake.ts";

import { firstLine, maxOpeningHead, type Opening, type OpeningProgress } from "./opening.ts";

/** Where a `ws:` URL leads (RFC 6455 section 3). */
export interface Destination {
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  /** Path and query. */
  readonly resource: string;
}

/** What is wrong with a response: its status when it could be read, and why. */
export interface ResponseRefusal {
  readonly status: number | null;
  readonly text: string;
}

/** Characters of a peer's text that are repeated in an error. */
const maxQuoted = 80;

/**
 * Takes a `ws:` URL apart.
 *
 * @throws TypeError when it is none, or has a fragment or a user name
 */
export function destinationOf(url: string): Destination {
  const parsed = new URL(url);
  if (parsed.protocol !== "ws:") throw new TypeError(`${url}: only ws: URLs can be dialled`);
  if (parsed.hash !== "" || url.includes("#")) throw new TypeError(`${url}: a WebSocket URL has no fragment`);
  if (parsed.username !== "" || parsed.password !== "")
    throw new TypeError(`${url}: a user name would not be sent`);
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(parsed.port || 80),
    resource: `${parsed.pathname}${parsed.search}`,
  };
}

/** The client's side of the opening handshake (RFC 6455 section 4.1). No extension and no subprotocol is asked for. */
export class ClientOpening implements Opening {
  readonly side = "client";
  readonly #to: Destination;
  readonly #key: string;
  readonly #reader = new HeadReader(maxOpeningHead);

  /** @param nonce 16 octets, new for each connection */
  constructor(to: Destination, nonce: Buffer = randomBytes(16)) {
    this.#to = to;
    this.#key = nonce.toString("base64");
  }

  begin(): Buffer {
    return openingRequest(this.#to, this.#key);
  }

  push(octets: Buffer): OpeningProgress {
    const progress = this.#reader.push(octets);
    if (progress.state === "more") return progress;
    if (progress.state === "tooLarge")
      return refused(null, `the head is longer than ${maxOpeningHead} octets`);
    const refusal = checkResponse(progress.head, this.#key);
    if (refusal !== null) return refused(refusal.status, refusal.text);
    const { head, rest } = progress;
    return { state: "open", reply: null, resource: this.#to.resource, head, rest };
  }
}

/** The request that asks for a connection (RFC 6455 section 4.1). */
export function openingRequest({ host, port, resource }: Destination, key: string): Buffer {
  const name = host.includes(":") ? `[${host}]` : host;
  const lines = [
    `GET ${resource} HTTP/1.1`,
    `Host: ${port === 80 ? name : `${name}:${port}`}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${key}`,
    "Sec-WebSocket-Version: 13",
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

/** What keeps a response from opening the connection (RFC 6455 section 4.1), or null. */
export function checkResponse(head: Head, key: string): ResponseRefusal | null {
  const line = /^HTTP\/1\.1 (\d{3})(?: .*)?$/.exec(firstLine(head));
  if (line === null)
    return { status: null, text: `this is no status line of HTTP/1.1: ${quoted(firstLine(head))}` };
  const status = Number(line[1]);
  const text = status === 101 ? fieldsFault(head, key) : `the status is ${status} instead of 101`;
  return text === null ? null : { status, text };
}

function fieldsFault(head: Head, key: string): string | null {
  const [deviation] = head.deviations;
  if (deviation !== undefined) return deviation;
  if (fieldValue(head, "Upgrade")?.toLowerCase() !== "websocket") return "Upgrade is not `websocket`";
  if (!fieldHasToken(head, "Connection", "upgrade")) return "Connection does not hold `Upgrade`";
  const accepts = fieldValues(head, "Sec-WebSocket-Accept");
  if (accepts.length !== 1) return `Sec-WebSocket-Accept occurs ${accepts.length} times`;
  if (accepts[0] !== acceptKey(key)) return "Sec-WebSocket-Accept does not fit the key";
  if (fieldValue(head, "Sec-WebSocket-Extensions") !== null)
    return "an extension is used that was not asked for";
  if (fieldValue(head, "Sec-WebSocket-Protocol") !== null)
    return "a subprotocol is used that was not asked for";
  return null;
}

function refused(status: number | null, text: string): OpeningProgress {
  return { state: "refused", reply: null, refusal: { status, text } };
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, maxQuoted));
}
