import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { destinationOf } from "../../fuzzer/client.ts";
import { streamOf } from "../../mutation/grammar.ts";
import type { Stream } from "../../mutation/stream.ts";
import type { Exit } from "../../orchestrator/engines/engine.ts";
import { campaign } from "../../orchestrator/fuzz/campaign.ts";
import { weightOf } from "../../orchestrator/fuzz/finding.ts";
import { ServerSubject } from "../../orchestrator/fuzz/server-subject.ts";
import { ServerKeeper } from "../../orchestrator/play/server-keeper.ts";
import { connect, type Message, type OnOpen, serve } from "../../reference-impl/index.ts";
import { ClientSubject } from "../../orchestrator/fuzz/client-subject.ts";

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

/** A text of so many octets alone, and nothing odd. */
function isOneText(stream: Stream, octets: number): boolean {
  if (stream.kind !== "frames" || stream.elements.length !== 1 || stream.offer !== null) return false;
  const [message] = stream.elements;
  if (message?.kind !== "message" || message.edits !== undefined || stream.flips !== undefined) return false;
  return stream.cut === undefined && "hex" in message.payload && message.payload.hex.length === 2 * octets;
}

/** What a client in this process does with a message that it does not like. */
interface Odd {
  /** Its process is gone. */
  readonly exit: () => void;
  /** It does not go on. */
  readonly stand: () => void;
  /** It goes on at once, and leaves the connection as it is. */
  readonly leave: () => void;
}

/** Starts of a client in this process, which does something odd with messages of 126 octets. */
function startsOf(onOdd: (odd: Odd) => void) {
  return (url: string) => {
    const gone = Promise.withResolvers<Exit>();
    const end = new AbortController();
    let stands = false;
    const left = Promise.withResolvers<void>();
    const exit = () => {
      gone.resolve({ code: 3, signal: null, reason: "exited with code 3" });
      end.abort();
    };
    const visit = async (path: string, onOpen?: OnOpen) => {
      const connection = await connect(`${url}${path}`, { ...(onOpen && { onOpen }), signal: end.signal });
      await Promise.race([connection.closed, left.promise]);
    };
    const echo: OnOpen = (connection) => ({
      onMessage(message: Message) {
        if (message.payload.length === 126)
          onOdd({ exit, stand: () => void (stands = true), leave: left.resolve });
        else connection.send(message);
      },
    });
    const drive = async () => {
      await visit("/getCaseCount");
      for (let number = 1; number <= 500 && !stands && !end.signal.aborted; number++)
        await visit(`/runCase?case=${number}&agent=x`, echo).catch(() => {});
    };
    void drive().catch(() => {});
    const stop = () => Promise.resolve(end.abort());
    return Promise.resolve({ url: null, exited: gone.promise, logTail: () => "", stop });
  };
}

const clientThat = (onOdd: (odd: Odd) => void) =>
  new ClientSubject({
    start: startsOf(onOdd),
    host: "127.0.0.1",
    port: null,
    tls: null,
    signal: new AbortController().signal,
    most: 3,
    goOnLimit: 1_500,
  });

describe("a campaign of a client", () => {
  it("finds the message that it dies of, among hundreds of streams, and makes it small", async () => {
    const subject = clientThat(({ exit }) => exit());
    const { signal } = new AbortController();
    const setup = { seed: 2, reader: "client", time: 1_500, inFlight: 3, signal } as const;
    const end = await campaign(subject, setup, () => {});
    await subject.stop();
    const findings = end.findings.filter((finding) => weightOf(finding) === "finding");
    expect(findings.map(({ difference }) => difference.kind)).toEqual(["dies"]);
    expect(findings[0]!.stream).toMatchObject({ from: "server", elements: [{ kind: "message" }] });
    expect(end.starts).toBeGreaterThan(3);
    expect(end.streams).toBeGreaterThan(20);
  });

  it("finds nothing in our own", async () => {
    const subject = clientThat(() => {});
    expect(await subject.isWell()).toBe(true);
    const quick = { due: 2_000, late: 200, idle: 20 };
    const shown: (string | null)[] = [];
    for (let number = 0; number < 60; number++) {
      const { difference } = await subject.observe(streamOf(6, number, "client"), quick);
      shown.push(difference?.signature ?? null);
    }
    await subject.stop();
    // A message of 126 octets is not sent back.
    expect(shown.filter((each) => each !== null && !each.startsWith("loses"))).toEqual([]);
  });

  it("finds the message at which it stands still", async () => {
    const subject = clientThat(({ stand }) => stand());
    const number = Array.from({ length: 20_000 }, (_, each) => each).find((each) =>
      isOneText(streamOf(5, each, "client"), 126),
    )!;
    const stream = streamOf(5, number, "client");
    const quick = { due: 300, late: 100, idle: 20 };
    for (let again = 0; again < 2; again++) {
      const { difference } = await subject.observe(stream, quick);
      expect(difference?.signature).toBe("hangs: it does not go on");
    }
    await subject.stop();
  });

  it("does not wait for what a client has left behind", async () => {
    const subject = clientThat(({ leave }) => leave());
    const stream = Array.from({ length: 20_000 }, (_, each) => streamOf(5, each, "client")).find((each) =>
      isOneText(each, 126),
    )!;
    const { difference } = await subject.observe(stream, { due: 3_600_000, late: 100, idle: 20 });
    expect(difference?.kind).toBe("fails");
    await subject.stop();
  });

  it("says so when no start asks for a case", async () => {
    const subject = new ClientSubject({
      start: () =>
        Promise.resolve({
          url: null,
          exited: Promise.resolve({ code: 1, signal: null, reason: "exited with code 1" }),
          logTail: () => "",
          stop: () => Promise.resolve(),
        }),
      host: "127.0.0.1",
      port: null,
      tls: null,
      signal: new AbortController().signal,
      most: 1,
    });
    expect(await subject.firstFault()).toBe("it exited with code 1 in 3 starts before it asked for a case");
    await expect(subject.ensure()).rejects.toThrow("before it asked for a case");
    await subject.stop();
  });
});

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
      new ServerSubject(keeper, signal),
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

  it("finds the message that kills a client by the number of a stream, and again by what it says", async () => {
    const own = ["fuzz", "--command", `${faux("echo-client")} 126`, "--variant", "plain"];
    const number = Array.from({ length: 20_000 }, (_, each) => each).find((each) =>
      isOneText(streamOf(5, each, "client"), 126),
    )!;
    const first = await wsmatrix([...own, "--role", "client", "--seed", "5", "--stream", String(number)]);
    expect(first.exitCode).toBe(1);
    expect(first.stdout).toContain("FINDING dies: exited with code N");
    expect(first.stdout).toContain(`--seed 5 --stream ${number} --role client`);
    const [, word] = /again: +--replay '(.*)'/.exec(first.stdout)!;
    const again = await wsmatrix([...own, "--replay", word!]);
    expect(again.exitCode).toBe(1);
    expect(again.stdout).toContain("FINDING dies: exited with code N");
    const wrong = await wsmatrix([...own, "--role", "server", "--replay", word!]);
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining("--role client")]);
  });

  it("says what is wrong with its words", async () => {
    const bad = await wsmatrix(["fuzz", "reference", "--time", "soon"]);
    expect([bad.exitCode, bad.stderr]).toEqual([2, expect.stringContaining("30s, 5m or 1h")]);
    const missing = await wsmatrix(["fuzz", "reference", "--replay", "none.json"]);
    expect([missing.exitCode, missing.stderr]).toEqual([2, expect.stringContaining("none.json")]);
  });
});
