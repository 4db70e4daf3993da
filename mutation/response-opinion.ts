import { acceptKey, fieldHasToken, fieldValue, fieldValues, type Head } from "../wire/handshake.ts";
import { parseExtensions } from "../wire/extensions.ts";
import {
  type AgreedDeflate,
  permessageDeflate,
  readDeflateOffer,
  readDeflateResponse,
} from "../wire/permessage-deflate.ts";
import { checkResponse } from "../reference-impl/handshake-client.ts";
import { readResponse } from "../reference-impl/negotiation.ts";

import type { OpeningOpinion } from "./opening-opinion.ts";

/** What a client that keeps to the RFCs makes of a response; where it opens, also what both sides keep to. */
export type ResponseOpinion = OpeningOpinion & { readonly agreed: AgreedDeflate | null };

/**
 * The reference endpoint's opinion of a response to a client's request; what it refuses, others may take unless a rule
 * says that they must not.
 */
export function responseOpinion(response: Head, request: Head): ResponseOpinion {
  const key = fieldValue(request, "Sec-WebSocket-Key") ?? "";
  const fault = checkResponse(response, key)?.text ?? extensionFault(response, request);
  const agreed = agreedIn(response);
  if (fault === null) {
    if (brokenRule(response, request) === undefined)
      return { ...(oddity(response) ?? { verdict: "open" }), agreed };
  } else if (hasOddForm(response)) return { verdict: "either", text: fault, agreed };
  const rule = brokenRule(response, request);
  if (rule === undefined) return { verdict: "either", text: fault ?? "", agreed };
  return { verdict: "refuse", rule: rule.rule, text: rule.text, agreed };
}

/** What cannot be read for certain is read in more than one way; a status line as well as the rest. */
function hasOddForm({ deviations, startLine }: Head): boolean {
  return (
    deviations.some((text) => !text.includes("is not a token")) || !/^HTTP\/1\.1 \d{3}( |$)/.test(startLine)
  );
}

/** What is legal, and has been the beginning of attacks, or is of no use. */
function oddity(response: Head): OpeningOpinion | null {
  if (/[^\t\r\n -~]/.test(response.raw))
    return { verdict: "either", text: "it holds octets that are not ASCII" };
  // RFC 9110 section 8.6: a server must not send it with this status.
  if (fieldValues(response, "Content-Length").length > 0)
    return { verdict: "either", text: "it says how long a body is that it has not" };
  // The grammar of a status line wants a blank even before no words (RFC 9112 section 4).
  return /^HTTP\/1\.1 \d{3}\r?\n/.test(response.raw)
    ? { verdict: "either", text: "the status line ends behind the status" }
    : null;
}

/** Where the extensions of a response do not fit the request, or null. */
function extensionFault(response: Head, request: Head): string | null {
  const values = fieldValues(response, "Sec-WebSocket-Extensions");
  const offers = offersOf(request);
  const readings = offers.map((offer) => readResponse(values, offer));
  // A client may make several offers; the response need fit only one of them.
  if (readings.some((reading) => !("error" in reading))) return null;
  const [first = readResponse(values, null)] = readings;
  return "error" in first ? first.error : null;
}

function offersOf(request: Head) {
  return parseExtensions(fieldValue(request, "Sec-WebSocket-Extensions") ?? "").flatMap((extension) => {
    if (extension.name !== permessageDeflate) return [];
    const reading = readDeflateOffer(extension);
    return "error" in reading ? [] : [reading.params];
  });
}

/** What a response that is in order agrees on. */
function agreedIn(response: Head): AgreedDeflate | null {
  const [extension] = parseExtensions(fieldValue(response, "Sec-WebSocket-Extensions") ?? "");
  if (extension?.name !== permessageDeflate) return null;
  const reading = readDeflateResponse(extension);
  return "error" in reading ? null : reading.params;
}

interface Rule {
  readonly rule: string;
  readonly text: string;
  readonly isBroken: (response: Head, request: Head) => boolean;
}

const brokenRule = (response: Head, request: Head): Rule | undefined =>
  rules.find(({ isBroken }) => isBroken(response, request));

/** On what a client must fail the connection: section 4.1 of RFC 6455 in its order, and section 7.1 of RFC 7692. */
const rules: readonly Rule[] = [
  {
    rule: "RFC 6455, 4.1",
    text: "the status is not 101",
    isBroken: ({ startLine }) => /^HTTP\/1\.1 (?!101( |$))\d{3}( |$)/.test(startLine),
  },
  {
    rule: "RFC 6455, 4.1",
    text: "Upgrade is missing, or is not `websocket`",
    isBroken: (response) => {
      const values = fieldValues(response, "Upgrade");
      return (
        values.every((value) => value.toLowerCase() !== "websocket") && !values.some((v) => v.includes(","))
      );
    },
  },
  {
    rule: "RFC 6455, 4.1",
    text: "Connection is missing, or does not hold `Upgrade`",
    isBroken: (response) => !fieldHasToken(response, "Connection", "upgrade"),
  },
  {
    rule: "RFC 6455, 4.1",
    text: "Sec-WebSocket-Accept is missing, or does not fit the key",
    isBroken: (response, request) => {
      const [accept, ...more] = fieldValues(response, "Sec-WebSocket-Accept");
      const key = fieldValue(request, "Sec-WebSocket-Key") ?? "";
      return more.length === 0 && accept !== acceptKey(key);
    },
  },
  {
    rule: "RFC 6455, 4.1",
    text: "an extension is used that was not asked for",
    isBroken: (response, request) => {
      const asked = new Set(namesIn(request));
      return namesIn(response).some((name) => !asked.has(name));
    },
  },
  {
    rule: "RFC 7692, 7.1",
    text: "a parameter of permessage-deflate is unknown, is there twice or has an invalid value",
    isBroken: (response) => {
      const all = parseExtensions(fieldValue(response, "Sec-WebSocket-Extensions") ?? "");
      return all.some((each) => each.name === permessageDeflate && "error" in readDeflateResponse(each));
    },
  },
  {
    rule: "RFC 6455, 4.1",
    text: "a subprotocol is used that was not asked for",
    isBroken: (response, request) => {
      const [chosen] = fieldValues(response, "Sec-WebSocket-Protocol");
      const asked = (fieldValue(request, "Sec-WebSocket-Protocol") ?? "").split(",");
      return chosen !== undefined && !asked.some((name) => name.trim() === chosen);
    },
  },
];

function namesIn(head: Head): string[] {
  return parseExtensions(fieldValue(head, "Sec-WebSocket-Extensions") ?? "").map(({ name }) => name);
}
