import { type FieldLine, valueOf } from "../../../wire/http2/fields.ts";

/** Fields that speak of a connection of HTTP/1.1, which no message of HTTP/2 may hold (RFC 9113 section 8.2.2). */
const connectionSpecific: ReadonlySet<string> = new Set([
  "connection",
  "proxy-connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
]);

/** The fields of an opening handshake as RFC 8441 section 5.1 shows them, as a template. */
export const openingFields: readonly FieldLine[] = Object.freeze([
  [":method", "CONNECT"],
  [":protocol", "websocket"],
  [":scheme", "{scheme}"],
  [":path", "{resource}"],
  [":authority", "{host}"],
  ["sec-websocket-version", "13"],
] as const);

/** Whether a request asks for a stream that is a tunnel, so that what follows may be frames of WebSocket. */
export function asksForTunnel(fields: readonly FieldLine[]): boolean {
  return valueOf(fields, ":method") === "CONNECT" || valueOf(fields, ":protocol") !== null;
}

/** The status of a response; null when there is none. */
export function statusOfFields(fields: readonly FieldLine[]): number | null {
  const status = valueOf(fields, ":status");
  return status !== null && /^\d{3}$/.test(status) ? Number(status) : null;
}

/** A request as a head of HTTP/1.1 would show it, for records and their readers. */
export function requestText(fields: readonly FieldLine[]): string {
  return headText("HTTP/2", fields);
}

/** A response as a head of HTTP/1.1 would show it. */
export function responseText(fields: readonly FieldLine[]): string {
  const others = fields.filter(([name]) => name !== ":status");
  return headText(`HTTP/2 ${valueOf(fields, ":status") ?? ""}`, others);
}

function headText(first: string, fields: readonly FieldLine[]): string {
  const lines = fields.map((line) => line.join(": ").replaceAll(/[\r\n]/g, " "));
  return `${[first, ...lines].join("\r\n")}\r\n\r\n`;
}

/** The rules of RFC 9113 that the fields of a response break, in words. */
export function fieldFaults(fields: readonly FieldLine[], kind: "response" | "trailers"): readonly string[] {
  const pseudo = fields.filter(([name]) => name.startsWith(":"));
  const firstRegular = fields.findIndex(([name]) => !name.startsWith(":"));
  const behind = firstRegular >= 0 && fields.slice(firstRegular).some(([name]) => name.startsWith(":"));
  return [
    ...(kind === "trailers" && pseudo.length > 0
      ? ["trailers hold a pseudo-header field (section 8.3)"]
      : []),
    ...(kind === "response" ? statusFaults(fields, pseudo) : []),
    ...(behind ? ["a pseudo-header field stands behind another field (section 8.3)"] : []),
    ...fields.flatMap(([name, value]) => [...nameFaults(name), ...valueFaults(name, value)]),
  ];
}

function statusFaults(fields: readonly FieldLine[], pseudo: readonly FieldLine[]): readonly string[] {
  const status = statusOfFields(fields);
  if (pseudo.length !== 1 || status === null)
    return ["a response does not have :status once, and no other pseudo-header field (section 8.3.2)"];
  return status === 101 ? ["a response has status 101 (section 8.6)"] : [];
}

function nameFaults(name: string): readonly string[] {
  if (/[A-Z]/.test(name)) return ["a field name has uppercase letters (section 8.2.1)"];
  // What stands behind the colon of a pseudo-header field is looked at with the others.
  if (/[^!-~]|:/.test(name.replace(/^:/, "")) || name === "")
    return ["a field name has octets that it may not have (section 8.2.1)"];
  return connectionSpecific.has(name)
    ? [`a response holds ${name}, which speaks of a connection (section 8.2.2)`]
    : [];
}

function valueFaults(name: string, value: string): readonly string[] {
  const isBad = /[\0\r\n]/.test(value) || /^[ \t]|[ \t]$/.test(value);
  return isBad ? [`the value of ${name} has octets that it may not have (section 8.2.1)`] : [];
}
