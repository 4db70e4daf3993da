import { afterEach, describe, expect, it } from "vitest";

import { connect, type Message, type OnOpen, serve } from "../../reference-impl/index.ts";
import { driveEcho, echo } from "../../reference-impl/echo.ts";
import { ScenarioServer } from "../../reference-impl/scenarios/against-clients.ts";
import { playWithServer } from "../../reference-impl/scenarios/against-servers.ts";
import type { Abilities } from "../../reference-impl/scenarios/run-scenario.ts";
import type { ScenarioResult } from "../../reference-impl/scenarios/scenario.ts";
import { scenarios } from "../../reference-impl/scenarios/scenarios.ts";

const able: Abilities = { capabilities: { deflate: true, subprotocols: true }, maxMessage: null };
const host = "127.0.0.1";
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Results of scenarios with a server that does this with its connections. */
async function withServer(
  onConnection: OnOpen,
  names?: readonly string[],
  abilities = able,
): Promise<ScenarioResult[]> {
  const server = await serve({ host, port: 0, onConnection, subprotocols: ["echo"] });
  closers.push(() => server.close());
  const results: ScenarioResult[] = [];
  const chosen = scenarios.filter(({ name }) => names?.includes(name) ?? true);
  const target = { url: server.url, trust: {}, abilities, signal: new AbortController().signal };
  await playWithServer(chosen, target, (result) => results.push(result));
  return results;
}

/** Results of scenarios with a client that is driven by `drive`. */
async function withClient(
  drive: (url: string) => Promise<unknown>,
  names?: readonly string[],
): Promise<ScenarioResult[]> {
  const chosen = scenarios.filter(({ name }) => names?.includes(name) ?? true);
  const server = await ScenarioServer.listen(chosen, { host, port: 0, tls: null, abilities: able });
  closers.push(() => server.close());
  const results: ScenarioResult[] = [];
  const gone = new AbortController();
  const driving = drive(server.url).then(() => gone.abort("the client exited"));
  await server.play(gone.signal, (result) => results.push(result));
  await driving;
  return results;
}

const failed = (results: readonly ScenarioResult[]) => results.filter(({ outcome }) => outcome !== "passed");
const changing =
  (change: (message: Message) => Message): OnOpen =>
  (connection) => ({ onMessage: (message) => void connection.send(change(message)) });

describe("scenarios with servers", () => {
  it("are all passed by the reference server", async () => {
    const results = await withServer(echo);
    expect(failed(results)).toEqual([]);
    expect(results).toHaveLength(scenarios.filter(({ roles }) => roles.includes("server")).length);
  }, 60_000);

  it("tell what came back wrong, with what happened", async () => {
    const [result] = await withServer(
      changing(({ payload }) => ({ binary: true, payload })),
      ["close-with-reason"],
    );
    expect(result).toMatchObject({
      outcome: "failed",
      reason: "a text of 20 octets came back as a binary message of 20 octets",
      transcript: expect.arrayContaining([expect.stringContaining("> text of 20 octets")]) as string[],
    });
  });

  it("tell a server that closes instead of echoing", async () => {
    const closing: OnOpen = (connection) => ({ onMessage: () => void connection.close(1011) });
    const [result] = await withServer(closing, ["close-with-reason"]);
    expect(result).toMatchObject({
      outcome: "failed",
      reason: "no echo of a text of 20 octets: the connection was closed (the peer's close frame has 1011)",
    });
  });

  it("are not asked of a server that does not declare what they need", async () => {
    const results = await withServer(echo, ["compression", "text-of-many-sizes"], {
      capabilities: {},
      maxMessage: 1_000,
    });
    expect(results.map(({ scenario, outcome, reason }) => [scenario, outcome, reason])).toEqual([
      [
        "text-of-many-sizes",
        "not-applicable",
        "the target declares that it takes no message of 16777216 octets",
      ],
      ["compression", "not-applicable", "the target does not declare the capability `deflate`"],
    ]);
  });
});

describe("scenarios with clients", () => {
  it("are all passed by the reference client", async () => {
    const results = await withClient((url) => driveEcho({ url, agent: "reference" }));
    expect(failed(results)).toEqual([]);
    expect(results).toHaveLength(scenarios.filter(({ roles }) => roles.includes("client")).length);
  }, 60_000);

  it("fail, each with the reason, when the client leaves early", async () => {
    const results = await withClient(
      async (url) => {
        const { closed } = await connect(`${url}/runCase?case=1&agent=a`, { onOpen: echo });
        await closed;
      },
      ["close-with-reason", "close-without-code"],
    );
    expect(results.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ["passed", null],
      ["failed", "the client exited"],
    ]);
  });
});
