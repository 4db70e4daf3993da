import { randomBytes } from "node:crypto";

import {
  acceptKey,
  fieldHasToken,
  fieldValue,
  fieldValues,
  type Head,
  HeadReader,
} from "../wire/handshake.ts";

import { checkSubprotocols, readChosen } from "./subprotocols.ts";
import { type DeflateOffer, extensionsLine, readResponse } from "./negotiation.ts";
import {
  checkProduct,
  firstLine,
  maxOpeningHead,
  type Opening,
  type OpeningProgress,
  type OpeningSettings,
} from "./opening.ts";

/** Where a `ws:` or `wss:` URL leads (RFC 6455 section 3). */
export interface Destination {
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  /** Path and query. */
  readonly resource: string;
  /** Over TLS. */
  readonly secure: boolean;
}

/** What a client may say about its opening handshake. */
export interface ClientOpeningSettings extends OpeningSettings {
  /** Null to offer no compression, as by default. */
  readonly deflate?: DeflateOffer | null;
  /** 16 octets, new for each connection, as by default. */
  readonly nonce?: Buffer;
}

/** What is wrong with a response: its status when it could be read, and why. */
export interface ResponseRefusal {
  readonly status: number | null;
  readonly text: string;
}

/** Interim responses (RFC 9110 section 15.2) that are read before the one that counts. */
const maxInterim = 10;

/** Characters of a peer's text that are repeated in an error. */
const maxQuoted = 80;

const defaultPorts = { ws: 80, wss: 443 } as const;

/**
 * Takes a `ws:` or `wss:` URL apart.
 *
 * @throws TypeError when it is none, or has a fragment or a user name
 */
export function destinationOf(url: string): Destination {
  const parsed = new URL(url);
  const secure = parsed.protocol === "wss:";
  if (!secure && parsed.protocol !== "ws:")
    throw new TypeError(`${url}: only ws: and wss: URLs can be dialled`);
  if (parsed.hash !== "" || url.includes("#")) throw new TypeError(`${url}: a WebSocket URL has no fragment`);
  if (parsed.username !== "" || parsed.password !== "")
    throw new TypeError(`${url}: a user name would not be sent`);
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(parsed.port || defaultPorts[secure ? "wss" : "ws"]),
    resource: `${parsed.pathname}${parsed.search}`,
    secure,
  };
}

/** The client's side of the opening handshake (RFC 6455 section 4.1). */
export class ClientOpening implements Opening {
  readonly side = "client";
  readonly #to: Destination;
  readonly #key: string;
  readonly #offer: DeflateOffer | null;
  readonly #product: string | null;
  readonly #subprotocols: readonly string[];
  #reader = new HeadReader(maxOpeningHead);
  /** Interim responses so far. */
  #interim = 0;

  /** @throws TypeError when product or subprotocols cannot stand in a header */
  constructor(to: Destination, settings: ClientOpeningSettings = {}) {
    const { deflate = null, product = null, subprotocols = [], nonce = randomBytes(16) } = settings;
    this.#to = to;
    this.#key = nonce.toString("base64");
    this.#offer = deflate;
    this.#product = checkProduct(product);
    this.#subprotocols = checkSubprotocols(subprotocols);
  }

  begin(): Buffer {
    const more = [
      ...(this.#product === null ? [] : [`User-Agent: ${this.#product}`]),
      ...(this.#subprotocols.length === 0
        ? []
        : [`Sec-WebSocket-Protocol: ${this.#subprotocols.join(", ")}`]),
      ...(this.#offer === null ? [] : [extensionsLine(this.#offer)]),
    ];
    return openingRequest(this.#to, this.#key, more);
  }

  push(octets: Buffer): OpeningProgress {
    const progress = this.#reader.push(octets);
    if (progress.state === "more") return progress;
    if (progress.state === "tooLarge")
      return refused(null, `the head is longer than ${maxOpeningHead} octets`);
    const { head, rest } = progress;
    if (/^HTTP\/1\.1 1(?!01)\d\d /.test(firstLine(head)) && this.#interim++ < maxInterim) {
      this.#reader = new HeadReader(maxOpeningHead);
      return this.push(rest);
    }
    const refusal = checkResponse(head, this.#key);
    if (refusal !== null) return refused(refusal.status, refusal.text);
    const reading = readResponse(fieldValues(head, "Sec-WebSocket-Extensions"), this.#offer);
    if ("error" in reading) return refused(101, reading.error);
    const subprotocol = readChosen(head, this.#subprotocols);
    if ("error" in subprotocol) return refused(101, subprotocol.error);
    return {
      state: "open",
      reply: null,
      resource: this.#to.resource,
      deflate: reading.agreed,
      subprotocol: subprotocol.chosen,
      head,
      rest,
    };
  }
}

/** The request that asks for a connection (RFC 6455 section 4.1), with further lines at its end. */
export function openingRequest(
  { host, port, resource, secure }: Destination,
  key: string,
  more: readonly string[] = [],
): Buffer {
  const name = host.includes(":") ? `[${host}]` : host;
  const lines = [
    `GET ${resource} HTTP/1.1`,
    `Host: ${port === defaultPorts[secure ? "wss" : "ws"] ? name : `${name}:${port}`}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${key}`,
    "Sec-WebSocket-Version: 13",
    ...more,
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

/** What keeps a response from opening the connection, extensions and subprotocol aside (RFC 6455 section 4.1), or null. */
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
  return null;
}

function refused(status: number | null, text: string): OpeningProgress {
  return { state: "refused", reply: null, refusal: { status, text } };
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, maxQuoted));
}
