import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { destinationOf } from "../../fuzzer/client.ts";
import { streamOf } from "../../mutation/grammar.ts";
import type { Stream } from "../../mutation/stream.ts";
import type { Exit } from "../../orchestrator/engines/engine.ts";
import { campaign } from "../../orchestrator/fuzz/campaign.ts";
import { weightOf } from "../../orchestrator/fuzz/finding.ts";
import { Subject } from "../../orchestrator/fuzz/subject.ts";
import { ServerKeeper } from "../../orchestrator/play/server-keeper.ts";
import { serve } from "../../reference-impl/index.ts";

import { faux, scratch, wsmatrix } from "../support/cli.ts";

interface Told {
  readonly cells: readonly {
    readonly streams: number;
    readonly starts: number;
    readonly findings: readonly {
      readonly weight: string;
      readonly number: number;
      readonly difference: { readonly kind: string; readonly signature: string };
      readonly stream: { readonly elements: readonly unknown[] };
    }[];
  }[];
}

const told = (stdout: string) => (JSON.parse(stdout) as Told).cells[0]!;

/** Sends nothing but what is in order, and a frame with opcode 3. */
function isDeadly(stream: Stream): boolean {
  return (
    stream.kind === "frames" &&
    stream.offer === null &&
    stream.elements.every(
      (each) => each.kind === "message" || (each.kind === "frame" && each.opcode === 3),
    ) &&
    stream.elements.some((each) => each.kind === "frame") &&
    stream.cut === undefined
  );
}

describe("a campaign", () => {
  it("finds the message that a server dies of, among thousands of streams, and makes it small", async () => {
    let starts = 0;
    const keeper = new ServerKeeper(async () => {
      starts++;
      const gone = Promise.withResolvers<Exit>();
      const server = await serve({
        host: "127.0.0.1",
        port: 0,
        onConnection: (connection) => ({
          onMessage(message) {
            if (message.payload.length === 126)
              gone.resolve({ code: 3, signal: null, reason: "exited with code 3" });
            else connection.send(message);
          },
        }),
      });
      // It says goodbye to its peers, and nobody waits for that.
      const stop = () => Promise.resolve(void server.close());
      const running = { url: server.url, exited: gone.promise, logTail: () => "", stop };
      return { running, destination: destinationOf(server.url) };
    });
    const { signal } = new AbortController();
    const end = await campaign(
      new Subject(keeper, signal),
      { seed: 2, time: 1_000, inFlight: 4, signal },
      () => {},
    );
    await keeper.stop();
    const deaths = end.findings.filter(({ difference }) => difference.kind === "dies");
    expect(deaths.map(weightOf)).toContain("finding");
    expect(deaths.map(({ stream }) => stream.kind === "frames" && stream.elements.length)).toContain(1);
    expect(starts).toBeGreaterThan(3);
    expect(
      end.findings
        .filter((finding) => weightOf(finding) === "finding")
        .every(({ difference }) => difference.kind === "dies"),
    ).toBe(true);
  });
});

describe("wsmatrix fuzz", () => {
  it("finds nothing in our own endpoint", async () => {
    const { exitCode, stdout } = await wsmatrix([
      "fuzz",
      "reference",
      "--seed",
      "3",
      "--time",
      "4s",
      "--json",
    ]);
    const { streams, findings, starts } = told(stdout);
    expect(findings.filter(({ weight }) => weight !== "flaky")).toEqual([]);
    expect(exitCode).toBe(0);
    expect(starts).toBe(1);
    expect(streams).toBeGreaterThan(50);
  });

  it("finds the frame that kills a server by the number of a stream, and again by its file", async () => {
    const out = scratch();
    const own = ["fuzz", "--command", faux("dies-on-opcode"), "--variant", "plain"];
    const number = Array.from({ length: 5_000 }, (_, each) => each).find((each) =>
      isDeadly(streamOf(5, each)),
    )!;
    const first = await wsmatrix([...own, "--seed", "5", "--stream", String(number), "--out", out, "--json"]);
    expect(first.exitCode).toBe(1);
    expect(told(first.stdout).findings).toMatchObject([
      { weight: "finding", number, difference: { kind: "dies" }, stream: { elements: [{}] } },
    ]);
    const file = join(out, "fuzz", "own_server_plain", "finding-1.json");
    expect(readFileSync(file.replace(".json", ".txt"), "utf8")).toContain("was killed by SIGSEGV");
    const again = await wsmatrix([...own, "--replay", file]);
    expect(again.exitCode).toBe(1);
    expect(again.stdout).toContain("FINDING dies: was killed by SIGSEGV");
  });

  it("says what is wrong with its words", async () => {
    const bad = await wsmatrix(["fuzz", "reference", "--time", "soon"]);
    expect([bad.exitCode, bad.stderr]).toEqual([2, expect.stringContaining("30s, 5m or 1h")]);
    const missing = await wsmatrix(["fuzz", "reference", "--replay", "none.json"]);
    expect([missing.exitCode, missing.stderr]).toEqual([2, expect.stringContaining("none.json")]);
  });
});
