import type { Case } from "../../fuzzer/case.ts";
import type { DialOptions, DialResult } from "../../fuzzer/client.ts";
import type { Destination } from "../../fuzzer/opening.ts";
import type { Profile } from "../../fuzzer/profile.ts";
import type { CaseRecord } from "../../fuzzer/record.ts";
import type { ServerTlsSettings } from "../../fuzzer/server-tls.ts";

/**
 * The fuzzer, wherever its sockets are (design 3.5): in this process, or in a sidecar on the network of a cell.
 * Verdicts are the same in both.
 */
export interface Fuzzer {
  /**
   * Plays one case on a new connection to a server target.
   *
   * @throws {FuzzerLost} the fuzzer is gone
   */
  dial(played: Case, to: Destination, options: DialOptions): Promise<Dialled>;

  /**
   * Makes a fuzzing server for one start of a client target.
   *
   * @throws {ListenError} its address or port cannot be listened on
   * @throws {FuzzerLost} the fuzzer is gone
   */
  listen(setup: ListenSetup): Promise<Listener>;

  /**
   * Makes a way over HTTP/2 to a server target (RFC 8441).
   *
   * @throws {ListenError} it cannot be made here
   * @throws {FuzzerLost} the fuzzer is gone
   * @throws the signal's reason, when the signal is aborted before
   */
  overHttp2(to: Destination, signal: AbortSignal): Promise<Http2Way>;

  /** @throws {FuzzerLost} the fuzzer is gone: nothing more comes from its listeners */
  check(): void;
}

/** A way over HTTP/2: each connection that is dialled there goes on inside a stream of the server's. */
export interface Http2Way {
  /** Where to dial in place of the server itself. */
  readonly destination: Destination;
  /** @throws {FuzzerLost} the way is gone: what connections told since says nothing of the target */
  check(): void;
  /** Takes it away. May be called twice. */
  close(): void;
}

/** Whether octets and timers were in time where the fuzzer is, as far as this process cannot see that itself. */
export interface Timeliness {
  readonly onTime: boolean;
}

export type Dialled = DialResult & Timeliness;

export interface ListenSetup {
  /** An address of the machine where the fuzzer is, and part of the listener's URL. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** What the client sees as cases 1 to N. */
  readonly cases: readonly Case[];
  readonly profile: Profile;
  /** For TLS. */
  readonly tls: ServerTlsSettings | null;
  /** The client is to come over HTTP/2 (RFC 8441). */
  readonly http2?: boolean;
  /** The client asked for a case and it begins. A client that asks for one again and again is not heard for ever. */
  readonly onStarted: (played: Case) => void;
  /** A case ended. */
  readonly onFinished: (played: Case, record: CaseRecord, timeliness: Timeliness) => void;
  /** The client says that it is done. */
  readonly onReports: () => void;
}

/** A fuzzing server. */
export interface Listener {
  /** Where the client is to connect to, without a trailing slash. */
  readonly url: string;
  /**
   * Lets cases that are open come to their end for a moment, then drops all connections; may be called once. When
   * it has resolved, no event follows.
   *
   * @throws {FuzzerLost} the fuzzer is gone
   */
  close(): Promise<void>;
  /** @throws {FuzzerLost} what stands between the fuzzer and its clients is gone */
  check?(): void;
}

/** A fuzzer cannot listen. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

/** The program in which the fuzzer ran is gone: a matter of infrastructure, which says nothing of the target. */
export class FuzzerLost extends Error {
  override readonly name = "FuzzerLost";
  /** The end of what that program wrote for people, or "". */
  readonly logTail: string;
  constructor(message: string, logTail = "") {
    super(message);
    this.logTail = logTail;
  }
}
