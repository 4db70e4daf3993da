import type { Case, ExpectedEvent, Step } from "../../fuzzer/case.ts";
import type { CatalogueEntry } from "../../fuzzer/catalogue.ts";
import { payloadDigest } from "../../fuzzer/digest.ts";
import type { CaseRecord, RecordedEvent, Verdict } from "../../fuzzer/record.ts";
import { isValidUtf8 } from "../../wire/utf8.ts";

import type { ClosingFact } from "../closing-facts.ts";
import { headText, payloadText, reasonText } from "./octets-text.ts";
import { resultTexts } from "./result-texts.ts";
import { type TrafficStatsJson, trafficStatsJson } from "./traffic-stats.ts";
import { type WireEntry, wireEntries } from "./wire-log.ts";

/** A result that a report shows. */
export interface ReportedResult {
  readonly entry: CatalogueEntry;
  /** What the target calls itself, or what it is called. */
  readonly agent: string;
  readonly record: CaseRecord;
  readonly verdict: Verdict;
  /**
   * The number of the case, from 1. Autobahn's fuzzing client counts all cases, which is the default here; its
   * fuzzing server counts those selected.
   */
  readonly number?: number | undefined;
}

/** Something the peer did, as Autobahn writes it down. */
export type EventJson =
  | readonly ["message", text: string, binary: boolean]
  | readonly ["pong", text: string]
  | readonly ["timeout", tag: string];

/** How a connection should have ended. */
export type ExpectedCloseJson = Readonly<Record<string, boolean | readonly number[]>>;

/** Size or opcode -> how many. */
export type StatisticJson = ReadonlyMap<number | string, number>;

/** The JSON file of a case, with all of Autobahn's keys and no others. */
export type CaseJson = Pick<CaseRecord, ClosingFact> &
  Pick<Verdict, keyof Verdict> & {
    readonly agent: string;
    readonly case: number;
    readonly id: string;
    readonly description: string;
    readonly expectation: string;
    readonly expected: Readonly<Record<string, readonly EventJson[]>>;
    /** Empty when the connection never began. */
    readonly expectedClose: ExpectedCloseJson;
    readonly received: readonly EventJson[];
    /** Of the fuzzer. */
    readonly isServer: boolean;
    /** UTC. */
    readonly started: string;
    /** ms. */
    readonly duration: number;
    readonly reportTime: boolean;
    readonly reportCompressionRatio: boolean;
    readonly httpRequest: string;
    readonly httpResponse: string;
    readonly createStats: boolean;
    readonly rxOctetStats: StatisticJson;
    readonly txOctetStats: StatisticJson;
    readonly rxFrameStats: StatisticJson;
    readonly txFrameStats: StatisticJson;
    readonly createWirelog: boolean;
    readonly wirelog: readonly WireEntry[];
    readonly trafficStats: TrafficStatsJson | null;
  };

/** What the JSON file of a case holds. */
export function caseJson({ entry, agent, record, verdict, number }: ReportedResult): CaseJson {
  const played = entry.case;
  return {
    agent,
    case: number ?? entry.index,
    id: played.id,
    description: played.description,
    expectation: played.expectation,
    behavior: verdict.behavior,
    behaviorClose: verdict.behaviorClose,
    ...resultTexts(played, record, verdict),
    expected: record.opened ? expectedEvents(played) : {},
    received: record.received.map(receivedEvent),
    expectedClose: expectedClose(played, record),
    ...closingFacts(played, record),
    isServer: record.role === "client",
    started: new Date(record.started).toISOString(),
    duration: Math.round(record.duration),
    reportTime: played.reportTime ?? false,
    reportCompressionRatio: reportsCompression(played),
    httpRequest: headText(record.httpRequest),
    httpResponse: headText(record.httpResponse),
    createStats: true,
    rxOctetStats: statistic(record.rxOctets),
    txOctetStats: statistic(record.txOctets),
    rxFrameStats: statistic(record.rxFrames),
    txFrameStats: statistic(record.txFrames),
    createWirelog: logsAtTheEnd(played, record),
    wirelog: wireEntries(record.log, played.script),
    trafficStats: record.traffic === null ? null : trafficStatsJson(record.traffic),
  };
}

/** Whether the compression that was reached is a result of the case. */
export function reportsCompression(played: Case): boolean {
  return played.onMessage.rule === "compressedRoundTrips";
}

function closingFacts(played: Case, record: CaseRecord) {
  return {
    closedByMe: record.closedByMe,
    failedByMe: record.failedByMe,
    droppedByMe: record.droppedByMe,
    wasClean: record.wasClean,
    wasNotCleanReason: record.wasNotCleanReason,
    wasServerConnectionDropTimeout: record.wasServerConnectionDropTimeout,
    wasOpenHandshakeTimeout: record.wasOpenHandshakeTimeout,
    wasCloseHandshakeTimeout: record.wasCloseHandshakeTimeout,
    localCloseCode: record.localCloseCode,
    localCloseReason: localReason(played, record),
    remoteCloseCode: record.remoteCloseCode,
    remoteCloseReason: reasonText(record.remoteCloseReason),
  };
}

/** A reason that is no UTF-8, as 7.5.1 sends one, is given in hexadecimal. */
function localReason({ script }: Case, { localCloseReason }: CaseRecord): string | null {
  return script.some(closesWithBadText) ? (localCloseReason ?? "?") : reasonText(localCloseReason);
}

function closesWithBadText(step: Step): boolean {
  if (step.step !== "close" || step.reason === undefined || !("hex" in step.reason)) return false;
  return !isValidUtf8(Buffer.from(step.reason.hex, "hex"));
}

function expectedEvents({ expected }: Case): Readonly<Record<string, readonly EventJson[]>> {
  return Object.fromEntries(
    Object.entries(expected).map(([behavior, events]) => [behavior, events.map(expectedEvent)]),
  );
}

function expectedEvent(event: ExpectedEvent): EventJson {
  if (event.event === "timeout") return ["timeout", event.tag];
  return receivedEvent({ ...event, payload: payloadDigest(event.payload) });
}

function receivedEvent(event: RecordedEvent): EventJson {
  switch (event.event) {
    case "message":
      return ["message", payloadText(event.payload), event.binary];
    case "pong":
      return ["pong", payloadText(event.payload)];
    case "timeout":
      return ["timeout", event.tag];
  }
}

/** Autobahn says what it expects when a case starts; only in chapters 12 and 13 it does so before. */
function expectedClose(played: Case, { opened }: CaseRecord): ExpectedCloseJson {
  if (!opened && !reportsCompression(played)) return {};
  const { byFuzzer, codes, clean, wrongSideIsFatal } = played.close;
  return {
    closedByMe: byFuzzer,
    closeCode: codes,
    requireClean: clean,
    ...(wrongSideIsFatal && { closedByWrongEndpointIsFatal: true }),
  };
}

function statistic(counts: Readonly<Record<string, number>>): StatisticJson {
  return new Map(
    Object.entries(counts).map(([key, count]) => [/^\d+$/.test(key) ? Number(key) : key, count]),
  );
}

/** Whether single frames were logged when the connection ended. 9.1 to 9.6 switch without an entry that says so. */
function logsAtTheEnd({ script }: Case, { log, opened, trips }: CaseRecord): boolean {
  const switched = log.findLast((entry) => entry.log === "logging");
  if (switched !== undefined) return switched.on;
  const silenced = opened && script.some((step) => step.step === "log" && !step.on && !step.noted);
  return !silenced || (trips !== null && trips.right + trips.wrong > 0);
}
