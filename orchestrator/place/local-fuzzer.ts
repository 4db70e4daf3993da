import { setTimeout as sleep } from "node:timers/promises";

import { dial } from "../../fuzzer/client.ts";
import { FuzzingServer } from "../../fuzzer/server.ts";

import type { Destination } from "../../fuzzer/opening.ts";

import { type Fuzzer, type Http2Way, ListenError, type Listener, type ListenSetup } from "./fuzzer.ts";
import { inUrl } from "./http2/gateway.ts";
import { openGateway } from "./http2/gateway-process.ts";

/** Where a gateway and what is behind it reach each other. */
const LOOPBACK = "127.0.0.1";

/** Ms between two looks at cases that are open when a listener is closed, and how many looks they are given. */
const lookEvery = 20;
const looksAtEnd = 3;

/** The fuzzer in this process, whose lateness the process sees itself. */
export const localFuzzer: Fuzzer = {
  dial: async (played, to, options) => ({ ...(await dial(played, to, options)), onTime: true }),
  listen: (setup) => (setup.http2 ? listenBehindGateway(setup) : listen(setup)),
  overHttp2,
  check: () => {},
};

async function overHttp2(to: Destination, signal: AbortSignal): Promise<Http2Way> {
  const gateway = await openGateway({ kind: "server", to }, signal);
  const destination = { host: LOOPBACK, port: gateway.port, resource: to.resource, tls: null };
  return { destination, check: () => gateway.check(), close: () => gateway.close() };
}

async function listenBehindGateway(setup: ListenSetup): Promise<Listener> {
  const { host, port, tls } = setup;
  const behind = await listen({ ...setup, host: LOOPBACK, port: 0, tls: null });
  try {
    const listener = Number(new URL(behind.url).port);
    const gateway = await openGateway({ kind: "client", host, port, tls, listener });
    return {
      url: `${tls === null ? "ws" : "wss"}://${inUrl(host)}:${gateway.port}`,
      check: () => gateway.check(),
      close: () => behind.close().finally(() => gateway.close()),
    };
  } catch (error) {
    await behind.close();
    throw error;
  }
}

async function listen(setup: ListenSetup): Promise<Listener> {
  const { host, port, cases, profile, tls } = setup;
  try {
    const server = await FuzzingServer.listen({
      host,
      port,
      cases,
      profile,
      ...(tls !== null && { tls }),
      onCaseStarted: setup.onStarted,
      onCaseFinished: (played, record) => setup.onFinished(played, record, { onTime: true }),
      onUpdateReports: setup.onReports,
    });
    return { url: server.url, close: () => close(server) };
  } catch (error) {
    throw new ListenError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** Ends a listener. A case that is open still, as when the client died in it, comes to its end before. */
async function close(server: FuzzingServer): Promise<void> {
  await nothingPlays(server);
  await server.close();
  await nothingPlays(server);
}

/** Waits a moment: the loss of a connection may be told later than the end of the program that held it. */
async function nothingPlays(server: FuzzingServer): Promise<void> {
  for (let looks = 0; server.playing > 0 && looks < looksAtEnd; looks++) await sleep(lookEvery);
}
