/** How permessage-deflate is negotiated, strictly (RFC 6455 section 9.1, RFC 7692 sections 5 and 7.1). */

import { type Extension, parseExtensions } from "../wire/extensions.ts";
import {
  type AgreedDeflate,
  type DeflateParams,
  formatDeflate,
  permessageDeflate,
  readDeflateOffer,
  readDeflateResponse,
} from "../wire/permessage-deflate.ts";

/**
 * What a client asks for. The server's parameters are demands. The client's are what it is ready to do if the server
 * asks, and it keeps to them even if the server does not.
 */
export type DeflateOffer = DeflateParams;

/**
 * What a server wants beside what a client demands. Its own parameters limit itself. The client's limit the client:
 * with a number of window bits, offers of clients that cannot be limited are declined. What a client is ready to do is
 * not asked of it otherwise: its messages inflate all the same.
 */
export type DeflateLimits = AgreedDeflate;

/** Characters of a text that may hold the peer's. */
const maxQuoted = 200;

const noLimits: DeflateLimits = Object.freeze({
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: null,
  clientMaxWindowBits: null,
});

/**
 * What a client offers unless told otherwise, with the changes given: it can limit its window, and asks for nothing.
 *
 * @throws RangeError when window bits are not 8 to 15
 */
export function deflateOffer(changes: Partial<DeflateOffer> = {}): DeflateOffer {
  return checked({ ...noLimits, clientMaxWindowBits: true, ...changes });
}

/**
 * The limits given; by default there are none.
 *
 * @throws RangeError when window bits are not 8 to 15
 */
export function deflateLimits(limits: Partial<DeflateLimits> = {}): DeflateLimits {
  return checked({ ...noLimits, ...limits });
}

/** What in Sec-WebSocket-Extensions is not as its grammar wants it, which fails the handshake, or null. */
export function extensionsFault(header: string): string | null {
  const extensions = parseExtensions(header);
  if (extensions.length === 0) return "Sec-WebSocket-Extensions names no extension";
  if (/;[ \t]*(?:[;,]|$)/.test(header)) return "Sec-WebSocket-Extensions holds a parameter without a name";
  const texts = extensions.flatMap(({ name, params }) => [
    name,
    ...params.flatMap((param) => (param.value === null ? [param.name] : [param.name, param.value])),
  ]);
  return texts.every(isToken) ? null : "Sec-WebSocket-Extensions holds what is no token";
}

/**
 * A server's answer to a request: the first offer that can be accepted counts. Other extensions are skipped, and
 * malformed offers declined, as section 7.1 of RFC 7692 wants it.
 *
 * @param header value of Sec-WebSocket-Extensions; null when the field is absent
 * @param limits null for a server that does without
 * @returns null when nothing is agreed
 */
export function answerOffers(header: string | null, limits: DeflateLimits | null): AgreedDeflate | null {
  if (header === null || limits === null) return null;
  for (const extension of parseExtensions(header)) {
    if (extension.name !== permessageDeflate) continue;
    const reading = readDeflateOffer(extension);
    const agreed = "error" in reading ? null : accept(reading.params, limits);
    if (agreed !== null) return agreed;
  }
  return null;
}

function accept(offer: DeflateOffer, limits: DeflateLimits): AgreedDeflate | null {
  if (limits.clientMaxWindowBits !== null && offer.clientMaxWindowBits === null) return null;
  return {
    serverNoContextTakeover: limits.serverNoContextTakeover || offer.serverNoContextTakeover,
    clientNoContextTakeover: limits.clientNoContextTakeover,
    serverMaxWindowBits: smaller(limits.serverMaxWindowBits, offer.serverMaxWindowBits),
    clientMaxWindowBits:
      limits.clientMaxWindowBits === null
        ? null
        : smaller(limits.clientMaxWindowBits, numberOf(offer.clientMaxWindowBits)),
  };
}

/** What came of an offer: what both sides keep to, null when the server does without; or why the handshake fails. */
export type ResponseReading = { readonly agreed: AgreedDeflate | null } | { readonly error: string };

/**
 * Reads a server's response to an offer. A response that does not grant what was demanded, or says what only an offer
 * allows it to say, fails the handshake.
 *
 * @param headers values of Sec-WebSocket-Extensions, of which there may be one
 * @param offer null when there was none
 */
export function readResponse(headers: readonly string[], offer: DeflateOffer | null): ResponseReading {
  const [header, ...more] = headers;
  if (header === undefined) return { agreed: null };
  if (more.length > 0) return { error: `Sec-WebSocket-Extensions occurs ${headers.length} times` };
  if (offer === null) return { error: "an extension is used that was not asked for" };
  const fault = extensionsFault(header);
  return fault === null ? readAgreed(parseExtensions(header), offer) : { error: fault };
}

function readAgreed(extensions: readonly Extension[], offer: DeflateOffer): ResponseReading {
  if (extensions.some(({ name }) => name !== permessageDeflate))
    return { error: "an extension is used that was not asked for" };
  if (extensions.length > 1) return { error: "permessage-deflate is agreed to more than once" };
  const reading = readDeflateResponse(extensions[0]!);
  if ("error" in reading) return { error: reading.error.slice(0, maxQuoted) };
  const error = discord(reading.params, offer);
  return error === null ? { agreed: asKept(reading.params, offer) } : { error };
}

/** Where a response does not fit the offer, or null (sections 7.1.1 and 7.1.2). */
function discord(response: AgreedDeflate, offer: DeflateOffer): string | null {
  if (offer.serverNoContextTakeover && !response.serverNoContextTakeover)
    return "server_no_context_takeover was demanded, and is not granted";
  if (
    offer.serverMaxWindowBits !== null &&
    !isWithin(response.serverMaxWindowBits, offer.serverMaxWindowBits)
  )
    return `server_max_window_bits of ${offer.serverMaxWindowBits} was demanded, and is not granted`;
  if (response.clientMaxWindowBits === null) return null;
  if (offer.clientMaxWindowBits === null) return "client_max_window_bits is used, and was not offered";
  const most = numberOf(offer.clientMaxWindowBits) ?? 15;
  return isWithin(response.clientMaxWindowBits, most)
    ? null
    : `client_max_window_bits is more than the ${most} that were offered`;
}

/** A client does what it offered to do, asked or not. */
function asKept(response: AgreedDeflate, offer: DeflateOffer): AgreedDeflate {
  return {
    ...response,
    clientNoContextTakeover: response.clientNoContextTakeover || offer.clientNoContextTakeover,
    clientMaxWindowBits: smaller(response.clientMaxWindowBits, numberOf(offer.clientMaxWindowBits)),
  };
}

/** The line of a request or response. */
export function extensionsLine(params: DeflateParams): string {
  return `Sec-WebSocket-Extensions: ${formatDeflate(params)}`;
}

function checked<Params extends DeflateParams>(params: Params): Params {
  for (const bits of [params.serverMaxWindowBits, params.clientMaxWindowBits]) {
    if (typeof bits === "number" && !(Number.isInteger(bits) && bits >= 8 && bits <= 15))
      throw new RangeError(`window bits are 8 to 15, not ${bits}`);
  }
  return params;
}

function isToken(text: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text);
}

function smaller(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

function isWithin(bits: number | null, most: number): boolean {
  return bits !== null && bits <= most;
}

function numberOf(bits: number | true | null): number | null {
  return bits === true ? null : bits;
}
