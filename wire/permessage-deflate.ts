/** The parameters of permessage-deflate: what offers and responses may say (RFC 7692 section 7.1). */

import type { DeflateSettings } from "./deflate.ts";
import { type Extension, type ExtensionParam, formatExtensions } from "./extensions.ts";

/** The extension's name. */
export const permessageDeflate = "permessage-deflate";

/** Parameters of an offer or of a response. */
export interface DeflateParams {
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  /** Null when it is not named, which leaves 15. */
  readonly serverMaxWindowBits: number | null;
  /** True, in an offer only: the client knows the parameter and names no limit. */
  readonly clientMaxWindowBits: number | true | null;
}

/** Parameters of a response: what both sides keep to. */
export interface AgreedDeflate extends DeflateParams {
  readonly clientMaxWindowBits: number | null;
}

/** An element of Sec-WebSocket-Extensions read as permessage-deflate. */
export type DeflateReading<Params extends DeflateParams> =
  | { readonly params: Params }
  /** What is wrong with it, in words; holds text of the peer's. */
  | { readonly error: string };

/** Reads a client's offer (RFC 7692 section 7.1); the name is the caller's matter. */
export function readDeflateOffer({ params }: Extension): DeflateReading<DeflateParams> {
  return readParams(params, true);
}

/** Reads a server's response: as an offer, but `client_max_window_bits` needs its value (section 7.1.2.2). */
export function readDeflateResponse({ params }: Extension): DeflateReading<AgreedDeflate> {
  const reading = readParams(params, false);
  if ("error" in reading) return reading;
  const { clientMaxWindowBits } = reading.params;
  return { params: { ...reading.params, clientMaxWindowBits: asNumber(clientMaxWindowBits) } };
}

/** One element of Sec-WebSocket-Extensions: the server's parameters first, as Autobahn orders them. */
export function formatDeflate(params: DeflateParams): string {
  const found: ExtensionParam[] = [];
  const add = (name: string, value: number | boolean | null) => {
    if (value === null || value === false) return;
    found.push({ name, value: value === true ? null : String(value) });
  };
  add("server_no_context_takeover", params.serverNoContextTakeover);
  add("server_max_window_bits", params.serverMaxWindowBits);
  add("client_no_context_takeover", params.clientNoContextTakeover);
  add("client_max_window_bits", params.clientMaxWindowBits);
  return formatExtensions([{ name: permessageDeflate, params: found }]);
}

/** How the messages of one side are compressed under a response's parameters. */
export function deflateSettings(agreed: AgreedDeflate, sender: "client" | "server"): DeflateSettings {
  return sender === "client"
    ? {
        windowBits: agreed.clientMaxWindowBits ?? defaultWindowBits,
        contextTakeover: !agreed.clientNoContextTakeover,
      }
    : {
        windowBits: agreed.serverMaxWindowBits ?? defaultWindowBits,
        contextTakeover: !agreed.serverNoContextTakeover,
      };
}

const defaultWindowBits = 15;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function readParams(params: readonly ExtensionParam[], offer: boolean): DeflateReading<DeflateParams> {
  const found: Mutable<DeflateParams> = {
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    serverMaxWindowBits: null,
    clientMaxWindowBits: null,
  };
  const seen = new Set<string>();
  for (const param of params) {
    if (seen.has(param.name)) return { error: `${param.name} is there twice` };
    seen.add(param.name);
    const error = readParam(param, offer, found);
    if (error !== null) return { error };
  }
  return { params: found };
}

/** Null when the parameter is in order. */
function readParam(
  { name, value }: ExtensionParam,
  offer: boolean,
  found: Mutable<DeflateParams>,
): string | null {
  switch (name) {
    case "server_no_context_takeover":
      found.serverNoContextTakeover = true;
      return value === null ? null : `${name} has a value, "${value}"`;
    case "client_no_context_takeover":
      found.clientNoContextTakeover = true;
      return value === null ? null : `${name} has a value, "${value}"`;
    case "server_max_window_bits":
      found.serverMaxWindowBits = windowBits(value);
      return found.serverMaxWindowBits === null ? noWindowBits(name, value) : null;
    case "client_max_window_bits":
      found.clientMaxWindowBits = offer && value === null ? true : windowBits(value);
      return found.clientMaxWindowBits === null ? noWindowBits(name, value) : null;
    default:
      return `permessage-deflate knows no parameter "${name}"`;
  }
}

/** A decimal integer from 8 to 15 without leading zeros (section 7.1.2); else null. */
function windowBits(value: string | null): number | null {
  return value !== null && /^(?:[89]|1[0-5])$/.test(value) ? Number(value) : null;
}

function noWindowBits(name: string, value: string | null): string {
  return value === null ? `${name} has no value` : `${name} is "${value}", not a number from 8 to 15`;
}

function asNumber(bits: number | true | null): number | null {
  return bits === true ? null : bits;
}
