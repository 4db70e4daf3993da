import type { Socket } from "node:net";

/** How octets are held back. */
export interface Pieces {
  /** Octets that leave together, at least 1. */
  readonly octets: number;
  /** Ms between two pieces. */
  readonly pauseMs: number;
}

/**
 * Makes a socket write in pieces with pauses between, as over a bad line. What waits counts as unwritten, so that
 * back-pressure stays what it is.
 */
export function writeInPieces(socket: Socket, { octets, pauseMs }: Pieces): void {
  const write = socket._write.bind(socket);
  socket._write = (chunk: Buffer, encoding, done) => {
    const writeFrom = (at: number): void => {
      const last = at + octets >= chunk.length;
      write(chunk.subarray(at, at + octets), encoding, (error) => {
        if (error || last || socket.destroyed) done(error);
        else setTimeout(() => writeFrom(at + octets), pauseMs);
      });
    };
    writeFrom(0);
  };
  // Writes that wait would leave together.
  Object.assign(socket, { _writev: null });
}
