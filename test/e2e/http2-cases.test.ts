import { createServer, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, createServer as createTcpServer } from "node:net";

import { afterEach, describe, expect, it } from "vitest";

import { dialExtra } from "../../fuzzer/extra/dial.ts";
import { extraCatalogue, isFor } from "../../fuzzer/extra-catalogue.ts";
import { judge } from "../../fuzzer/judge.ts";
import type { Destination } from "../../fuzzer/opening.ts";
import type { CaseRecord } from "../../fuzzer/record.ts";
import { makeCertificates } from "../../orchestrator/certificates.ts";
import { tryOverHttp2 } from "../../orchestrator/selfcheck/trial.ts";
import { serveEcho } from "../../reference-impl/echo.ts";
import { classify } from "../../report/tally.ts";

const host = "127.0.0.1";
const leftovers: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of leftovers.splice(0).toReversed()) await end();
});

const cases = extraCatalogue.entries
  .map((entry) => entry.case)
  .filter((each) => each.extra?.over === "h2" && isFor(each, "server", {}, { h2: true }));

async function playAll(to: Destination): Promise<ReadonlyMap<string, CaseRecord>> {
  const plays = cases.map(async (each) => {
    const result = await dialExtra(each, to, undefined);
    return [each.id, result.connected ? result.record : null] as const;
  });
  const records = await Promise.all(plays);
  return new Map(records.flatMap(([id, record]) => (record === null ? [] : [[id, record] as const])));
}

/** Cases whose verdict is not that of an implementation by the letter, and why. */
async function wrongOn(to: Destination): Promise<readonly string[]> {
  const records = await playAll(to);
  return cases.flatMap((each) => {
    const record = records.get(each.id);
    const verdict = record ? judge(each, record) : null;
    const wanted = each.onEnd === "informational" ? "informational" : "pass";
    return classify(verdict) === wanted ? [] : [`${each.id} ${verdict?.behavior} ${verdict?.result}`];
  });
}

describe("chapter 34 against the reference endpoint", () => {
  it("in cleartext, and every record is bounded", { timeout: 60_000 }, async () => {
    const server = await serveEcho({ host, port: 0, http2: true });
    leftovers.push(() => server.close());
    const to = { host, port: server.port, resource: "/?a=b" };
    expect(cases.length).toBeGreaterThan(40);
    expect(await wrongOn(to)).toEqual([]);
    for (const [id, record] of await playAll(to))
      expect(JSON.stringify(record).length, id).toBeLessThan(200_000);
  });

  it("over TLS with h2 by ALPN", { timeout: 60_000 }, async () => {
    using certificates = await makeCertificates();
    const { cert, key, ca } = certificates;
    const server = await serveEcho({ host, port: 0, http2: true, tls: { cert, key } });
    leftovers.push(() => server.close());
    const tls = { verify: true, ca, serverName: null };
    expect(await wrongOn({ host, port: server.port, resource: "/", tls })).toEqual([]);
    const old = await serveEcho({ host, port: 0, tls: { cert, key } });
    leftovers.push(() => old.close());
    const result = await dialExtra(cases[0]!, { host, port: old.port, resource: "/", tls }, undefined);
    const seen = result.connected ? judge(cases[0]!, result.record).result : result.reason;
    expect(seen).toContain("h2 was not chosen by ALPN");
  });
});

it("the reference endpoint is caught by none of them, in a trial", { timeout: 60_000 }, async () => {
  const trial = await tryOverHttp2({ mutant: null, side: "server", profile: "quick" });
  expect(trial).toEqual({ caught: [], played: cases.length });
});

it.each([
  ["takes-uppercase", ["34.2.8"]],
  ["overlooks-windows", ["34.5.6", "34.6.4"]],
  ["padding-is-payload", ["34.5.2"]],
  ["all-or-nothing", ["34.7.4"]],
])("a trial of %s is caught by %j", { timeout: 60_000 }, async (mutant, caught) => {
  const trial = await tryOverHttp2({ mutant, side: "server", profile: "quick" });
  expect(trial).toEqual({ caught, played: caught.length });
});

/** Takes whatever comes for a WebSocket, hears nothing but whole frames of five octets, and never ends a stream. */
function takesAll(stream: ServerHttp2Stream): void {
  stream.on("error", () => {});
  stream.respond({ ":status": 200, "content-length": "0" });
  stream.on("data", (octets: Buffer) => {
    if (octets.length === 11) stream.write(Buffer.concat([Buffer.of(0x81, 5), Buffer.from("hello")]));
  });
}

it("tells what servers do wrong", { timeout: 60_000 }, async () => {
  const server = createServer({ settings: { enableConnectProtocol: true } });
  server.on("stream", takesAll);
  server.on("session", (session) => leftovers.push(() => session.destroy()));
  await new Promise<void>((resolve) => void server.listen(0, host, resolve));
  leftovers.push(() => server.close());
  const to = { host, port: (server.address() as AddressInfo).port, resource: "/" };
  const records = await playAll(to);
  const failed = cases.filter((each) => judge(each, records.get(each.id)!).behavior === "FAILED");
  const ids = failed.map(({ id }) => id);
  // Content-Length, no version, another version, CONNECT as of old, an octet a DATA frame, and the closing handshake.
  for (const id of ["34.1.2", "34.3.1", "34.3.2", "34.3.4", "34.5.1", "34.7.1"]) expect(ids).toContain(id);
  expect(ids).not.toContain("34.1.1");
});

it("says why there is no HTTP/2", { timeout: 40_000 }, async () => {
  const why = async (port: number) => {
    const [first] = cases;
    const result = await dialExtra(first!, { host, port, resource: "/" }, undefined);
    return result.connected ? judge(first!, result.record).result : result.reason;
  };
  const plain = createServer();
  const deaf = createTcpServer((socket) => socket.on("error", () => {}).resume());
  const other = createTcpServer((socket) =>
    socket.on("error", () => {}).end("HTTP/1.1 400 Bad Request\r\n\r\n"),
  );
  for (const server of [plain, deaf, other]) {
    await new Promise<void>((resolve) => void server.listen(0, host, resolve));
    leftovers.push(() => server.close());
  }
  const [a, b, c] = await Promise.all(
    [plain, deaf, other].map((server) => why((server.address() as AddressInfo).port)),
  );
  expect(a).toContain("SETTINGS_ENABLE_CONNECT_PROTOCOL did not come with 1");
  expect(b).toContain("no SETTINGS of HTTP/2 came");
  expect(c).toMatch(/HTTP\/2/);
});
