import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

import { catalogue } from "../../../fuzzer/catalogue.ts";
import { judge } from "../../../fuzzer/judge.ts";
import { defaultOptions } from "../../../fuzzer/endpoint.ts";
import { longestTimer, watchdogGrace } from "../../../fuzzer/player.ts";

import { ScriptedPeer } from "../../support/scripted-peer.ts";
import { compareVectors, readVectors } from "../../support/vectors.ts";
import { playVirtually } from "../../../orchestrator/selfcheck/virtual-play.ts";

const vectors = readVectors(fileURLToPath(new URL("../../facts/vectors.json", import.meta.url)));

/** Rows of the file; a file that lost some would prove less. */
const rows = 12_048;

/** Opening handshake and pieces of a chopped frame, ms. */
const slack = 1_000;

/** Peer, role of the fuzzer and case of the connections that the original never ends. */
const endless = [
  "close-1000-at-open client 6.4.3",
  "close-1000-at-open client 6.4.4",
  "server-never-drops-tcp client 6.4.1",
  "server-never-drops-tcp client 6.4.2",
  "server-never-drops-tcp client 6.4.3",
  "server-never-drops-tcp client 6.4.4",
];

describe("played against the scripted peers under a virtual clock", () => {
  it("every row is as the original's", () => {
    const compared = [...compareVectors(vectors)];
    expect(compared.filter(({ matches }) => !matches)).toEqual([]);
    expect(compared).toHaveLength(rows);
  });

  it("every play ends with the watchdog on, and only what hangs without it ends by it", () => {
    const late: string[] = [];
    const differing: string[] = [];
    const watched: string[] = [];
    let plays = 0;
    for (const { name, options } of vectors.peers) {
      for (const fuzzer of ["client", "server"] as const) {
        for (const [id, wanted] of Object.entries(vectors.results[name]![fuzzer])) {
          plays++;
          const row = `${name} ${fuzzer} ${id}`;
          const played = catalogue.byId.get(id)!.case;
          const role = fuzzer === "client" ? "server" : "client";
          const { record, elapsed } = playVirtually(
            played,
            (clock, pipe) => new ScriptedPeer(clock, pipe, role === "server", options),
            { role, limit: Infinity },
          );
          if (record === null || elapsed > latestEnd(longestTimer(played.script))) late.push(row);
          if (record?.watchdog) watched.push(row);
          const verdict = record && judge(played, record);
          const hangs = wanted[0] === "HANG";
          if (!hangs && (verdict?.behavior !== wanted[0] || verdict?.behaviorClose !== wanted[1])) {
            differing.push(row);
          }
        }
      }
    }
    expect({ plays, late, differing }).toEqual({ plays: rows, late: [], differing: [] });
    expect(watched.toSorted()).toEqual(endless);
  });
});

/** Ms within which a play must be over. */
function latestEnd(longest: number): number {
  const { closeHandshakeTimeout, serverConnectionDropTimeout } = defaultOptions;
  return longest + closeHandshakeTimeout + serverConnectionDropTimeout + watchdogGrace + slack;
}
