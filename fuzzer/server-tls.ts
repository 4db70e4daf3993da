import type { Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";

import type { Case } from "./case.ts";
import { tlsFault } from "./connect.ts";
import { type CertificateName, hasOwnTls, type TlsScript } from "./extra/script.ts";

/** Whether a fuzzing server is to speak TLS in a way of the case's own, and so must know when its connection comes. */
export function wantsOwnTls({ extra }: Case): boolean {
  return hasOwnTls(extra?.connections[0]);
}

/** Certificate and private key of a server, as PEM. */
export interface KeyPair {
  readonly cert: string;
  /** That of the first certificate, where `cert` holds several. */
  readonly key: string;
}

/** How a fuzzing server speaks TLS. */
export interface ServerTlsSettings extends KeyPair {
  /** Certificates that clients must refuse, for the cases that show them. */
  readonly flawed?: Readonly<Partial<Record<CertificateName, KeyPair>>> | undefined;
}

/** Puts TLS on the connections of a fuzzing server, on each as a case wants it. */
export class ServerTls {
  readonly #settings: ServerTlsSettings;
  readonly #usual: SecureContext;

  /** @throws when certificate and key are none, or do not fit */
  constructor(settings: ServerTlsSettings) {
    this.#settings = settings;
    this.#usual = createSecureContext({ cert: settings.cert, key: settings.key });
  }

  /**
   * @param script how a case wants it
   * @throws {TypeError} there is no certificate of that name
   */
  wrap(tcp: Socket, script: TlsScript = {}): TLSSocket {
    return new TLSSocket(tcp, {
      isServer: true,
      secureContext: this.#contextFor(script),
      ...(script.alpn && { ALPNProtocols: wireForm(script.alpn) }),
    });
  }

  /** A context of its own has ticket keys of its own, so that no session of another one is resumed with it. */
  #contextFor({ certificate, version }: TlsScript): SecureContext {
    if (certificate === undefined && version === undefined) return this.#usual;
    const { flawed = {} } = this.#settings;
    const pair = certificate === undefined ? this.#settings : flawed[certificate];
    if (pair === undefined) throw new TypeError(`the fuzzing server has no certificate \`${certificate}\``);
    return createSecureContext({
      cert: pair.cert,
      key: pair.key,
      ...(version !== undefined && { minVersion: version, maxVersion: version }),
    });
  }
}

/** A list of protocols as RFC 7301, section 3.1, writes it. */
function wireForm(protocols: readonly string[]): Buffer {
  return Buffer.concat(
    protocols.map((name) => Buffer.from(`${String.fromCharCode(name.length)}${name}`, "latin1")),
  );
}

/** What was agreed on in a TLS handshake, of which the peer's half is told. */
export interface TlsFacts {
  /** Such as `TLSv1.3`. */
  readonly version: string | null;
  /** The name that the client asked for; null without one, and where the fuzzer is the client. */
  readonly serverName: string | null;
  /** The protocol that the server chose (RFC 7301); null for none. */
  readonly alpn: string | null;
}

/** What was agreed on over a socket, as which the fuzzer has finished the handshake; null without TLS. */
export function tlsFactsOf(socket: Socket, side: "client" | "server"): TlsFacts | null {
  if (!(socket instanceof TLSSocket)) return null;
  const { alpnProtocol, servername } = socket as TLSSocket & { servername?: string | false | null };
  return {
    version: socket.getProtocol(),
    serverName: (side === "server" && servername) || null,
    alpn: alpnProtocol || null,
  };
}

/** How a client ended a connection on which it had asked for nothing. */
export interface Silence {
  /** When it had begun, in ms of `performance.now()`. */
  readonly began: number;
  readonly why: string;
  /** How it ended TCP; null where it did not. */
  readonly ended: "fin" | "reset" | null;
}

/**
 * Watches a connection for a client that goes away, within TLS's handshake or behind it, or is dropped.
 *
 * @returns a function that ends the watch: the client has asked for something
 */
export function watchForSilence(socket: Socket, tcp: Socket, onSilence: (how: Silence) => void): () => void {
  const began = performance.now();
  let isSecure = false;
  let alert: string | null = null;
  let ended: Silence["ended"] = null;
  const onSecure = () => void (isSecure = true);
  const onTlsError = (error: Error) => void (alert ??= tlsFault(error));
  const onEnd = () => void (ended ??= "fin");
  const onReset = (error: NodeJS.ErrnoException) => {
    if (error.code === "ECONNRESET" || error.code === "EPIPE") ended = "reset";
    else alert ??= tlsFault(error);
  };
  const onClose = () => {
    stop();
    const when = `${isSecure ? "behind" : "in"} the handshake of TLS`;
    const how = ended === null ? "asked for nothing" : "ended the connection";
    onSilence({
      began,
      ended: ended ?? (alert === null ? null : "fin"),
      why: alert === null ? `the client ${how} ${when}` : `an error came ${when}: ${alert}`,
    });
  };
  const stop = () => {
    socket.off("secure", onSecure).off("_tlsError", onTlsError).off("error", onReset);
    socket.off("end", onEnd).off("close", onClose);
    tcp.off("error", onReset);
  };
  socket.on("secure", onSecure).on("_tlsError", onTlsError).on("error", onReset);
  socket.on("end", onEnd).on("close", onClose);
  tcp.on("error", onReset);
  return stop;
}
