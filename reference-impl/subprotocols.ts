/** Choosing a subprotocol (RFC 6455 sections 1.9, 4.1 and 4.2.2). */

import { fieldValue, fieldValues, type Head } from "../wire/handshake.ts";

/** A token of RFC 9110 section 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Subprotocols as they were given.
 *
 * @throws TypeError when one is no token, or occurs twice (RFC 6455 section 4.1, item 10)
 */
export function checkSubprotocols(names: readonly string[]): readonly string[] {
  const bad = names.find((name, index) => !token.test(name) || names.indexOf(name) !== index);
  if (bad !== undefined)
    throw new TypeError(`a subprotocol must be a token, and each another: ${JSON.stringify(bad)}`);
  return names;
}

/** The first subprotocol that the client asks for and the server has; null when there is none. */
export function chooseSubprotocol(request: Head, supported: readonly string[]): string | null {
  const asked = (fieldValue(request, "Sec-WebSocket-Protocol") ?? "").split(",").map((name) => name.trim());
  return asked.find((name) => supported.includes(name)) ?? null;
}

/** What the server chose, or why that fails the connection (RFC 6455 section 4.1, item 6 of the response). */
export function readChosen(
  response: Head,
  asked: readonly string[],
): { readonly chosen: string | null } | { readonly error: string } {
  const [chosen, ...more] = fieldValues(response, "Sec-WebSocket-Protocol");
  if (chosen === undefined) return { chosen: null };
  if (more.length > 0) return { error: `Sec-WebSocket-Protocol occurs ${more.length + 1} times` };
  if (asked.includes(chosen)) return { chosen };
  return { error: "a subprotocol is used that was not asked for" };
}
