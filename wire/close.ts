/** Close frames: RFC 6455 sections 5.5.1 and 7.4. */

/** Names of the registered close codes, for people (RFC 6455 section 7.4.1 and the IANA registry). */
export const closeCodeNames: Readonly<Record<number, string>> = Object.freeze({
  1000: "Normal Closure",
  1001: "Going Away",
  1002: "Protocol Error",
  1003: "Unsupported Data",
  1004: "Reserved",
  1005: "No Status Received",
  1006: "Abnormal Closure",
  1007: "Invalid Frame Payload Data",
  1008: "Policy Violation",
  1009: "Message Too Big",
  1010: "Mandatory Extension",
  1011: "Internal Error",
  1012: "Service Restart",
  1013: "Try Again Later",
  1014: "Bad Gateway",
  1015: "TLS Handshake",
});

/**
 * Whether a close code may stand in a close frame: registered for use on the wire (1012 to 1014 included,
 * which were registered after RFC 6455), or of the ranges for libraries and applications.
 */
export function isSendableCloseCode(code: number): boolean {
  if (code >= 3000 && code <= 4999) return true;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

/** What stands in the payload of a close frame. */
export interface CloseContent {
  /** Null when the payload is empty or a single octet. */
  readonly code: number | null;
  /** The octets after the code; null when there are none. */
  readonly reason: Buffer | null;
}

/** Splits the payload of a close frame; nothing is validated. */
export function parseClosePayload(payload: Buffer): CloseContent {
  if (payload.length < 2) return { code: null, reason: null };
  return { code: payload.readUInt16BE(0), reason: payload.length > 2 ? payload.subarray(2) : null };
}

/** The payload of a close frame. A reason without a code gives just the reason's octets, legal or not. */
export function closePayload(code: number | null, reason: Buffer | null = null): Buffer {
  const head = Buffer.alloc(code === null ? 0 : 2);
  if (code !== null) head.writeUInt16BE(code, 0);
  return reason === null ? head : Buffer.concat([head, reason]);
}
