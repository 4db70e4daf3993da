/** How the fuzzer negotiates permessage-deflate, in both roles (RFC 7692 section 7.1, as Autobahn does it). */

import { parseExtensions } from "../wire/extensions.ts";
import {
  type AgreedDeflate,
  type DeflateParams,
  formatDeflate,
  permessageDeflate,
  readDeflateOffer,
  readDeflateResponse,
} from "../wire/permessage-deflate.ts";

import type { DeflateAcceptance } from "./case.ts";

/** What a fuzzing server makes of a client's offers. */
export type OffersAnswer =
  /** Value of Sec-WebSocket-Extensions and its meaning; null when nothing offered is acceptable. */
  | { readonly response: string; readonly params: AgreedDeflate; readonly refused?: undefined }
  | { readonly response: null; readonly params: null; readonly refused?: undefined }
  /** An offer is malformed, which fails the handshake with 400 in every case; why, in words. */
  | { readonly response: null; readonly params: null; readonly refused: string };

/**
 * Answers a client's offers: each preference is tried on all offers, in their order, before the next preference.
 * Other extensions are skipped. Any client is taken to be able to do without context takeover.
 *
 * @param accepts preferences of the case; none for a case without compression
 * @param header value of Sec-WebSocket-Extensions; null when the field is absent
 */
export function answerOffers(accepts: readonly DeflateAcceptance[], header: string | null): OffersAnswer {
  const offers: DeflateParams[] = [];
  for (const extension of parseExtensions(header ?? "")) {
    if (extension.name !== permessageDeflate) continue;
    const reading = readDeflateOffer(extension);
    if ("error" in reading) return { response: null, params: null, refused: reading.error };
    offers.push(reading.params);
  }
  for (const preference of accepts) {
    const offer = offers.find((each) => satisfies(each, preference));
    if (offer !== undefined) {
      const params = accept(offer, preference);
      return { response: formatDeflate(params), params };
    }
  }
  return { response: null, params: null };
}

function satisfies(offer: DeflateParams, preference: DeflateAcceptance): boolean {
  return !preference.needsClientMaxWindowBits || offer.clientMaxWindowBits !== null;
}

function accept(offer: DeflateParams, preference: DeflateAcceptance): AgreedDeflate {
  return {
    serverNoContextTakeover: offer.serverNoContextTakeover,
    serverMaxWindowBits: offer.serverMaxWindowBits,
    clientNoContextTakeover: preference.clientNoContextTakeover,
    clientMaxWindowBits: preference.clientMaxWindowBits,
  };
}

/** What a fuzzing client makes of a server's answer. */
export type ServerAnswer =
  /** Null when the server uses no extension. */
  | { readonly params: AgreedDeflate | null }
  /** The handshake fails; why, in words. */
  | { readonly error: string };

/**
 * Reads a server's answer to the offers of a case. Whether the server granted what was asked for is not looked at:
 * any well-formed permessage-deflate will do, and no other extension.
 *
 * @param offers elements of Sec-WebSocket-Extensions; none for a case without compression
 * @param header value of the response's Sec-WebSocket-Extensions; null when the field is absent
 */
export function readAnswer(offers: readonly string[], header: string | null): ServerAnswer {
  const [extension, another] = parseExtensions(header ?? "");
  if (extension === undefined) return { params: null };
  const offered = new Set(offers.flatMap((offer) => parseExtensions(offer)).map(({ name }) => name));
  if (!offered.has(extension.name)) return { error: `extension "${extension.name}" was not offered` };
  if (another !== undefined) return { error: "more than one extension is used, and only one was offered" };
  const reading = readDeflateResponse(extension);
  return "error" in reading ? { error: `the response is malformed: ${reading.error}` } : reading;
}
