import { type AgreedDeflate, formatDeflate } from "../wire/permessage-deflate.ts";

import type { Case } from "./case.ts";
import type { Endpoint } from "./endpoint.ts";
import type { CaseRecord, RecordedEvent, Role } from "./record.ts";
import type { Traffic } from "./traffic.ts";
import type { WireLog } from "./wire-log.ts";

/** What a player knows when its connection is gone. */
export interface PlayFacts {
  readonly case: Case;
  readonly role: Role;
  /** Ms since the epoch. */
  readonly started: number;
  /** Ms. */
  readonly duration: number;
  /** Null when the case never started. */
  readonly endpoint: Endpoint | null;
  /** Why the opening handshake failed, by the fuzzer's judgement; null otherwise. */
  readonly openingFailed: string | null;
  readonly openTimedOut: boolean;
  readonly httpRequest: string | null;
  readonly httpResponse: string | null;
  readonly received: readonly RecordedEvent[];
  readonly receivedDropped: number;
  readonly trips: CaseRecord["trips"];
  readonly deflate: AgreedDeflate | null;
  readonly traffic: Traffic | null;
  readonly watchdog: boolean;
  readonly idle: boolean;
  /** A timer of the case ran out. */
  readonly timerFired: boolean;
  readonly log: WireLog;
}

/** The record of a play. */
export function makeRecord(facts: PlayFacts): CaseRecord {
  const { endpoint, log } = facts;
  const engineTimer = endpoint?.wasCloseHandshakeTimeout || endpoint?.wasServerConnectionDropTimeout || false;
  return {
    id: facts.case.id,
    role: facts.role,
    started: facts.started,
    duration: Math.round(facts.duration * 1000) / 1000,
    opened: endpoint !== null,
    received: facts.received,
    receivedDropped: facts.receivedDropped,
    trips: facts.trips,
    deflate: facts.deflate === null ? null : formatDeflate(facts.deflate),
    traffic: facts.case.compression === undefined ? null : facts.traffic,
    closedByMe: endpoint?.closedByMe ?? false,
    failedByMe: endpoint?.failedByMe ?? false,
    droppedByMe: endpoint?.droppedByMe ?? facts.openingFailed !== null,
    wasClean: endpoint?.wasClean ?? false,
    wasNotCleanReason: notCleanReason(facts),
    wasServerConnectionDropTimeout: endpoint?.wasServerConnectionDropTimeout ?? false,
    wasOpenHandshakeTimeout: facts.openTimedOut,
    wasCloseHandshakeTimeout: endpoint?.wasCloseHandshakeTimeout ?? false,
    localCloseCode: endpoint?.localCloseCode ?? null,
    localCloseReason: endpoint?.localCloseReason?.toString("hex") ?? null,
    remoteCloseCode: endpoint?.remoteCloseCode ?? null,
    remoteCloseReason: endpoint?.remoteCloseReason?.toString("hex") ?? null,
    internalError: endpoint?.internalError ?? null,
    watchdog: facts.watchdog,
    idle: facts.idle,
    timerFired: facts.timerFired || engineTimer,
    httpRequest: facts.httpRequest,
    httpResponse: facts.httpResponse,
    rxOctets: log.rxOctets,
    txOctets: log.txOctets,
    rxFrames: log.rxFrames,
    txFrames: log.txFrames,
    log: log.entries,
    logDropped: log.dropped,
  };
}

function notCleanReason({ endpoint, openingFailed }: PlayFacts): string | null {
  if (endpoint !== null) return endpoint.wasNotCleanReason;
  return openingFailed ?? "the peer dropped TCP during the opening handshake";
}
