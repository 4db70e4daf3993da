import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";

import { afterEach, describe, expect, it } from "vitest";

import { destinationOf, dial, type DialOptions } from "../../fuzzer/client.ts";
import type { Case } from "../../fuzzer/case.ts";
import { judge } from "../../fuzzer/judge.ts";
import { profiles } from "../../fuzzer/profile.ts";
import type { CaseRecord } from "../../fuzzer/record.ts";
import { FuzzingServer, type FuzzingServerSetup } from "../../fuzzer/server.ts";

import type { FailingAnswer, FailingRequest, Leaving } from "../support/failing-peers.ts";
import { echo, FramePeer, openingRequestOf, type PeerHooks } from "../support/frame-peer.ts";
import { caseOf, caseWith } from "../support/player-bench.ts";

/** Put away when a test is over. */
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function fuzzingServer(setup: Partial<FuzzingServerSetup> = {}): Promise<FuzzingServer> {
  const cases = ["1.1.1", "2.10", "5.19"].map(caseOf);
  const server = await FuzzingServer.listen({
    host: "127.0.0.1",
    port: 0,
    cases,
    profile: profiles.full,
    ...setup,
  });
  cleanUps.push(() => server.close());
  return server;
}

/** Connects, writes the chunks in turns of their own, and resolves when TCP is gone. */
function converse(
  server: FuzzingServer,
  chunks: string | readonly Buffer[],
  hooks: PeerHooks = echo,
): Promise<FramePeer> {
  return new Promise((resolve) => {
    const socket = connect(server.port, "127.0.0.1");
    const peer = new FramePeer(socket, "client", { ...hooks, onGone: resolve });
    cleanUps.push(() => socket.destroy());
    socket.once(
      "connect",
      () => void write(peer.socket, typeof chunks === "string" ? [Buffer.from(chunks)] : chunks),
    );
  });
}

async function write(socket: Socket, chunks: readonly Buffer[]): Promise<void> {
  for (const chunk of chunks) {
    socket.write(chunk);
    await sleep(0);
  }
}

const ask = (server: FuzzingServer, resource: string, hooks?: PeerHooks) =>
  converse(server, openingRequestOf(resource), hooks);

/** Text messages and close frames that came, in hexadecimal where they are no text. */
function said({ frames }: FramePeer): string[] {
  return frames.map(({ opcode, payload }) =>
    opcode === 1 ? payload.toString() : `${opcode}:${payload.toString("hex")}`,
  );
}

const emptyClose = "8:";

describe("a client drives the fuzzing server", () => {
  it("getCaseCount: a decimal number and an empty close", async () => {
    const peer = await ask(await fuzzingServer(), "/getCaseCount");
    expect(peer.head).toMatch(/^HTTP\/1\.1 101 /);
    expect(said(peer)).toEqual(["3", emptyClose]);
  });

  it.each(["/getCaseInfo?case=2", "/getCaseInfo?casetuple=2.10"])(
    "%s: id and description",
    async (resource) => {
      const [info, close] = said(await ask(await fuzzingServer(), resource));
      const { description } = caseOf("2.10");
      expect([info, close]).toEqual([
        `{"id": "2.10", "description": ${JSON.stringify(description)}}`,
        emptyClose,
      ]);
    },
  );

  it("getCaseInfo: on one line, and in ASCII", async () => {
    const cases = [caseWith({ id: "1.2.3", description: 'two\n  lines, "é" and 𝄞' })];
    const [info] = said(await ask(await fuzzingServer({ cases }), "/getCaseInfo?case=1"));
    expect(info).toBe(String.raw`{"id": "1.2.3", "description": "two lines, \"\u00e9\" and \ud834\udd1e"}`);
  });

  it.each([
    ["/runCase?case=1&agent=an%20agent", "1.1.1"],
    ["/runCase?casetuple=2.10&agent=an+agent", "2.10"],
    ["/runCase?case=1&casetuple=2.10&agent=an+agent", "1.1.1"],
  ])("%s runs case %s", async (resource, id) => {
    const started: string[] = [];
    const finished = Promise.withResolvers<CaseRecord>();
    const server = await fuzzingServer({
      onCaseStarted: (played, agent) => void started.push(`${played.id} ${agent}`),
      onCaseFinished: (_played, record, agent) =>
        finished.resolve({ ...record, id: `${record.id} ${agent}` }),
    });
    await ask(server, resource, { ...echo, onFrame: answer });
    const record = await finished.promise;
    expect([started, record.id]).toEqual([[`${id} an agent`], `${id} an agent`]);
    expect(judge(caseOf(id), record)).toMatchObject({ behavior: "OK", behaviorClose: "OK" });
    expect(record.httpRequest).toBe(openingRequestOf(resource));
    expect(server.playing).toBe(0);
  });

  it("getCaseStatus: the behavior, once there is a result", async () => {
    const server = await fuzzingServer();
    await ask(server, "/runCase?case=1&agent=a", { onFrame: answer });
    await ask(server, "/runCase?case=1&agent=b", {
      onFrame: ({ opcode }, peer) => void (opcode < 8 && peer.socket.end()),
    });
    expect(said(await ask(server, "/getCaseStatus?case=1&agent=a"))).toEqual([
      '{"behavior": "OK"}',
      emptyClose,
    ]);
    expect(said(await ask(server, "/getCaseStatus?casetuple=1.1.1&agent=b"))).toEqual([
      '{"behavior": "FAILED"}',
      emptyClose,
    ]);
  });

  it("getCaseStatus: waits for a result that is not there, also when another one leaves in vain", async () => {
    const server = await fuzzingServer();
    const heard: string[] = [];
    const waiting = ["/getCaseStatus?case=1&agent=a", "/getCaseStatus?casetuple=1.1.1&agent=a"].map(
      async (resource) => {
        const peer = await ask(server, resource);
        heard.push(...said(peer));
      },
    );
    const impatient = ask(server, "/getCaseStatus?case=1&agent=a", {
      onOpen: ({ socket }) => void socket.end(),
    });
    expect(said(await impatient)).toEqual([]);
    await ask(server, "/runCase?case=2&agent=a", { onFrame: answer });
    await ask(server, "/runCase?case=1&agent=other", { onFrame: answer });
    expect(heard).toEqual([]);
    await ask(server, "/runCase?case=1&agent=a", { onFrame: answer });
    await Promise.all(waiting);
    expect(heard).toEqual(['{"behavior": "OK"}', emptyClose, '{"behavior": "OK"}', emptyClose]);
  });

  it.each([
    ["/updateReports?agent=a", false],
    ["/updateReports?agent=a&shutdownOnComplete=true", true],
  ])("%s: an empty close, and the owner is told", async (resource, shutdown) => {
    const told: unknown[] = [];
    const server = await fuzzingServer({ onUpdateReports: (...facts) => void told.push(facts) });
    expect(said(await ask(server, resource))).toEqual([emptyClose]);
    expect(told).toEqual([["a", shutdown]]);
  });

  it("updateReports: answers once what the agent left open has come to its end, and hears of no other", async () => {
    const told: string[] = [];
    const server = await fuzzingServer({
      onCaseFinished: ({ id }, { wasNotCleanReason }, agent) =>
        void told.push(`${id} ${agent}: ${wasNotCleanReason}`),
      onUpdateReports: (agent) => void told.push(`reports ${agent}`),
    });
    const mute: PeerHooks = { onFrame: () => {} };
    const leaving = new Set<Socket>();
    for (const agent of ["a", "b"]) {
      const opened = Promise.withResolvers<void>();
      void ask(server, `/runCase?case=2&agent=${agent}`, {
        ...mute,
        onOpen: ({ socket }) => {
          leaving.add(socket);
          opened.resolve();
        },
      });
      await opened.promise;
    }
    expect(said(await ask(server, "/updateReports?agent=c"))).toEqual([emptyClose]);
    expect(said(await ask(server, "/updateReports?agent=a"))).toEqual([emptyClose]);
    for (const socket of leaving) socket.destroy();
    const end = told.findIndex((line) => line.startsWith("2.10 a"));
    expect(told[0]).toBe("reports c");
    expect(told[end]).toBe("2.10 a: the peer did not answer the close frame in time");
    expect(told.indexOf("reports a")).toBe(end + 1);
  });

  it("stopServer: an empty close, and the owner is told", async () => {
    let stopped = 0;
    const server = await fuzzingServer({ onStop: () => void stopped++ });
    expect(said(await ask(server, "/stopServer"))).toEqual([emptyClose]);
    expect(stopped).toBe(1);
  });

  it.each([
    "/runCase?case=0&agent=a",
    "/runCase?case=4&agent=a",
    "/runCase?case=1",
    "/runCase?case=1&agent=a&agent=a",
    "/runCase?casetuple=1.1.2&agent=a",
    "/getCaseInfo",
    "/getCaseStatus?case=1",
    "/updateReports",
    "/?case=4",
  ])("%s: 500, and the end of TCP", async (resource) => {
    const refused: string[] = [];
    const server = await fuzzingServer({
      onRefused: ({ status }, about) => void refused.push(`${status} ${about}`),
    });
    const { head } = await ask(server, resource);
    expect(head).toBe("HTTP/1.1 500 Internal Server Error\r\n\r\n");
    expect(refused).toEqual([`500 ${resource}`]);
  });

  it.each([
    [405, openingRequestOf("/getCaseCount").replace("GET", "POST")],
    [505, openingRequestOf("/getCaseCount").replace("HTTP/1.1", "HTTP/1.0")],
    [400, openingRequestOf("/getCaseCount").replace("Host", "Most")],
    [400, openingRequestOf("/getCaseCount", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")],
    [400, openingRequestOf("/getCaseCount").replace("Version: 13", "Version: 9")],
    [400, openingRequestOf("/getCaseCount", "Sec-WebSocket-Extensions: permessage-deflate; nonsense")],
    [400, "nonsense\r\n\r\n"],
    [426, openingRequestOf("/getCaseCount").replace("Upgrade: websocket\r\n", "")],
  ])("a bad request is refused with %i: %j", async (status, request) => {
    const { head } = await converse(await fuzzingServer(), request);
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*\r\n\r\n$`));
  });

  it("on any other path, a client gives its own commands", async () => {
    const commands = [
      '["echo", {"payload": "hi"}]',
      '["sendframe", {"opcode": 9}]',
      '["close", {"code": 3000}]',
    ];
    const peer = await ask(await fuzzingServer(), "/getcasecount", {
      ...echo,
      onOpen: (opened) => commands.forEach((command) => opened.send({ opcode: 1 }, command)),
    });
    expect(said(peer)).toEqual(["hi", "9:", "8:0bb8"]);
  });

  it.each(["nonsense", '["unknown", {}]', '["sendframe", {"opcode": 16}]'])(
    "on any other path, %j drops TCP",
    async (command) => {
      const onOpen = (peer: FramePeer) => peer.send({ opcode: 1 }, command);
      expect(said(await ask(await fuzzingServer(), "/", { onOpen }))).toEqual([]);
    },
  );

  it("an excluded case is closed at once, and has no result", async () => {
    const finished: string[] = [];
    const server = await fuzzingServer({
      isExcluded: (agent, id) => agent === "a" && id === "1.1.1",
      onCaseFinished: ({ id }, _record, agent) => void finished.push(`${id} ${agent}`),
    });
    expect(said(await ask(server, "/runCase?case=1&agent=a"))).toEqual([emptyClose]);
    await ask(server, "/runCase?case=1&agent=b");
    expect(finished).toEqual(["1.1.1 b"]);
  });

  it("draining lets a closing handshake come to its end", async () => {
    const server = await fuzzingServer({ onUpdateReports: () => void server.drain() });
    const peer = await ask(server, "/updateReports?agent=a");
    expect(said(peer)).toEqual([emptyClose]);
    await expect(
      dial(caseOf("1.1.1"), destinationOf(server.url), { profile: profiles.full }),
    ).resolves.toMatchObject({
      connected: false,
    });
  });

  it("a request may come in any pieces, and frames right behind it", async () => {
    const finished = Promise.withResolvers<CaseRecord>();
    const server = await fuzzingServer({ onCaseFinished: (_played, record) => finished.resolve(record) });
    const frames = Buffer.from("8980 00000000 8880 00000000".replaceAll(" ", ""), "hex");
    const request = Buffer.from(openingRequestOf("/runCase?case=1&agent=a"));
    const cut = request.length - 3;
    const chunks = [
      request.subarray(0, 1),
      request.subarray(1, cut),
      Buffer.concat([request.subarray(cut), frames]),
    ];
    const peer = await converse(server, chunks, {});
    expect(peer.frames.map(({ opcode }) => opcode)).toEqual([1, 10, 8]);
    expect((await finished.promise).rxFrames).toMatchObject({ "9": 1 });
  });

  it("a request that never ends, or is too long, ends in a reset", async () => {
    const server = await fuzzingServer({ options: { openHandshakeTimeout: 100 } });
    expect((await converse(server, "GET / HTTP/1.1\r\n")).head).toBe("");
    const patient = await fuzzingServer();
    expect((await converse(patient, `GET / HTTP/1.1\r\nA: ${"a".repeat(100_000)}`)).head).toBe("");
  });

  it("many clients are served at once, each by itself", async () => {
    const finished: string[] = [];
    const server = await fuzzingServer({
      cases: [caseOf("1.1.2"), caseOf("1.2.2")],
      onCaseFinished: (played, record, agent) =>
        void finished.push(`${agent} ${judge(played, record).behavior}`),
    });
    const agents = Array.from({ length: 60 }, (_, i) => `agent-${i}`);
    await Promise.all(agents.map((agent, i) => ask(server, `/runCase?case=${(i % 2) + 1}&agent=${agent}`)));
    expect(finished.toSorted()).toEqual(agents.map((agent) => `${agent} OK`).toSorted());
  });

  it("closing drops every connection, and the records are still made", async () => {
    const finished: CaseRecord[] = [];
    const server = await fuzzingServer({ onCaseFinished: (_played, record) => void finished.push(record) });
    const open = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const gone = [
      ask(server, "/runCase?case=1&agent=a", { onOpen: () => open[0]!.resolve() }),
      ask(server, "/getCaseStatus?case=1&agent=x", { onOpen: () => open[1]!.resolve() }),
    ];
    await Promise.all(open.map(({ promise }) => promise));
    expect(server.playing).toBe(1);
    await server.close();
    await Promise.all(gone);
    expect(finished).toMatchObject([{ id: "1.1.1", opened: true, wasClean: false }]);
    expect(server.playing).toBe(0);
  });

  it("an address that cannot be listened on is an error", async () => {
    const { port } = await fuzzingServer();
    await expect(fuzzingServer({ port })).rejects.toThrow(/EADDRINUSE/);
  });
});

/** Echoes, pongs, and puts messages of several frames together. */
function answer({ opcode, fin, payload }: FramePeer["frames"][number], peer: FramePeer): void {
  const fragments = fragmentsOf.get(peer) ?? [];
  if (opcode === 8) echo.onFrame!({ opcode, fin, payload }, peer);
  else if (opcode === 9) peer.send({ opcode: 10 }, payload);
  else if (opcode <= 2) fragments.push({ opcode, payload });
  fragmentsOf.set(peer, fin && opcode <= 2 ? [] : fragments);
  if (!fin || opcode > 2) return;
  peer.send({ opcode: fragments[0]!.opcode }, Buffer.concat(fragments.map((part) => part.payload)));
}

const fragmentsOf = new WeakMap<FramePeer, { opcode: number; payload: Buffer }[]>();

/** A server on a port of its own, doing the same to every connection. */
async function target(hooks: PeerHooks, onConnection?: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    if (onConnection === undefined) void new FramePeer(socket, "server", hooks);
    else onConnection(socket.on("error", () => {}));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function play(played: Case, url: string, options: Partial<DialOptions> = {}): Promise<CaseRecord> {
  const result = await dial(played, destinationOf(url), { profile: profiles.full, ...options });
  if (!result.connected) throw new Error(result.reason);
  return result.record;
}

describe("the fuzzer dials a server", () => {
  it.each(["1.1.1", "1.1.8", "1.2.7", "2.10", "5.3", "5.6", "5.19", "7.1.1", "9.1.1"])(
    "case %s",
    async (id) => {
      const record = await play(caseOf(id), await target({ onFrame: answer }));
      expect(judge(caseOf(id), record)).toMatchObject({ behavior: "OK", behaviorClose: "OK" });
      expect(record).toMatchObject({ role: "server", opened: true, wasClean: true, watchdog: false });
    },
  );

  it("with path and query", async () => {
    const heads: string[] = [];
    const url = await target({ ...echo, onOpen: (peer) => void heads.push(peer.head) });
    await play(caseOf("1.1.1"), `${url}a/b?c=d`);
    expect(heads).toEqual([expect.stringMatching(/^GET \/a\/b\?c=d HTTP\/1\.1\r\n/)]);
  });

  it("and writes all frames of one turn as one segment", async () => {
    const reads: number[] = [];
    const url = await target({
      onFrame(frame, peer) {
        if (frame.opcode === 8) reads.push(peer.reads[0]!.length);
        answer(frame, peer);
      },
    });
    const { txOctets } = await play(caseOf("2.10"), url);
    expect(txOctets).toMatchObject({ "15": 10 });
    expect(reads).toEqual([150]);
  });

  it("that is not there", async () => {
    const url = await target({});
    await Promise.all(cleanUps.splice(0).map((cleanUp) => cleanUp()));
    const result = await dial(caseOf("1.1.1"), destinationOf(url), { profile: profiles.full });
    expect(result).toEqual({ connected: false, reason: expect.stringContaining("ECONNREFUSED") as string });
  });

  it("that accepts and says nothing", async () => {
    const url = await target({}, () => {});
    const record = await play(caseOf("1.1.1"), url, { options: { openHandshakeTimeout: 100 } });
    expect(record).toMatchObject({ opened: false, wasOpenHandshakeTimeout: true, httpResponse: null });
  });

  it("that hangs up instead of answering, with and without a reset", async () => {
    const leave = [(socket: Socket) => void socket.end(), (socket: Socket) => void socket.resetAndDestroy()];
    for (const hangUp of leave) {
      const url = await target({}, (socket) => void socket.once("data", () => hangUp(socket)));
      const record = await play(caseOf("1.1.1"), url);
      expect(record).toMatchObject({ opened: false, droppedByMe: false, wasOpenHandshakeTimeout: false });
    }
  });

  it("that talks another protocol", async () => {
    const url = await target(
      {},
      (socket) => void socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
    );
    const record = await play(caseOf("1.1.1"), url);
    expect(record).toMatchObject({
      opened: false,
      wasNotCleanReason: expect.stringMatching(/status 400/) as string,
    });
    expect(record.httpResponse).toBe("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  });

  it("that ends only its half of TCP: the connection counts as lost", async () => {
    const url = await target({ onFrame: (_frame, peer) => void peer.socket.end() });
    const record = await play(caseOf("1.1.1"), url);
    expect(record).toMatchObject({
      opened: true,
      droppedByMe: false,
      remoteCloseCode: null,
      timerFired: false,
    });
    expect(record.wasNotCleanReason).toMatch(/peer dropped TCP/);
  });

  it("that never reads: the play ends all the same", async () => {
    const url = await target({}, (socket) => void socket.pause());
    const played = caseWith({ script: [{ step: "killAfter", ms: 50 }] });
    const record = await play(played, url, { options: { openHandshakeTimeout: 100 } });
    expect(record.opened).toBe(false);
    const stuck = await target({ onOpen: ({ socket }) => void socket.pause() });
    const large = { step: "frame", opcode: 2, payload: { unit: "00", length: 64 << 20 } } as const;
    const failed = await play(caseWith({ script: [large, { step: "killAfter", ms: 50 }] }), stuck);
    expect(failed).toMatchObject({ opened: true, wasCloseHandshakeTimeout: true });
  });

  it("and can be told to stop, at any time", async () => {
    const url = await target({ onOpen: ({ socket }) => void socket.pause() });
    const early = await dial(caseOf("1.1.6"), destinationOf(url), {
      profile: profiles.full,
      signal: AbortSignal.abort(),
    });
    expect(early).toEqual({ connected: false, reason: "aborted" });
    const controller = new AbortController();
    const connecting = dial(caseOf("1.1.6"), destinationOf(url), {
      profile: profiles.full,
      signal: controller.signal,
    });
    controller.abort();
    expect(await connecting).toEqual({ connected: false, reason: "aborted" });
    const later = new AbortController();
    const opened = await target({ onOpen: () => later.abort() });
    const record = await play(caseOf("1.1.6"), opened, { signal: later.signal });
    expect(record).toMatchObject({ wasClean: false, timerFired: false });
  });

  it("only at ws URLs", () => {
    expect(destinationOf("ws://example.org")).toMatchObject({ host: "example.org", port: 80, resource: "/" });
    expect(destinationOf("ws://[::1]:9001/a?b=c#d")).toMatchObject({
      host: "::1",
      port: 9001,
      resource: "/a?b=c",
    });
    expect(() => destinationOf("http://example.org")).toThrow(TypeError);
  });
});

/** The worker of test/support/failing-peers.ts. */
class FailingPeers {
  readonly #worker = new Worker(new URL("../support/failing-peers.ts", import.meta.url));

  async ask(request: FailingRequest): Promise<FailingAnswer> {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread, not a window
    this.#worker.postMessage(request);
    const [answered] = (await once(this.#worker, "message")) as [FailingAnswer];
    return answered;
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}

const rounds = 60;
const batch = 20;
const leavings: readonly Leaving[] = ["reset", "close", "end"];

/** Cases in whose chopped frames a peer fails the connection, with the close code and echoes of ours. */
const choppy: readonly (readonly [id: string, code: number, echoes: number])[] = [
  ["3.4", 1002, 1],
  ["4.1.5", 1002, 1],
  ["4.2.5", 1002, 1],
  ["9.5.1", 1009, 0],
  ["9.6.6", 1009, 0],
];

/** What a record knows of the peer's last words. */
const lastWords = ({ opened, remoteCloseCode, received }: CaseRecord) =>
  `${opened ? "open" : "refused"} ${remoteCloseCode} ${received.length}`;

describe("a peer that fails the connection while chopped frames are written, and is gone at once", () => {
  it.each(choppy)(
    "as server in %s: its close code %i and its echo are never lost",
    async (id, code, echoes) => {
      const peers = new FailingPeers();
      cleanUps.push(() => peers.stop());
      const heard = new Map<string, number>();
      for (const leaving of leavings) {
        const answered = await peers.ask({ listen: true, leaving });
        if (!("port" in answered)) throw new Error("the worker has no port");
        const to = destinationOf(`ws://127.0.0.1:${answered.port}/`);
        for (let round = 0; round < rounds / leavings.length; round++) {
          const plays = Array.from({ length: batch }, () => dial(caseOf(id), to, { profile: profiles.full }));
          for (const result of await Promise.all(plays)) {
            const words = result.connected ? lastWords(result.record) : result.reason;
            heard.set(words, (heard.get(words) ?? 0) + 1);
          }
        }
      }
      expect(Object.fromEntries(heard)).toEqual({ [`open ${code} ${echoes}`]: rounds * batch });
    },
  );

  it.each(choppy)(
    "as client in %s: its close code %i and its echo are never lost",
    async (id, code, echoes) => {
      const peers = new FailingPeers();
      cleanUps.push(() => peers.stop());
      const heard = new Map<string, number>();
      let finished = 0;
      const server = await fuzzingServer({
        cases: [caseOf(id)],
        onCaseFinished: (_played, record) => {
          finished++;
          heard.set(lastWords(record), (heard.get(lastWords(record)) ?? 0) + 1);
        },
      });
      for (let round = 1; round <= rounds; round++) {
        const leaving = leavings[round % leavings.length]!;
        const resource = "/runCase?case=1&agent=a";
        await peers.ask({ port: server.port, resource, leaving, connections: batch });
        await expect.poll(() => finished, { timeout: 30_000, interval: 1 }).toBe(round * batch);
      }
      expect(Object.fromEntries(heard)).toEqual({ [`open ${code} ${echoes}`]: rounds * batch });
    },
  );
});
