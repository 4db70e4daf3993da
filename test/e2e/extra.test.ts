import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, describe, expect, it } from "vitest";

import type { Case } from "../../fuzzer/case.ts";
import { dial } from "../../fuzzer/client.ts";
import { bindLimits, extraCatalogue, isFor } from "../../fuzzer/extra-catalogue.ts";
import { judge } from "../../fuzzer/judge.ts";
import type { TlsClientSettings } from "../../fuzzer/opening.ts";
import { profiles } from "../../fuzzer/profile.ts";
import type { Behavior, Role } from "../../fuzzer/record.ts";
import { FuzzingServer } from "../../fuzzer/server.ts";
import { wantsOwnTls } from "../../fuzzer/server-tls.ts";
import { makeCertificates } from "../../orchestrator/certificates.ts";
import {
  connect,
  deflateLimits,
  deflateOffer,
  driveEcho,
  echo,
  serveEcho,
} from "../../reference-impl/index.ts";

const host = "127.0.0.1";
const served = { subprotocols: ["v2.echo", "v1.echo"], paths: ["/"] };
const limits = { maxMessage: 64 * 1024 * 1024, ...served };

const leftovers: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of leftovers.splice(0).toReversed()) await end();
});

function casesFor(role: Role): readonly Case[] {
  return extraCatalogue.entries
    .map((entry) => entry.case)
    .filter((each) => isFor(each, role, limits))
    .map((each) => bindLimits(each, limits));
}

const isRight = (played: Case, behavior: Behavior) =>
  behavior === (played.onEnd === "informational" ? "INFORMATIONAL" : "OK");

/** Plays cases against a server, some at once; those whose verdict is not what a server by the letter gets. */
async function wrongOf(
  port: number,
  cases: readonly Case[],
  tls: TlsClientSettings | null = null,
): Promise<string[]> {
  const to = { host, port, resource: "/", tls };
  const wrong: string[] = [];
  const waiting = [...cases];
  const worker = async () => {
    for (let played = waiting.shift(); played !== undefined; played = waiting.shift()) {
      const result = await dial(played, to, { profile: profiles.quick });
      const { behavior, result: why } = result.connected
        ? judge(played, result.record)
        : { behavior: "FAILED" as const, result: result.reason };
      if (!isRight(played, behavior)) wrong.push(`${played.id} ${behavior} ${why}`);
    }
  };
  await Promise.all(Array.from({ length: 24 }, worker));
  return wrong;
}

describe("the chapters from 20 on, over sockets", () => {
  it("are passed by the reference server", { timeout: 120_000 }, async () => {
    const server = await serveEcho({ host, port: 0, deflate: deflateLimits(), ...served });
    leftovers.push(() => server.close());
    expect(await wrongOf(server.port, casesFor("server"))).toEqual([]);
  });

  it("are passed by the reference client", { timeout: 180_000 }, async () => {
    const cases = casesFor("client");
    const wrong: string[] = [];
    const fuzzer = await FuzzingServer.listen({
      host,
      port: 0,
      cases,
      profile: profiles.quick,
      onCaseFinished: (played, record) => {
        const { behavior, result } = judge(played, record);
        if (!isRight(played, behavior)) wrong.push(`${played.id} ${behavior} ${result}`);
      },
    });
    leftovers.push(() => fuzzer.close());
    await driveEcho({ url: fuzzer.url, agent: "reference", concurrency: 16, deflate: deflateOffer() });
    expect(wrong).toEqual([]);
  });

  it("are passed over TLS", { timeout: 60_000 }, async () => {
    using certificates = await makeCertificates();
    const { cert, key, ca } = certificates;
    const server = await serveEcho({ host, port: 0, tls: { cert, key } });
    leftovers.push(() => server.close());
    const cases = extraCatalogue.entries
      .map((entry) => entry.case)
      .filter((each) => each.extra?.overTls && isFor(each, "server", limits, { tls: true }));
    expect(cases.length).toBeGreaterThan(10);
    const tls = { serverName: "localhost", verify: true, ca };
    expect(await wrongOf(server.port, cases, tls)).toEqual([]);
  });

  it.each([
    ["who looks at certificates", true, []],
    ["who looks at none", false, Array.from({ length: 9 }, (_, at) => `33.4.${at + 1} FAILED`)],
    ["who does not look whom they are for", "authority", ["33.4.3 FAILED", "33.4.4 FAILED", "33.4.5 FAILED"]],
  ] as const)("tell a client %s over TLS", { timeout: 60_000 }, async (_, verify, expected) => {
    using certificates = await makeCertificates();
    const { cert, key, ca } = certificates;
    const cases = extraCatalogue.entries
      .map((entry) => entry.case)
      .filter((each) => each.extra?.overTls && isFor(each, "client", limits, { tls: true }));
    const wrong: string[] = [];
    const fuzzer = await FuzzingServer.listen({
      host,
      port: 0,
      cases,
      profile: profiles.quick,
      tls: { cert, key, flawed: await certificates.makeFlawed() },
      onCaseFinished: (played, record) => {
        const { behavior } = judge(played, record);
        if (!isRight(played, behavior)) wrong.push(`${played.id} ${behavior}`);
      },
    });
    leftovers.push(() => fuzzer.close());
    const driven = await driveEcho({ url: fuzzer.url, agent: "reference", ca, verify });
    expect(driven).toMatchObject({ cases: 16, reported: true });
    expect(wrong).toEqual(expected);
  });

  it("tell what a client makes of a certificate, though it tries again", async () => {
    using certificates = await makeCertificates();
    const { cert, key, ca } = certificates;
    const cases = extraCatalogue.entries.map((entry) => entry.case).filter(wantsOwnTls);
    const own = cases.filter((each) => isFor(each, "client", limits, { tls: true }));
    const verdicts = new Map<string, Behavior>();
    const fuzzer = await FuzzingServer.listen({
      host,
      port: 0,
      cases: own,
      profile: profiles.quick,
      tls: { cert, key, flawed: await certificates.makeFlawed() },
      onCaseFinished: (played, record) => void verdicts.set(played.id, judge(played, record).behavior),
    });
    leftovers.push(() => fuzzer.close());
    const visit = async (path: string) => {
      const { closed } = await connect(`${fuzzer.url}${path}`, { ca, onOpen: echo });
      await closed;
    };
    await visit("/getCaseCount");
    for (const at of own.keys()) {
      const path = `/runCase?case=${at + 1}&agent=a`;
      await visit(path).catch(() => visit(path).catch(() => {}));
    }
    expect(own).toHaveLength(12);
    expect([...verdicts]).toEqual(own.map(({ id }) => [id, "OK"]));
  });

  it("catch a server that answers every request with 200", async () => {
    const server: Server = createServer((_, response) => response.end("hello"));
    server.on("upgrade", (_, socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    await new Promise<void>((resolve) => void server.listen(0, host, resolve));
    leftovers.push(
      () => server.closeAllConnections(),
      () => server.close(),
    );
    const some = casesFor("server").filter(({ id }) => /^20\.1\.[12]$|^24\.1\.1$/.test(id));
    const { port } = server.address() as AddressInfo;
    expect((await wrongOf(port, some)).toSorted()).toEqual([
      expect.stringContaining("20.1.1 FAILED the response has status 200"),
      expect.stringContaining("20.1.2 FAILED the response has status 200"),
      expect.stringContaining("24.1.1 FAILED the ordinary opening handshake did not succeed"),
    ]);
  });
});
