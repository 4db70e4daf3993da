import type { Case } from "../../fuzzer/case.ts";
import type { DialOptions, DialResult } from "../../fuzzer/client.ts";
import type { Destination } from "../../fuzzer/opening.ts";
import type { Profile } from "../../fuzzer/profile.ts";
import type { CaseRecord } from "../../fuzzer/record.ts";
import type { ServerTlsSettings } from "../../fuzzer/server-tls.ts";

/*
 * What passes between a run and its sidecar: JSON lines, requests in and replies out. Cases travel as the data that
 * they are (design seam 1), so the sidecar needs no catalogue.
 */

/** Raised whenever a message changes its meaning. */
export const protocolVersion = 1;

/** Octets of one line at the most. A list of all cases has less than 1 MiB, and so have most records. */
export const longestLine = 16 << 20;

/** Ms after which each side says something, even when it has nothing to say. */
export const beatEvery = 5_000;

/** What a run asks of its sidecar. Each `id` is used once. */
export type Request =
  | {
      readonly type: "dial";
      readonly id: number;
      readonly case: Case;
      readonly to: Destination;
      readonly profile: Profile["name"];
      readonly options?: DialOptions["options"];
      readonly extras?: DialOptions["extras"];
    }
  /** Drops the connection of a dial; its reply still comes. */
  | { readonly type: "abort"; readonly id: number }
  | {
      readonly type: "listen";
      readonly id: number;
      readonly host: string;
      readonly port: number;
      readonly cases: readonly Case[];
      readonly profile: Profile["name"];
      readonly tls: ServerTlsSettings | null;
      readonly http2: boolean;
    }
  /** Makes a way over HTTP/2. */
  | { readonly type: "overHttp2"; readonly id: number; readonly to: Destination }
  /** Ends a listener, or a way. */
  | { readonly type: "close"; readonly id: number }
  | Beat;

/** What a sidecar says. */
export type Reply =
  /** First of all. `program` is the hash of the files that run there. */
  | { readonly type: "hello"; readonly protocol: number; readonly program: string }
  | {
      readonly type: "dialled";
      readonly id: number;
      readonly result: DialResult;
      readonly onTime: boolean;
    }
  | { readonly type: "listening"; readonly id: number; readonly url: string }
  /** The way over HTTP/2 is there: this is where to dial. */
  | { readonly type: "way"; readonly id: number; readonly destination: Destination }
  | { readonly type: "notListening"; readonly id: number; readonly reason: string }
  /** `at` is the place in the listener's list, from 0. */
  | { readonly type: "started"; readonly id: number; readonly at: number }
  | {
      readonly type: "finished";
      readonly id: number;
      readonly at: number;
      readonly record: CaseRecord;
      readonly onTime: boolean;
    }
  | { readonly type: "reports"; readonly id: number }
  /** The last word of a listener, or a way. */
  | { readonly type: "closed"; readonly id: number }
  | Beat;

/** Says only that the sender lives. */
export interface Beat {
  readonly type: "beat";
}
