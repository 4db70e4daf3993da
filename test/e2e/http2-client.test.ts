import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from "node:http2";
import { type AddressInfo, createServer, type Socket } from "node:net";

import { afterEach, describe, expect, it } from "vitest";

import type { Case } from "../../fuzzer/case.ts";
import { catalogue, selectCases } from "../../fuzzer/catalogue.ts";
import { extraCatalogue } from "../../fuzzer/extra-catalogue.ts";
import { judge } from "../../fuzzer/judge.ts";
import { profiles } from "../../fuzzer/profile.ts";
import { type Certificates, makeCertificates } from "../../orchestrator/certificates.ts";
import type { Listener } from "../../orchestrator/place/fuzzer.ts";
import { ClientGateway } from "../../orchestrator/place/http2/client-gateway.ts";
import { cancel } from "../../orchestrator/place/http2/gateway.ts";
import { localFuzzer } from "../../orchestrator/place/local-fuzzer.ts";
import { classify } from "../../report/tally.ts";

import { until } from "../support/faux.ts";
import { StreamEcho } from "../support/http2-echo.ts";

const host = "127.0.0.1";
const leftovers: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of leftovers.splice(0).toReversed()) await end();
});

interface Play {
  readonly listener: Listener;
  readonly verdicts: Map<string, string>;
}

/** A fuzzing server for clients that come over HTTP/2. */
async function listenFor(cases: readonly Case[], tls: Certificates | null): Promise<Play> {
  const verdicts = new Map<string, string>();
  const listener = await localFuzzer.listen({
    host,
    port: 0,
    cases,
    profile: profiles.quick,
    tls,
    http2: true,
    onStarted: () => {},
    onFinished: (played, record) => void verdicts.set(played.id, classify(judge(played, record))),
    onReports: () => {},
  });
  leftovers.push(() => listener.close());
  return { listener, verdicts };
}

async function sessionTo({ url }: Listener, tls: Certificates | null): Promise<ClientHttp2Session> {
  const session = connect(url.replace("ws", "http"), tls === null ? {} : { ca: tls.ca });
  leftovers.push(() => session.destroy());
  session.on("error", () => {});
  const { enableConnectProtocol } = await new Promise<{ enableConnectProtocol?: boolean }>((resolve) =>
    session.once("remoteSettings", resolve),
  );
  expect(enableConnectProtocol).toBe(true);
  return session;
}

const asking = (path: string, fields: Readonly<Record<string, string>> = {}) => ({
  ":method": "CONNECT",
  ":protocol": "websocket",
  ":path": path,
  "sec-websocket-version": "13",
  ...fields,
});

/** The reference endpoint as a client in a stream; resolves with the status once the stream has ended. */
function echoIn(session: ClientHttp2Session, path: string): Promise<number> {
  const stream = session.request(asking(path), { endStream: false });
  const echo = new StreamEcho("client", stream);
  let status = 0;
  return new Promise((resolve) => {
    stream
      .on("response", (fields: IncomingHttpHeaders) => {
        status = Number(fields[":status"]);
        if (status === 200) echo.open();
        else stream.end();
      })
      .on("data", (octets: Buffer) => {
        if (status === 200) echo.receive(octets);
      })
      .once("close", () => resolve(status));
  });
}

describe.each(["cleartext", "TLS"])("clients over HTTP/2 in %s", (how) => {
  it("are played all cases of chapters 1 to 7", { timeout: 120_000 }, async () => {
    const tls = how === "TLS" ? await makeCertificates([host, "localhost"]) : null;
    const patterns = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*"];
    const cases = selectCases(catalogue, { cases: patterns }).entries.map((entry) => entry.case);
    const { listener, verdicts } = await listenFor(cases, tls);
    expect(listener.url).toMatch(tls === null ? /^ws:/ : /^wss:/);
    const session = await sessionTo(listener, tls);
    const wrong = () =>
      cases.filter(
        ({ id, onEnd }) => verdicts.get(id) !== (onEnd === "informational" ? "informational" : "pass"),
      );
    const play = async (waiting: readonly Case[], atOnce: number) => {
      const left = [...waiting];
      const worker = async () => {
        for (let next = left.shift(); next !== undefined; next = left.shift())
          await echoIn(session, `/runCase?case=${cases.indexOf(next) + 1}&agent=a`);
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
      await until("all have ended", () => verdicts.size === cases.length);
    };
    await play(cases, 24);
    // A busy machine may be late; a fault stays one when a case is played again, and alone.
    for (let again = 0; again < 3; again++) await play(wrong(), 1);
    expect(wrong().map(({ id }) => `${id} ${verdicts.get(id)}`)).toEqual([]);
  });
});

describe("chapter 34 of clients", () => {
  const cases = [...extraCatalogue.byId.values()]
    .map((entry) => entry.case)
    .filter(({ id, extra }) => id.startsWith("34.") && extra!.roles.includes("client"));

  it("is passed by the reference endpoint in a stream", { timeout: 60_000 }, async () => {
    expect(cases.length).toBeGreaterThan(10);
    const { listener, verdicts } = await listenFor(cases, null);
    const session = await sessionTo(listener, null);
    // This client looks at no field of a response, so it fails the two cases that are about them.
    for (let at = 1; at <= cases.length; at++) await echoIn(session, `/runCase?case=${at}&agent=a`);
    await until("all have ended", () => verdicts.size === cases.length);
    const left = cases.filter(({ id }) => !["pass", "informational"].includes(verdicts.get(id)!));
    const unseen = ["A subprotocol not asked for", "An extension not asked for"];
    expect(left.map(({ title }) => title)).toEqual(unseen);
  });

  it("sees what a client should not do", async () => {
    const [first] = cases;
    const version = cases.find(({ title }) => title === "The version of the protocol")!;
    const { listener, verdicts } = await listenFor([first!, version], null);
    const session = await sessionTo(listener, null);
    const { "sec-websocket-version": _, ...none } = asking("/runCase?case=2&agent=a");
    const odd = { ...asking("/runCase?case=1&agent=a"), ":protocol": "websockets" };
    for (const fields of [odd, none])
      session
        .request(fields)
        .on("error", () => {})
        .resume();
    await until("both have ended", () => verdicts.size === 2);
    expect([...verdicts.values()]).toEqual(["failed", "failed"]);
  });
});

describe("the gateway before a fuzzing server", () => {
  it("serves a page, refuses what it does not know, and says what the fuzzing server refuses", async () => {
    const { listener } = await listenFor([], null);
    const session = await sessionTo(listener, null);
    const statusOf = (fields: Readonly<Record<string, string>>, endStream = true) =>
      new Promise((resolve) => {
        const stream = session.request(fields, { endStream });
        stream.on("error", () => {}).resume();
        stream.once("response", (response) => resolve(response[":status"]));
      });
    expect(await statusOf({ ":path": "/" })).toBe(200);
    expect(await statusOf({ ":method": "POST", ":path": "/" })).toBe(405);
    expect(await statusOf(asking("/runCase?case=99&agent=a"), false)).toBeGreaterThanOrEqual(400);
  });
});

/** A server of TCP that opens each connection it gets, and notes what comes then. */
async function plainServer() {
  const { promise: accepted, resolve } = Promise.withResolvers<Socket>();
  const heard: string[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket
      .once("data", () => {
        socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
        socket.on("data", (octets: Buffer) => heard.push(octets.toString()));
        resolve(socket);
      })
      .on("error", (error: NodeJS.ErrnoException) => heard.push(error.code ?? ""))
      .on("end", () => heard.push("end"));
  });
  await new Promise<void>((listening) => void server.listen(0, host, listening));
  leftovers.push(() => server.close());
  return { listener: (server.address() as AddressInfo).port, accepted, heard };
}

describe("what ends a stream ends the connection behind the gateway, and the other way round", () => {
  async function joined() {
    const { listener, accepted, heard } = await plainServer();
    const gateway = await ClientGateway.open({ kind: "client", host, port: 0, tls: null, listener });
    leftovers.push(() => gateway.close());
    const session = connect(`http://${host}:${gateway.port}`).on("error", () => {});
    leftovers.push(() => session.destroy());
    await new Promise((resolve) => session.once("remoteSettings", resolve));
    const stream = session.request(asking("/"), { endStream: false });
    stream.on("error", () => {});
    await new Promise((resolve) => stream.once("response", resolve));
    return { stream, heard, socket: await accepted };
  }

  it("END_STREAM is FIN", async () => {
    const { stream, socket, heard } = await joined();
    stream.resume().end("last");
    await until("it is heard", () => heard.includes("end"));
    expect(heard).toEqual(["last", "end"]);
    socket.end();
    await until("the stream is closed", () => stream.closed);
    expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
  });

  it("RST_STREAM is a reset, which does not overtake what came before", async () => {
    const { stream, heard } = await joined();
    stream.resume().write("last", () => cancel(stream));
    await until("it is heard", () => heard.length === 2);
    expect(heard).toEqual(["last", "ECONNRESET"]);
  });

  it("a reset is RST_STREAM with CANCEL", async () => {
    const { stream, socket } = await joined();
    const ended = new Promise<number>((resolve) =>
      stream.resume().once("end", () => resolve(stream.rstCode)),
    );
    socket.resetAndDestroy();
    expect(await ended).toBe(constants.NGHTTP2_CANCEL);
  });
});
