/** What is under Node's streams of zlib: it works at once, and keeps its window between calls. */
export interface ZlibHandle {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputLength: number,
    output: Uint8Array,
    outputAt: number,
    outputLength: number,
  ): void;
  /** Forgets the window, and where in a stream it is. */
  reset(): void;
  /** Hears of octets that zlib cannot take. */
  onerror: (message: string, errno: number, code: string) => void;
}

/** What a call of {@link ZlibHandle.writeSync} leaves: octets of output, and of input, that it did not use. */
export type ZlibState = readonly [outputLeft: number, inputLeft: number];

/** A handle, and where it tells what its last call has left. */
export interface ZlibParts {
  readonly handle: ZlibHandle;
  readonly state: ZlibState;
}

/**
 * Takes the handle out of a stream, which is of no other use then. Node has no documented way to compress or inflate
 * message after message synchronously in one stream: its streams answer later, and its synchronous functions begin anew
 * with each call, which takes many times as long for small messages.
 *
 * @param stream such as `createDeflateRaw` makes
 * @returns null where this Node has no such handle
 */
export function zlibHandleOf(stream: object): ZlibParts | null {
  const { _handle: handle, _writeState: state } = stream as {
    readonly _handle?: Partial<ZlibHandle>;
    readonly _writeState?: ZlibState;
  };
  const isKnown = typeof handle?.writeSync === "function" && typeof handle.reset === "function";
  return isKnown && state?.length === 2 ? { handle: handle as ZlibHandle, state } : null;
}
