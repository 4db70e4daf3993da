/** Frames of HTTP/2 (RFC 9113 sections 4.1 and 6). */

/** What a client says first of all (RFC 9113 section 3.4). */
export const clientPreface: Buffer = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/** Types of frames (RFC 9113 section 6). */
export const FrameType = Object.freeze({
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
});

/** Flags of frames; the first two are one bit, for different types. */
export const FrameFlag = Object.freeze({ ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 0x20 });

/** Settings (RFC 9113 section 6.5.2; the last is of RFC 8441 section 3). */
export const Setting = Object.freeze({
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
  enableConnectProtocol: 8,
});

/** Codes of errors (RFC 9113 section 7). */
export const ErrorCode = Object.freeze({
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  settingsTimeout: 4,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  connectError: 10,
  enhanceYourCalm: 11,
  inadequateSecurity: 12,
  http1_1Required: 13,
});

/** Octets before the payload of a frame. */
const headerLength = 9;

/** SETTINGS_MAX_FRAME_SIZE as it is when nothing is said, in octets. */
export const defaultMaxFrame = 16_384;

/** Windows as they are when nothing is said, in octets (RFC 9113 section 6.9.2). */
export const defaultWindow = 65_535;

export interface Http2Frame {
  readonly type: number;
  readonly flags: number;
  /** 0 for the connection itself. */
  readonly stream: number;
  readonly payload: Buffer;
}

/** Octets of a frame. @throws RangeError when the payload does not fit into 24 bits of length */
export function encodeHttp2Frame({ type, flags, stream, payload }: Http2Frame): Buffer {
  const header = Buffer.alloc(headerLength);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

/** The payload of SETTINGS. */
export function encodeSettings(settings: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(6 * settings.length);
  for (const [at, [id, value]] of settings.entries()) {
    payload.writeUInt16BE(id, 6 * at);
    payload.writeUInt32BE(value, 6 * at + 2);
  }
  return payload;
}

/** What SETTINGS say, in their order; a rest of less than six octets is left out. */
export function decodeSettings(payload: Buffer): readonly (readonly [id: number, value: number])[] {
  const count = Math.floor(payload.length / 6);
  return Array.from({ length: count }, (_, at) => [
    payload.readUInt16BE(6 * at),
    payload.readUInt32BE(6 * at + 2),
  ]);
}

/** A 32-bit number as a payload: that of RST_STREAM or WINDOW_UPDATE. */
export function uint32(value: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(value);
  return payload;
}

/** A payload with padding behind it, of so many octets up to 255 (RFC 9113 section 6.1). */
export function padded(payload: Buffer, pad: number): Buffer {
  return Buffer.concat([Buffer.of(pad), payload, Buffer.alloc(pad)]);
}

/**
 * The payload of a frame that may be padded, and may begin with a priority (RFC 9113 sections 6.1 and 6.2); null when
 * it does not hold what its flags say.
 */
export function withoutPadding({ type, flags, payload }: Http2Frame): Buffer | null {
  const isPadded = (flags & FrameFlag.padded) !== 0;
  const begin =
    (isPadded ? 1 : 0) + (type === FrameType.headers && (flags & FrameFlag.priority) !== 0 ? 5 : 0);
  const end = payload.length - (isPadded ? (payload[0] ?? 0) : 0);
  return begin > end ? null : payload.subarray(begin, end);
}

/** Takes frames out of octets, whatever pieces they come in. Memory: one frame. */
export class Http2FrameReader {
  readonly #maxPayload: number;
  #octets: Buffer = Buffer.alloc(0);

  /** @param maxPayload what this side's SETTINGS_MAX_FRAME_SIZE says, in octets */
  constructor(maxPayload = defaultMaxFrame) {
    this.#maxPayload = maxPayload;
  }

  /** Takes the next octets, which are given away. */
  push(octets: Buffer): void {
    this.#octets = this.#octets.length === 0 ? octets : Buffer.concat([this.#octets, octets]);
  }

  /**
   * The next frame; null when more octets are needed.
   *
   * @throws RangeError when it is longer than it may be
   */
  next(): Http2Frame | null {
    if (this.#octets.length < headerLength) return null;
    const length = this.#octets.readUIntBE(0, 3);
    if (length > this.#maxPayload)
      throw new RangeError(`a frame has ${length} octets, and may have ${this.#maxPayload}`);
    const end = headerLength + length;
    if (this.#octets.length < end) return null;
    const frame = {
      type: this.#octets[3]!,
      flags: this.#octets[4]!,
      stream: this.#octets.readUInt32BE(5) & 0x7fff_ffff,
      payload: this.#octets.subarray(headerLength, end),
    };
    this.#octets = this.#octets.subarray(end);
    return frame;
  }
}
