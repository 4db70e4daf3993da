import {
  acceptKey,
  fieldHasToken,
  fieldValue,
  fieldValues,
  type Head,
  HeadReader,
} from "../wire/handshake.ts";

import { checkSubprotocols, chooseSubprotocol } from "./subprotocols.ts";
import { answerOffers, type DeflateLimits, extensionsFault, extensionsLine } from "./negotiation.ts";
import {
  checkProduct,
  firstLine,
  maxOpeningHead,
  type Opening,
  type OpeningProgress,
  type OpeningSettings,
} from "./opening.ts";

/** A request that opens no connection, as the response says it. */
export interface RequestRefusal {
  readonly status: 400 | 404 | 405 | 426 | 431 | 505;
  readonly text: string;
}

/** Why a request opens no connection, or what it asks for: path and query, and the key. */
export type RequestReading =
  | { readonly refusal: RequestRefusal }
  | { readonly resource: string; readonly key: string };

/** What a server may say about its opening handshake. */
export interface ServerOpeningSettings extends OpeningSettings {
  /** Null to do without compression, as by default. */
  readonly deflate?: DeflateLimits | null;
  /** Paths that are served, all others being refused. By default all are served. */
  readonly paths?: readonly string[] | null;
}

/** The server's side of the opening handshake (RFC 6455 section 4.2). */
export class ServerOpening implements Opening {
  readonly side = "server";
  readonly #limits: DeflateLimits | null;
  readonly #product: string | null;
  readonly #subprotocols: readonly string[];
  readonly #paths: readonly string[] | null;
  readonly #reader = new HeadReader(maxOpeningHead);
  /** Something else than an empty line has come. */
  #begun = false;

  /** @throws TypeError when product or subprotocols cannot stand in a header */
  constructor(settings: ServerOpeningSettings = {}) {
    const { deflate = null, product = null, subprotocols = [], paths = null } = settings;
    this.#limits = deflate;
    this.#product = checkProduct(product);
    this.#subprotocols = checkSubprotocols(subprotocols);
    this.#paths = paths;
  }

  begin(): null {
    return null;
  }

  push(octets: Buffer): OpeningProgress {
    const progress = this.#reader.push(this.#begun ? octets : this.#withoutEmptyLines(octets));
    if (progress.state === "more") return progress;
    if (progress.state === "tooLarge")
      return refused({ status: 431, text: `the head is longer than ${maxOpeningHead} octets` });
    const reading = readRequest(progress.head);
    if ("refusal" in reading) return refused(reading.refusal);
    if (this.#paths?.includes(reading.resource.replace(/\?.*/s, "")) === false)
      return refused({ status: 404, text: "there is no such service" });
    const { head, rest } = progress;
    const deflate = answerOffers(fieldValue(head, "Sec-WebSocket-Extensions"), this.#limits);
    const subprotocol = chooseSubprotocol(head, this.#subprotocols);
    const reply = acceptingResponse(reading.key, [
      ...(this.#product === null ? [] : [`Server: ${this.#product}`]),
      ...(subprotocol === null ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
      ...(deflate === null ? [] : [extensionsLine(deflate)]),
    ]);
    return { state: "open", reply, resource: reading.resource, deflate, subprotocol, head, rest };
  }

  /** Empty lines before a request are to be ignored (RFC 9112 section 2.2). */
  #withoutEmptyLines(octets: Buffer): Buffer {
    const first = octets.findIndex((octet) => octet !== 13 && octet !== 10);
    this.#begun = first >= 0;
    return first < 0 ? octets.subarray(octets.length) : octets.subarray(first);
  }
}

/** Reads a request strictly (RFC 6455 section 4.2.1). */
export function readRequest(head: Head): RequestReading {
  const line = /^(\S+) (\S+) HTTP\/(\d)\.(\d)$/.exec(firstLine(head));
  if (line === null) return { refusal: bad("the request line is malformed") };
  const [, method, target, major, minor] = line as unknown as [string, string, string, string, string];
  const resource = resourceOf(target);
  const refusal =
    versionRefusal(Number(major), Number(minor)) ??
    (method === "GET" ? null : { status: 405 as const, text: "the method must be GET" }) ??
    (resource === null ? bad("the request target is malformed") : null) ??
    formRefusal(head) ??
    upgradeRefusal(head) ??
    webSocketRefusal(head);
  if (refusal !== null) return { refusal };
  return { resource: resource!, key: fieldValue(head, "Sec-WebSocket-Key")! };
}

/** The response that opens the connection (RFC 6455 section 4.2.2), with further lines at its end. */
export function acceptingResponse(key: string, more: readonly string[] = []): Buffer {
  return headOctets([
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${acceptKey(key)}`,
    ...more,
  ]);
}

/** The response that refuses a request, with the fields that tell the client what would do. */
export function refusingResponse({ status, text }: RequestRefusal): Buffer {
  const body = `${text}\n`;
  const head = headOctets([
    `HTTP/1.1 ${status} ${statusNames[status]}`,
    ...(status === 405 ? ["Allow: GET"] : []),
    ...(status === 426 ? ["Upgrade: websocket", "Sec-WebSocket-Version: 13"] : []),
    `Connection: ${status === 426 ? "Upgrade, close" : "close"}`,
    "Content-Type: text/plain",
    `Content-Length: ${body.length}`,
  ]);
  return Buffer.concat([head, Buffer.from(body, "latin1")]);
}

const statusNames = {
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  426: "Upgrade Required",
  431: "Request Header Fields Too Large",
  505: "HTTP Version Not Supported",
} as const;

const bad = (text: string): RequestRefusal => ({ status: 400, text });

function refused(refusal: RequestRefusal): OpeningProgress {
  return { state: "refused", reply: refusingResponse(refusal), refusal };
}

/** "An HTTP/1.1 or higher GET request": but the line of HTTP/2 and later is another. */
function versionRefusal(major: number, minor: number): RequestRefusal | null {
  return major === 1 && minor >= 1 ? null : { status: 505, text: "the version must be HTTP/1.1" };
}

/** A name, an IPv4 address or one of IPv6 in brackets, and a port (RFC 9110 section 7.2). */
const hostPattern = /^(?:[\w.~!$&'()*+,;=%-]+|\[[0-9A-Za-z:.]+\])(?::\d*)?$/;

/** What RFC 9112 wants of any request. A body would be taken for frames. */
function formRefusal(head: Head): RequestRefusal | null {
  const [deviation] = head.deviations;
  if (deviation !== undefined) return bad(deviation);
  const [host, ...more] = fieldValues(head, "Host");
  if (host === undefined || more.length > 0 || !hostPattern.test(host))
    return bad("Host must occur once, and name one");
  const length = fieldValue(head, "Content-Length");
  const hasBody = fieldValue(head, "Transfer-Encoding") !== null || (length !== null && length !== "0");
  return hasBody ? bad("the request must not have a body") : null;
}

function upgradeRefusal(head: Head): RequestRefusal | null {
  if (!fieldHasToken(head, "Upgrade", "websocket"))
    return { status: 426, text: "Upgrade must hold `websocket`" };
  return fieldHasToken(head, "Connection", "upgrade") ? null : bad("Connection must hold `Upgrade`");
}

function webSocketRefusal(head: Head): RequestRefusal | null {
  const versions = fieldValues(head, "Sec-WebSocket-Version");
  if (versions.length !== 1 || versions[0] !== "13")
    return { status: 426, text: "Sec-WebSocket-Version must be 13" };
  const keys = fieldValues(head, "Sec-WebSocket-Key");
  if (keys.length !== 1) return bad("Sec-WebSocket-Key must occur once");
  if (!/^[A-Za-z0-9+/]{22}==$/.test(keys[0]!)) return bad("Sec-WebSocket-Key must be 16 octets in base64");
  const extensions = fieldValue(head, "Sec-WebSocket-Extensions");
  const fault = extensions === null ? null : extensionsFault(extensions);
  return fault === null ? null : bad(fault);
}

/** Path and query of a target in origin form or absolute form (RFC 9112 section 3.2); null for anything else. */
function resourceOf(target: string): string | null {
  const origin = target.replace(/^(?:https?|wss?):\/\/[^/?#]+(?=[/?]|$)/i, "");
  const resource = origin === "" || (origin.startsWith("?") && origin !== target) ? `/${origin}` : origin;
  return /^\/[!-~]*$/.test(resource) && !resource.includes("#") ? resource : null;
}

function headOctets(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}
