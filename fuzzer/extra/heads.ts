/** The fuzzer's half of the opening handshake, made of templates, and what can be read off the peer's half. */

import { parseExtensions } from "../../wire/extensions.ts";
import { acceptKey, fieldHasToken, fieldValue, fieldValues, type Head } from "../../wire/handshake.ts";
import {
  type AgreedDeflate,
  type DeflateParams,
  permessageDeflate,
  readDeflateOffer,
  readDeflateResponse,
} from "../../wire/permessage-deflate.ts";

/** The request of RFC 6455 section 4.1 as a template; lines as data, so that a case can change one. */
export const requestLines: readonly string[] = Object.freeze([
  "GET {resource} HTTP/1.1",
  "Host: {host}",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: {key}",
  "Sec-WebSocket-Version: 13",
]);

/** The response of RFC 6455 section 4.2.2 as a template. */
export const responseLines: readonly string[] = Object.freeze([
  "HTTP/1.1 101 Switching Protocols",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Accept: {accept}",
]);

/** Lines as a head. */
export function headOf(lines: readonly string[]): string {
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Replaces the names in braces; text that only looks like one is left alone. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{([a-z]+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** The status of a response; null when the line is none. */
export function statusOf(head: Head): number | null {
  const found = /^HTTP\/\d\.\d (\d{3})(?: |$)/.exec(head.startLine);
  return found === null ? null : Number(found[1]);
}

/**
 * Why a response of status 101 does not open a connection (RFC 6455 section 4.1), or null. Extensions and subprotocol
 * are the business of the rules.
 */
export function openingFault(head: Head, key: string): string | null {
  if (statusOf(head) !== 101) return `the status line is "${head.startLine.slice(0, 60)}"`;
  if (fieldValue(head, "Upgrade")?.trim().toLowerCase() !== "websocket") return "Upgrade is not `websocket`";
  if (!fieldHasToken(head, "Connection", "upgrade")) return "Connection does not hold `Upgrade`";
  const accepts = fieldValues(head, "Sec-WebSocket-Accept");
  if (accepts.length !== 1) return `Sec-WebSocket-Accept occurs ${accepts.length} times`;
  return accepts[0] === acceptKey(key) ? null : "Sec-WebSocket-Accept does not fit the key";
}

/** What a response agrees to of permessage-deflate; null for nothing, or for what cannot be understood. */
export function agreedBy(response: Head): AgreedDeflate | null {
  const extensions = parseExtensions(fieldValue(response, "Sec-WebSocket-Extensions") ?? "");
  const found = extensions.find(({ name }) => name === permessageDeflate);
  const reading = found && readDeflateResponse(found);
  return reading !== undefined && "params" in reading ? reading.params : null;
}

/** The first offer of permessage-deflate that can be understood; null without one. */
function offerOf(request: Head): DeflateParams | null {
  const extensions = parseExtensions(fieldValue(request, "Sec-WebSocket-Extensions") ?? "");
  for (const extension of extensions) {
    const reading = extension.name === permessageDeflate ? readDeflateOffer(extension) : null;
    if (reading !== null && "params" in reading) return reading.params;
  }
  return null;
}

/** Whether an answer is allowed: a server may limit the client's window only where that was offered. */
export function canAnswer(request: Head, answer: string): boolean {
  const offer = offerOf(request);
  return offer !== null && (offer.clientMaxWindowBits !== null || !answer.includes("client_max_window_bits"));
}

/** An answer with what the client's offer demands of the server, and what it says of itself, where it lacks that. */
export function answerTo(request: Head, answer: string): string {
  const offer = offerOf(request);
  const added = [
    ...(offer?.serverNoContextTakeover ? ["server_no_context_takeover"] : []),
    ...(offer?.clientNoContextTakeover ? ["client_no_context_takeover"] : []),
    ...(typeof offer?.serverMaxWindowBits === "number"
      ? [`server_max_window_bits=${offer.serverMaxWindowBits}`]
      : []),
  ];
  const lacking = added.filter((param) => !answer.includes(param.replace(/=.*/, "")));
  return [answer, ...lacking].join("; ");
}
