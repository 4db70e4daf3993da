import { createServer } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { PassThrough } from "node:stream";

import { describe, expect, it, onTestFinished } from "vitest";

import type { Case } from "../../../../fuzzer/case.ts";
import { destinationOf } from "../../../../fuzzer/client.ts";
import { judge } from "../../../../fuzzer/judge.ts";
import { profiles } from "../../../../fuzzer/profile.ts";
import type { CaseRecord } from "../../../../fuzzer/record.ts";
import { wait } from "../../../../fuzzer/suite/build.ts";
import { type Certificates, makeCertificates } from "../../../../orchestrator/certificates.ts";
import {
  FuzzerLost,
  type Fuzzer,
  ListenError,
  type ListenSetup,
} from "../../../../orchestrator/place/fuzzer.ts";
import { localFuzzer } from "../../../../orchestrator/place/local-fuzzer.ts";
import { connectFuzzer } from "../../../../orchestrator/place/remote-fuzzer.ts";
import { probeCase } from "../../../../orchestrator/play/probe.ts";
import { driveEcho, serveEcho } from "../../../../reference-impl/index.ts";

import { until } from "../../../support/faux.ts";
import { freePort } from "../../../support/free-port.ts";
import { caseOf, caseWith } from "../../../support/player-bench.ts";
import { type PairedFuzzer, pairedFuzzer } from "../../../support/sidecar.ts";
import { serveFrames } from "../play/targets.ts";

const host = "127.0.0.1";
const profile = profiles.quick;

async function paired(): Promise<PairedFuzzer> {
  const pair = await pairedFuzzer();
  onTestFinished(() => pair[Symbol.asyncDispose]());
  return pair;
}

async function echoServer(tls?: Certificates) {
  const server = await serveEcho({ host, port: 0, ...(tls && { tls }) });
  onTestFinished(() => server.close());
  return server;
}

async function certified(): Promise<Certificates> {
  const certificates = await makeCertificates();
  onTestFinished(() => certificates[Symbol.dispose]());
  return certificates;
}

/** A record without what differs from play to play: times, masking keys, and how reads are cut. */
function lasting(record: CaseRecord) {
  const { started, duration, log, rxOctets, txOctets, httpRequest, httpResponse, ...rest } = record;
  expect([started, duration].every((time) => time > 0)).toBe(true);
  expect(
    [log.length, Object.keys(rxOctets).length, Object.keys(txOctets).length].every((many) => many > 0),
  ).toBe(true);
  const head = (text: string | null) => text?.replaceAll(/(Sec-WebSocket-(?:Key|Accept)|Host): .*/g, "$1");
  return { ...rest, heads: [head(httpRequest), head(httpResponse)] };
}

/** A case that waits for a long time, and whose server answers nothing. */
const endless = caseWith({ id: "99.9", script: [wait(60_000, "open", [])] });

describe("a fuzzer in a sidecar, as client", () => {
  it.each([
    ["an echo", caseOf("1.1.2")],
    ["the probe", probeCase],
    ["a failed connection", caseOf("3.2")],
    ["long messages, compressed", caseOf("12.1.6")],
    [
      "a case that the suite does not have",
      caseWith({ id: "99.7", script: [{ step: "close", code: 1000 }] }),
    ],
  ])("records of %s what the fuzzer of this process does", async (_, played) => {
    const { fuzzer } = await paired();
    const to = destinationOf((await echoServer()).url);
    const play = async (by: Fuzzer) => {
      const result = await by.dial(played, to, { profile });
      if (!result.connected) throw new Error(result.reason);
      return result.record;
    };
    const [near, far] = [await play(localFuzzer), await play(fuzzer)];
    expect(lasting(far)).toEqual(lasting(near));
    expect(judge(played, far)).toEqual(judge(played, near));
  });

  it("looks at certificates", async () => {
    const { fuzzer } = await paired();
    const certificates = await certified();
    const { url } = await echoServer(certificates);
    const dial = (ca?: string) =>
      fuzzer.dial(probeCase, destinationOf(url, { verify: true, ...(ca && { ca }) }), { profile });
    expect(await dial(certificates.ca)).toMatchObject({ connected: true, record: { opened: true } });
    expect(await dial()).toMatchObject({ connected: true, record: { opened: false } });
  });

  it("fails a connection as it is told to", async () => {
    const { fuzzer } = await paired();
    const served = await serveFrames(({ opcode }, peer) => {
      if (opcode === 1) peer.send({ opcode: 3 });
      return "echo";
    });
    onTestFinished(() => served.stop());
    const to = destinationOf(served.url!);
    const dial = (failByDrop: boolean) =>
      fuzzer.dial(caseOf("1.1.2"), to, { profile, options: { failByDrop } });
    expect(await dial(true)).toMatchObject({ record: { failedByMe: true, localCloseCode: null } });
    expect(await dial(false)).toMatchObject({ record: { failedByMe: true, localCloseCode: 1002 } });
  });

  it("adds to its request what it is told to", async () => {
    const { fuzzer } = await paired();
    const to = destinationOf((await echoServer()).url);
    const extras = { headerLines: ["Origin: http://example.test"], protocols: [] };
    const result = await fuzzer.dial(caseOf("1.1.2"), to, { profile, extras });
    const httpRequest = expect.stringContaining("\r\nOrigin: http://example.test\r\n");
    expect(result).toMatchObject({ connected: true, record: { httpRequest } });
  });

  it("tells why it cannot connect", async () => {
    const { fuzzer } = await paired();
    const to = destinationOf(`ws://${host}:${await freePort()}`);
    const result = await fuzzer.dial(probeCase, to, { profile });
    expect(result).toMatchObject({ connected: false, reason: expect.stringContaining("ECONNREFUSED") });
  });

  it("plays many cases side by side, and tells them apart", async () => {
    const { fuzzer } = await paired();
    const to = destinationOf((await echoServer()).url);
    const ids = Array.from({ length: 60 }, (_, index) => `1.${1 + (index % 2)}.${1 + (index % 6)}`);
    const results = await Promise.all(ids.map((id) => fuzzer.dial(caseOf(id), to, { profile })));
    expect(results.map((result) => result.connected && result.record.id)).toEqual(ids);
  });

  it("drops the connection when it is told to", async () => {
    const { fuzzer } = await paired();
    const served = await serveFrames(() => "nothing");
    onTestFinished(() => served.stop());
    const controller = new AbortController();
    const { signal } = controller;
    const playing = fuzzer.dial(endless, destinationOf(served.url!), { profile, signal });
    setTimeout(() => controller.abort(), 50);
    expect(await playing).toMatchObject({ connected: true });
    const late = await fuzzer.dial(endless, destinationOf(served.url!), { profile, signal });
    expect(late).toMatchObject({ connected: false, reason: "aborted" });
  });

  it("says when it was late", async () => {
    const { fuzzer } = await paired();
    const served = await serveFrames(({ opcode }) => {
      // The far side is in this very process, so what blocks this process makes it late.
      for (const end = Date.now() + 250; opcode === 1 && Date.now() < end;);
      return "echo";
    });
    onTestFinished(() => served.stop());
    const result = await fuzzer.dial(caseOf("1.1.2"), destinationOf(served.url!), { profile });
    expect(result).toMatchObject({ connected: true, onTime: false });
  });

  it("does not play with corpora that it does not have", async () => {
    const { fuzzer } = await paired();
    const to = destinationOf("ws://127.0.0.1:1");
    await expect(
      fuzzer.dial(probeCase, to, { profile: { ...profile, corpora: (name) => profile.corpora(name) } }),
    ).rejects.toThrow(TypeError);
  });
});

/** What was heard of a listener. */
function listening(cases: readonly Case[]) {
  const heard: (readonly [what: string, id?: string])[] = [];
  const records: CaseRecord[] = [];
  const setup: Omit<ListenSetup, "tls" | "port"> = {
    host,
    cases,
    profile,
    onStarted: ({ id }) => void heard.push(["started", id]),
    onFinished: ({ id }, record) => {
      heard.push(["finished", id]);
      records.push(record);
    },
    onReports: () => void heard.push(["reports"]),
  };
  return { heard, records, setup };
}

describe("a fuzzer in a sidecar, as server", () => {
  const cases = [caseOf("1.1.2"), caseOf("12.1.1"), caseOf("5.1")];

  it.each([["TCP"], ["TLS"]])("lets a client play its own list over %s", async (over) => {
    const { fuzzer } = await paired();
    const certificates = over === "TLS" ? await certified() : null;
    const { heard, records, setup } = listening(cases);
    const listener = await fuzzer.listen({ ...setup, port: 0, tls: certificates });
    expect(listener.url).toMatch(over === "TLS" ? /^wss:/ : /^ws:/);
    await driveEcho({ url: listener.url, agent: "a", ...(certificates && { ca: certificates.ca }) });
    await listener.close();
    expect(heard).toEqual([
      ...cases.flatMap(({ id }) => [
        ["started", id],
        ["finished", id],
      ]),
      ["reports"],
    ]);
    expect(records.map((record, at) => judge(cases[at]!, record).behavior)).toEqual(["OK", "OK", "OK"]);
  });

  it("tells why it cannot listen", async () => {
    const { fuzzer } = await paired();
    const taken = await echoServer();
    const { setup } = listening(cases);
    const listen = fuzzer.listen({ ...setup, port: taken.port, tls: null });
    await expect(listen).rejects.toThrow(ListenError);
    await expect(listen).rejects.toThrow(/EADDRINUSE/);
    await expect(fuzzer.listen({ ...setup, host: "192.0.2.1", port: 0, tls: null })).rejects.toThrow(
      /EADDRNOTAVAIL/,
    );
    fuzzer.check();
  });

  it("ends a case that is open when it is closed, and then does not listen any more", async () => {
    const { fuzzer } = await paired();
    const { heard, records, setup } = listening([endless]);
    const listener = await fuzzer.listen({ ...setup, port: 0, tls: null });
    const driving = driveEcho({ url: listener.url, agent: "a" });
    await until("the case has begun", () => heard.length > 0);
    await listener.close();
    expect(heard).toEqual([
      ["started", endless.id],
      ["finished", endless.id],
    ]);
    expect(records[0]).toMatchObject({ id: endless.id, wasClean: false });
    await driving.catch(() => {});
    const dialled = await fuzzer.dial(probeCase, destinationOf(listener.url), { profile });
    expect(dialled).toMatchObject({ connected: false });
  });

  it("does not tell for ever of a client that asks for the same case for ever", async () => {
    const { fuzzer } = await paired();
    const { heard, setup } = listening([caseOf("1.1.2")]);
    const listener = await fuzzer.listen({ ...setup, port: 0, tls: null });
    const asking = { ...destinationOf(listener.url), resource: "/runCase?case=1&agent=a" };
    const leaving = caseWith({ script: [{ step: "close", code: 1000 }] });
    for (let times = 0; times < 12; times++) await localFuzzer.dial(leaving, asking, { profile });
    await listener.close();
    expect(heard).toHaveLength(16);
  });
});

/** Accepts one connection, and says nothing. */
async function silentServer() {
  const [connected, dropped] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const server = createServer((socket) => {
    connected.resolve();
    socket.on("error", () => {}).once("close", () => dropped.resolve());
  });
  await new Promise<void>((resolve) => void server.listen(0, host, resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  return { url: `ws://${host}:${port}`, connected: connected.promise, dropped: dropped.promise };
}

describe("what a sidecar says", () => {
  it("may be about something that is over, but not about something that was never asked for", async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const say = async (...replies: readonly object[]) => {
      for (const reply of replies) input.write(`${JSON.stringify(reply)}\n`);
      await turn();
    };
    const connecting = connectFuzzer({ input, output, program: "p", signal: new AbortController().signal });
    await say({ type: "hello", protocol: 1, program: "p" });
    const fuzzer = await connecting;
    const { setup, heard } = listening([endless]);
    const listen = fuzzer.listen({ ...setup, port: 0, tls: null });
    await say({ type: "listening", id: 1, url: "ws://127.0.0.1:1" });
    const closing = (await listen).close();
    await say({ type: "started", id: 1, at: 0 }, { type: "closed", id: 1 });
    await closing;
    await say({ type: "started", id: 1, at: 0 });
    expect(heard).toEqual([["started", endless.id]]);
    fuzzer.check();
    await say({ type: "started", id: 2, at: 0 });
    expect(() => fuzzer.check()).toThrow(/not understood: .*\(nobody asked for that\)/);
  });

  it("is believed only about cases of the list", async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const connecting = connectFuzzer({ input, output, program: "p", signal: new AbortController().signal });
    input.write('{"type":"hello","protocol":1,"program":"p"}\n');
    const fuzzer = await connecting;
    const { setup, heard } = listening([endless]);
    const listen = fuzzer.listen({ ...setup, port: 0, tls: null });
    input.write('{"type":"started","id":1,"at":1}\n');
    await expect(listen).rejects.toThrow(/there is no such case/);
    expect(heard).toEqual([]);
  });
});

describe("a sidecar that is lost", () => {
  it("costs all that is going on, and all that is asked for later", async () => {
    const { fuzzer, replies, ended } = await paired();
    const served = await silentServer();
    const { setup } = listening([endless]);
    const listener = await fuzzer.listen({ ...setup, port: 0, tls: null });
    const playing = fuzzer.dial(endless, destinationOf(served.url), { profile });
    const played = expect(playing).rejects.toThrow(FuzzerLost);
    await served.connected;
    replies.destroy();
    await played;
    await expect(listener.close()).rejects.toThrow("the fuzzer's sidecar is gone: its output was closed");
    await expect(fuzzer.dial(probeCase, destinationOf(served.url), { profile })).rejects.toThrow(FuzzerLost);
    expect(() => fuzzer.check()).toThrow(FuzzerLost);
    // And the far side drops its connections and its listeners.
    expect(await ended).toMatch(/was closed/);
    await served.dropped;
    const late = await localFuzzer.dial(probeCase, destinationOf(listener.url), { profile });
    expect(late.connected).toBe(false);
  });

  it.each([
    ["another program", { protocol: 1, program: "other" }],
    ["another protocol", { protocol: 99, program: "wanted" }],
  ])("is one with %s", async (_, versions) => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const connecting = connectFuzzer({
      input,
      output,
      program: "wanted",
      signal: new AbortController().signal,
    });
    input.write(`${JSON.stringify({ type: "hello", ...versions })}\n`);
    await expect(connecting).rejects.toThrow("not of the version of this run");
    expect(output.writableEnded).toBe(true);
  });

  it("is one that ends before it has said anything, with its last words", async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const { signal } = new AbortController();
    const lastWords = () => ({ exit: "exited with code 3", logTail: "cannot find module" });
    const connecting = connectFuzzer({ input, output, program: "p", signal, lastWords });
    input.end();
    await expect(connecting).rejects.toMatchObject({
      name: "FuzzerLost",
      message: "the fuzzer's sidecar is gone: it exited with code 3",
      logTail: "cannot find module",
    });
  });

  it("is not waited for once the run is aborted", async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const controller = new AbortController();
    const connecting = connectFuzzer({ input, output, program: "p", signal: controller.signal });
    controller.abort();
    await expect(connecting).rejects.toMatchObject({ name: "AbortError" });
    expect(output.writableEnded).toBe(true);
  });
});
