import { setTimeout as sleep } from "node:timers/promises";

import { dial } from "../../fuzzer/client.ts";
import { FuzzingServer } from "../../fuzzer/server.ts";

import { type Fuzzer, ListenError, type Listener, type ListenSetup } from "./fuzzer.ts";

/** Ms between two looks at cases that are open when a listener is closed, and how many looks they are given. */
const lookEvery = 20;
const looksAtEnd = 3;

/** The fuzzer in this process, whose lateness the process sees itself. */
export const localFuzzer: Fuzzer = {
  dial: async (played, to, options) => ({ ...(await dial(played, to, options)), onTime: true }),
  listen,
  check: () => {},
};

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
