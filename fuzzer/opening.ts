import { parseExtensions } from "../wire/extensions.ts";
import { acceptKey, fieldHasToken, fieldValue, fieldValues, type Head } from "../wire/handshake.ts";
import { permessageDeflate, readDeflateOffer } from "../wire/permessage-deflate.ts";

/** What the fuzzer calls itself in the opening handshake. */
const product = "wsmatrix";

/** Where a fuzzing client connects to. */
export interface Destination {
  readonly host: string;
  readonly port: number;
  /** Path and query. */
  readonly resource: string;
  /** Null for TCP alone. */
  readonly tls?: TlsClientSettings | null;
}

/** What a fuzzing client adds to its request. */
export interface OpeningExtras {
  /** Whole header lines, such as Origin. */
  readonly headerLines: readonly string[];
  /** Subprotocols that those lines offer; a response may choose one of them. */
  readonly protocols: readonly string[];
}

/** How a fuzzing client speaks TLS. */
export interface TlsClientSettings {
  /** Name for SNI and, where certificates are checked, in the certificate; null for none. */
  readonly serverName: string | null;
  /** Whether the server's certificate must be good. */
  readonly verify: boolean;
  /** Authorities to trust instead of the system's, as PEM. */
  readonly ca?: string;
  /** Protocols to offer (RFC 7301). */
  readonly alpn?: readonly string[];
  /** The only version of TLS to speak. */
  readonly version?: "TLSv1.2" | "TLSv1.3";
}

/** The request of the opening handshake (RFC 6455 section 4.1). */
export function openingRequest(to: Destination, key: string, extra: readonly string[] = []): Buffer {
  const host = to.host.includes(":") ? `[${to.host}]` : to.host;
  const lines = [
    `GET ${to.resource} HTTP/1.1`,
    `User-Agent: ${product}`,
    `Host: ${host}:${to.port}`,
    "Upgrade: WebSocket",
    "Connection: Upgrade",
    "Pragma: no-cache",
    "Cache-Control: no-cache",
    `Sec-WebSocket-Key: ${key}`,
    ...extra,
    "Sec-WebSocket-Version: 13",
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

/**
 * Why a response does not open the connection (RFC 6455 section 4.1, as strictly as Autobahn's client reads
 * it), or null when it does. Extensions are the negotiation's matter.
 *
 * @param protocols subprotocols that were offered
 */
export function refuseResponse(head: Head, key: string, protocols: readonly string[] = []): string | null {
  const [version, status] = head.startLine.split(/\s+/);
  if (version !== "HTTP/1.1") return `the response is not HTTP/1.1 but "${head.startLine.slice(0, 80)}"`;
  if (status !== "101") return `the response has status ${status ?? "(none)"} instead of 101`;
  if (fieldValue(head, "Upgrade")?.trim().toLowerCase() !== "websocket") return "Upgrade is not `websocket`";
  if (!fieldHasToken(head, "Connection", "upgrade")) return "Connection does not hold `upgrade`";
  const accepts = fieldValues(head, "Sec-WebSocket-Accept");
  if (accepts.length !== 1) return `Sec-WebSocket-Accept occurs ${accepts.length} times`;
  if (accepts[0] !== acceptKey(key)) return "Sec-WebSocket-Accept does not fit the key";
  const chosen = fieldValues(head, "Sec-WebSocket-Protocol").filter((name) => name !== "");
  if (chosen.length > 1) return "Sec-WebSocket-Protocol occurs twice";
  const foreign = chosen.some((name) => !protocols.includes(name));
  return foreign ? "a subprotocol is used that was not offered" : null;
}

/** A request that the fuzzing server refuses. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
  /** Further header lines. */
  readonly fields?: readonly string[];
}

/** Why a request opens no WebSocket connection, or what it asks for. */
export type RequestReading =
  | { readonly refusal: Refusal }
  /** `resource` is path and query. */
  | { readonly resource: string; readonly key: string };

/**
 * Reads the request of the opening handshake (RFC 6455 section 4.2.1) as strictly as Autobahn's server does,
 * with one difference: any port may stand in Host, so that mapped ports work.
 */
export function readRequest(head: Head): RequestReading {
  const refusal = requestLineRefusal(head) ?? fieldsRefusal(head) ?? extensionsRefusal(head);
  if (refusal !== null) return { refusal };
  return {
    resource: resourceOf(head.startLine.split(/\s+/)[1]!),
    key: fieldValue(head, "Sec-WebSocket-Key")!.trim(),
  };
}

/** The response that opens the connection (RFC 6455 section 4.2.2). */
export function openingResponse(key: string, extra: readonly string[] = []): Buffer {
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    `Server: ${product}`,
    "Upgrade: WebSocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${acceptKey(key)}`,
    ...extra,
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

/** The response that refuses a request. */
export function refusalResponse({ status, reason, fields = [] }: Refusal): Buffer {
  return Buffer.from(`${[`HTTP/1.1 ${status} ${reason}`, ...fields].join("\r\n")}\r\n\r\n`, "latin1");
}

const refuse = (reason: string, status = 400): Refusal => ({ status, reason });

function requestLineRefusal(head: Head): Refusal | null {
  const parts = head.startLine.split(/\s+/);
  if (parts.length !== 3) return refuse("Bad request line");
  const [method, target, version] = parts as [string, string, string];
  if (method !== "GET") return refuse("Method not allowed", 405);
  if (version !== "HTTP/1.1") return refuse("HTTP version not supported", 505);
  return target.includes("#") ? refuse("Fragment in request target") : null;
}

function fieldsRefusal(head: Head): Refusal | null {
  if (fieldValues(head, "Host").length !== 1) return refuse("Host must occur once");
  if (fieldValue(head, "Upgrade") === null) return refuse("This is a WebSocket endpoint", 426);
  if (!fieldHasToken(head, "Upgrade", "websocket")) return refuse("Upgrade must hold websocket");
  if (!fieldHasToken(head, "Connection", "upgrade")) return refuse("Connection must hold upgrade");
  const version = fieldValue(head, "Sec-WebSocket-Version")?.trim();
  if (version !== "13" && version !== "8") {
    return { status: 400, reason: "Unsupported WebSocket version", fields: ["Sec-WebSocket-Version: 13,8"] };
  }
  const protocols = (fieldValue(head, "Sec-WebSocket-Protocol") ?? "").split(",").map((name) => name.trim());
  if (new Set(protocols).size !== protocols.length) return refuse("Duplicate subprotocol");
  if (fieldValues(head, version === "13" ? "Origin" : "Sec-WebSocket-Origin").length > 1)
    return refuse("Origin occurs twice");
  const keys = fieldValues(head, "Sec-WebSocket-Key");
  if (keys.length !== 1) return refuse("Sec-WebSocket-Key must occur once");
  if (!/^[A-Za-z0-9+/]{22}==$/.test(keys[0]!)) return refuse("Bad Sec-WebSocket-Key");
  return fieldValues(head, "Sec-WebSocket-Extensions").length > 1
    ? refuse("Sec-WebSocket-Extensions occurs twice")
    : null;
}

/** permessage-deflate offers must be well-formed in every case, used or not (RFC 7692 section 7.1). */
function extensionsRefusal(head: Head): Refusal | null {
  const offers = parseExtensions(fieldValue(head, "Sec-WebSocket-Extensions") ?? "");
  const bad = offers.some((offer) => offer.name === permessageDeflate && "error" in readDeflateOffer(offer));
  return bad ? refuse("Bad permessage-deflate offer") : null;
}

/** Path and query of a request target in origin or absolute form (RFC 9112 section 3.2). */
function resourceOf(target: string): string {
  const absolute = /^[a-z]+:\/\/[^/?]*(.*)$/i.exec(target);
  return absolute ? `/${absolute[1]!.replace(/^\//, "")}` : target;
}
