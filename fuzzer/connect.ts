import { connect, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";

import type { Destination, TlsClientSettings } from "./opening.ts";

/** Ms that TCP may take to connect. */
const connectTimeout = 5_000;

/** An error that nobody listened for, at whatever moment, would end the process; `close` follows each. */
function ignoringErrors<S extends Socket>(socket: S): S {
  return socket.on("error", () => {});
}

/** Hears of the octets of a connection in place of the `data` events of its socket. */
export interface OctetReader {
  /** The octets are overwritten once this has returned. */
  onOctets(octets: Buffer): void;
}

/** What all connections with a reader are read into: to make room anew for each read costs more than the reading. */
const readInto = Buffer.allocUnsafeSlow(65_536);

/**
 * A connected socket, or why there is none.
 *
 * @param reader gets all octets of a connection on which there is to be no TLS
 */
export function connectTcp(
  to: Destination,
  signal: AbortSignal | undefined,
  reader?: OctetReader,
): Promise<Socket | string> {
  return new Promise((resolve) => {
    const onread = {
      buffer: readInto,
      callback(octets: number) {
        reader?.onOctets(readInto.subarray(0, octets));
        return true;
      },
    };
    const where = { host: to.host, port: to.port, allowHalfOpen: true };
    const socket = ignoringErrors(connect({ ...where, ...(reader && { onread }) }));
    const end = (result: Socket | string) => {
      clearTimeout(alarm);
      signal?.removeEventListener("abort", onAbort);
      socket.off("error", onError).off("connect", onConnect);
      if (typeof result === "string") socket.destroy();
      resolve(result);
    };
    const onAbort = () => end("aborted");
    const onError = (error: Error) => end(error.message);
    const onConnect = () => end(socket);
    const alarm = setTimeout(() => end(`TCP was not connected within ${connectTimeout} ms`), connectTimeout);
    socket.once("error", onError).once("connect", onConnect);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
  });
}

/** Why TLS failed, without the addresses and files that OpenSSL has in its messages. */
export function tlsFault(error: Error & { readonly reason?: unknown }): string {
  return typeof error.reason === "string" ? error.reason : error.message;
}

/** The same connection with TLS on it, or why the TLS handshake failed. */
export function startTls(
  tcp: Socket,
  to: Destination,
  settings: TlsClientSettings,
): Promise<TLSSocket | string> {
  return new Promise((resolve) => {
    const handshaking = connectTls({
      socket: tcp,
      host: to.host,
      rejectUnauthorized: settings.verify,
      ...(settings.serverName !== null && { servername: settings.serverName }),
      ...(settings.ca !== undefined && { ca: settings.ca }),
      ...(settings.alpn !== undefined && { ALPNProtocols: [...settings.alpn] }),
      ...(settings.version !== undefined && { minVersion: settings.version, maxVersion: settings.version }),
    });
    const socket = ignoringErrors(handshaking);
    const end = (result: TLSSocket | string) => {
      clearTimeout(alarm);
      socket.off("error", onError).off("close", onClose).off("secureConnect", onSecure);
      if (typeof result === "string") {
        socket.destroy();
        tcp.destroy();
      }
      resolve(result);
    };
    const onError = (error: Error) => end(`the TLS handshake failed: ${tlsFault(error)}`);
    const onClose = () => end("TCP was dropped during the TLS handshake");
    const onSecure = () => end(socket);
    const alarm = setTimeout(() => end("the TLS handshake was not finished in time"), connectTimeout);
    socket.once("error", onError).once("close", onClose).once("secureConnect", onSecure);
  });
}
