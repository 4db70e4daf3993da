import { createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";

import { afterEach, expect, it } from "vitest";

import { catalogue, selectCases } from "../../fuzzer/catalogue.ts";
import { dial } from "../../fuzzer/client.ts";
import { judge } from "../../fuzzer/judge.ts";
import { profiles } from "../../fuzzer/profile.ts";
import { ServerGateway } from "../../orchestrator/place/http2/server-gateway.ts";
import { classify } from "../../report/tally.ts";

import { StreamEcho } from "../support/http2-echo.ts";

const host = "127.0.0.1";
const leftovers: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of leftovers.splice(0).toReversed()) await end();
});

function echoIn(stream: ServerHttp2Stream): void {
  const echo = new StreamEcho("server", stream);
  stream.respond({ ":status": 200 });
  stream.on("data", (octets: Buffer) => echo.receive(octets));
}

async function h2Server(
  enableConnectProtocol: boolean,
): Promise<{ readonly server: Http2Server; readonly port: number }> {
  const server = createServer({ settings: { enableConnectProtocol } });
  server.on("stream", (stream, headers) => {
    const { ":method": method, ":protocol": protocol, ":path": path } = headers;
    if (method === "CONNECT" && protocol === "websocket" && path === "/") echoIn(stream);
    else stream.respond({ ":status": 404 }, { endStream: true });
  });
  await new Promise<void>((resolve) => void server.listen(0, host, resolve));
  leftovers.push(() => server.close());
  return { server, port: (server.address() as AddressInfo).port };
}

async function gatewayTo(port: number, resource = "/") {
  const gateway = await ServerGateway.open({ host, port, resource });
  leftovers.push(() => gateway.close());
  return { host, port: gateway.port, resource };
}

it("replays chapters 1 to 7 inside streams", { timeout: 120_000 }, async () => {
  const { port } = await h2Server(true);
  const to = await gatewayTo(port);
  const cases = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*"];
  const waiting = selectCases(catalogue, { cases }).entries.map((entry) => entry.case);
  expect(waiting.length).toBeGreaterThan(240);
  const wrong: string[] = [];
  const worker = async () => {
    for (let played = waiting.shift(); played !== undefined; played = waiting.shift()) {
      const result = await dial(played, to, { profile: profiles.quick });
      const verdict = result.connected ? judge(played, result.record) : null;
      const wanted = played.onEnd === "informational" ? "informational" : "pass";
      if (classify(verdict) !== wanted) wrong.push(`${played.id} ${verdict?.result} ${verdict?.resultClose}`);
    }
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  expect(wrong).toEqual([]);
});

it("tells a server that does not allow extended CONNECT, and one that refuses", async () => {
  const [probe] = selectCases(catalogue, { cases: ["1.1.1"] }).entries;
  const play = async (to: Parameters<typeof dial>[1]) => {
    const result = await dial(probe!.case, to, { profile: profiles.quick });
    return result.connected ? result.record.wasNotCleanReason : null;
  };
  expect(await play(await gatewayTo((await h2Server(false)).port))).toContain("status 502");
  expect(await play(await gatewayTo((await h2Server(true)).port, "/elsewhere"))).toContain("status 404");
});
