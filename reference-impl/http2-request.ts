import { fieldValue, fieldValues, type Head } from "../wire/handshake.ts";
import { type FieldLine, valueOf } from "../wire/http2/fields.ts";
import { type AgreedDeflate, formatDeflate } from "../wire/permessage-deflate.ts";

import type { ServerOpeningSettings } from "./handshake-server.ts";
import { answerOffers, extensionsFault } from "./negotiation.ts";
import { chooseSubprotocol } from "./subprotocols.ts";

/** Why a request of HTTP/2 opens no WebSocket connection. */
export interface StreamRefusal {
  readonly status: 400 | 404 | 501;
  readonly text: string;
  /** Further fields of the response. */
  readonly fields: readonly FieldLine[];
}

/** What comes of a request of HTTP/2. */
export type StreamReading =
  | { readonly refusal: StreamRefusal }
  | {
      /** Path and query. */
      readonly resource: string;
      readonly head: Head;
      readonly deflate: AgreedDeflate | null;
      readonly subprotocol: string | null;
      /** Of the response, beside its status. */
      readonly fields: readonly FieldLine[];
    };

const refused = (
  status: StreamRefusal["status"],
  text: string,
  fields: readonly FieldLine[] = [],
): StreamReading => ({
  refusal: { status, text, fields },
});

/**
 * The server's side of the opening handshake in a stream (RFC 8441 sections 4 and 5), strict. A malformed request does
 * not come so far.
 *
 * @param isWhole nothing will follow the request
 */
export function readStreamRequest(
  fields: readonly FieldLine[],
  isWhole: boolean,
  { deflate: limits = null, subprotocols = [], product = null, paths = null }: ServerOpeningSettings,
): StreamReading {
  const head = headOf(fields);
  const fault = requestFault(fields, head, isWhole) ?? pathFault(fields, paths);
  if (fault !== null) return fault;
  const deflate = answerOffers(fieldValue(head, "sec-websocket-extensions"), limits);
  const subprotocol = chooseSubprotocol(head, subprotocols);
  return {
    resource: valueOf(fields, ":path")!,
    head,
    deflate,
    subprotocol,
    fields: [
      ...(product === null ? [] : [["server", product] as const]),
      ...(subprotocol === null ? [] : [["sec-websocket-protocol", subprotocol] as const]),
      ...(deflate === null ? [] : [["sec-websocket-extensions", formatDeflate(deflate)] as const]),
    ],
  };
}

function requestFault(fields: readonly FieldLine[], head: Head, isWhole: boolean): StreamReading | null {
  const protocol = valueOf(fields, ":protocol");
  const authority = valueOf(fields, ":authority");
  if (valueOf(fields, ":method") !== "CONNECT") return refused(404, "there is nothing but WebSocket here");
  if (protocol === null) return refused(400, "this is no proxy");
  // Names of protocols are compared in any letter case (RFC 9110 section 7.8).
  if (protocol.toLowerCase() !== "websocket") return refused(501, "the protocol must be websocket");
  if (authority === null) return refused(400, ":authority must be there");
  const host = fieldValue(head, "host");
  if (host !== null && host !== authority) return refused(400, "Host must be what :authority is");
  if (isWhole) return refused(400, "the stream must stay open");
  if (fieldValues(head, "sec-websocket-version").join(", ") !== "13")
    return refused(400, "Sec-WebSocket-Version must be 13", [["sec-websocket-version", "13"]]);
  const extensions = fieldValue(head, "sec-websocket-extensions");
  const text = extensions === null ? null : extensionsFault(extensions);
  return text === null ? null : refused(400, text);
}

function pathFault(fields: readonly FieldLine[], paths: readonly string[] | null): StreamReading | null {
  const path = valueOf(fields, ":path")!.replace(/\?.*/s, "");
  return paths?.includes(path) === false ? refused(404, "there is nothing at this path") : null;
}

/** The request as its reader sees one of HTTP/1.1. */
function headOf(fields: readonly FieldLine[]): Head {
  const regular = fields.filter(([name]) => !name.startsWith(":"));
  const startLine = `${valueOf(fields, ":method")} ${valueOf(fields, ":path")} HTTP/2`;
  return {
    raw: `${[startLine, ...regular.map((line) => line.join(": "))].join("\r\n")}\r\n\r\n`,
    startLine,
    fields: regular.map(([name, value]) => ({ name, value })),
    deviations: [],
  };
}
