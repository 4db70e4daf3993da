/**
 * The opening handshake in its two forms: as HTTP/1.1 writes it (RFC 6455 section 4) and as a stream of HTTP/2 carries
 * it (RFC 8441 section 5). Pure.
 */

import { acceptKey, fieldValue, type Head } from "../../../wire/handshake.ts";

/** Fields of a stream, pseudo-fields among them, in small letters; several of one name are a list. */
export type StreamFields = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What stands before the name of a field that is handed on only to be looked at. */
const shown = "H2-";

/** Fields of a connection of HTTP/1.1, of which HTTP/2 knows nothing (RFC 9113 section 8.2.2). */
const ofConnection = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "sec-websocket-accept",
  "sec-websocket-key",
];

/** Fields of a client's request that the gateway writes itself. */
const written = new Set([...ofConnection, "host", "sec-websocket-version"]);

/** Fields of the opening handshake that have a meaning on a stream too (RFC 8441 section 5). */
const carried = ["sec-websocket-version", "sec-websocket-protocol", "sec-websocket-extensions", "origin"];

/** The request of HTTP/1.1 as an extended CONNECT. */
export function connectFields(
  head: Head,
  { scheme, authority }: { readonly scheme: "http" | "https"; readonly authority: string },
): Record<string, string> {
  const fields = carried.flatMap((name) => {
    const value = fieldValue(head, name);
    return value === null ? [] : [[name, value] as const];
  });
  return {
    ":method": "CONNECT",
    ":protocol": "websocket",
    ":scheme": scheme,
    ":path": head.startLine.split(" ")[1] ?? "/",
    ":authority": authority,
    ...Object.fromEntries(fields),
  };
}

/** The response of HTTP/1.1 that says what a stream's response said; key and accept are nobody's business there. */
export function acceptance(request: Head, fields: StreamFields): string {
  const accept = acceptKey((fieldValue(request, "Sec-WebSocket-Key") ?? "").trim());
  return headOf([
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept}`,
    ...linesOf(fields, ["sec-websocket-protocol", "sec-websocket-extensions"]),
  ]);
}

/** The response of HTTP/1.1 that refuses. */
export function refusal(status: number, reason: string): string {
  return headOf([`HTTP/1.1 ${status} ${reason}`, "Content-Length: 0", "Connection: close"]);
}

/**
 * An extended CONNECT as a request of HTTP/1.1. What HTTP/2 has no words for is made up: the method, Connection, Upgrade,
 * the key, and a version where there is none. What the client did say there, and its pseudo-fields, stand in fields that
 * begin with `H2-`, so that cases can look at them.
 */
export function upgradeRequest(fields: StreamFields, key: string): string {
  const pseudo = [":method", ":protocol", ":scheme", ":authority", ":path"];
  const own = Object.keys(fields).filter((name) => !name.startsWith(":"));
  return headOf([
    `GET ${valuesOf(fields, ":path")[0] ?? "/"} HTTP/1.1`,
    `Host: ${valuesOf(fields, ":authority")[0] ?? valuesOf(fields, "host")[0] ?? "localhost"}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    `Sec-WebSocket-Key: ${key}`,
    ...(fields["sec-websocket-version"] === undefined
      ? ["Sec-WebSocket-Version: 13"]
      : linesOf(fields, ["sec-websocket-version"])),
    ...linesOf(
      fields,
      own.filter((name) => !written.has(name)),
    ),
    ...linesOf(
      fields,
      own.filter((name) => written.has(name)),
      shown,
    ),
    ...pseudo.flatMap((name) => valuesOf(fields, name).map((value) => `${shown}${name.slice(1)}: ${value}`)),
  ]);
}

/**
 * A response of HTTP/1.1 as that of a stream: 101 is 200 there, fields of a connection are left out, and what begins with
 * `H2-` loses that. Null when its first line is none.
 */
export function streamResponse(head: Head): Record<string, string | string[]> | null {
  const status = /^HTTP\/1\.1 (\d{3})(?: |$)/.exec(head.startLine)?.[1];
  if (status === undefined) return null;
  const fields: Record<string, string | string[]> = { ":status": status === "101" ? "200" : status };
  for (const { name, value } of head.fields) {
    const small = name.toLowerCase();
    if (ofConnection.includes(small)) continue;
    const own = small.startsWith("h2-") ? small.slice(shown.length) : small;
    const before = fields[own];
    fields[own] = before === undefined ? value : [...[before].flat(), value];
  }
  return fields;
}

function valuesOf(fields: StreamFields, name: string): readonly string[] {
  const value = fields[name];
  return value === undefined ? [] : [value].flat();
}

function linesOf(fields: StreamFields, names: readonly string[], before = ""): readonly string[] {
  return names.flatMap((name) =>
    valuesOf(fields, name).map((value) => `${before}${inTitleCase(name)}: ${value}`),
  );
}

const inTitleCase = (name: string) =>
  name.replaceAll(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());

const headOf = (lines: readonly string[]) => `${lines.join("\r\n")}\r\n\r\n`;
