import { performServerHandshake } from "node:http2";
import { type AddressInfo, createServer, type Socket } from "node:net";

import type { Case } from "../../fuzzer/case.ts";
import { dial } from "../../fuzzer/client.ts";
import { extraCatalogue, isFor } from "../../fuzzer/extra-catalogue.ts";
import { profiles } from "../../fuzzer/profile.ts";
import type { CaseRecord } from "../../fuzzer/record.ts";
import { echo } from "../../reference-impl/echo.ts";
import { serveStreams } from "../../reference-impl/http2-server.ts";
import { filtered } from "../../reference-impl/mutants/http2-filter.ts";
import type { Mutant, Side } from "../../reference-impl/mutants/mutant.ts";
import { deflateLimits } from "../../reference-impl/negotiation.ts";
import { defaultHoldReadingAt, SocketDriver } from "../../reference-impl/socket.ts";

const host = "127.0.0.1";

/** The cases that are about HTTP/2, in the suite's order. A mutant of a client is not played with any. */
export function casesOverHttp2(side: Side): readonly Case[] {
  if (side === "client") return [];
  return extraCatalogue.entries
    .map((entry) => entry.case)
    .filter((each) => each.extra?.over === "h2" && isFor(each, side, {}, { h2: true }));
}

/**
 * Plays the cases that are about HTTP/2 with the reference endpoint, or a mutant of it. A virtual clock knows nothing
 * of node:http2, so these go over sockets of this machine, all at once.
 */
export async function playOverHttp2(
  cases: readonly Case[],
  mutant: Mutant | undefined,
  onPlayed: (played: Case, record: CaseRecord | null) => void,
): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (tcp) => {
    sockets.add(tcp);
    tcp.on("error", () => {}).once("close", () => sockets.delete(tcp));
    const session = performServerHandshake(filtered(tcp, mutant?.defectOf("server").http2 ?? {}), {
      settings: { enableConnectProtocol: true },
    });
    session.on("error", () => {});
    serveStreams(session, {
      opening: { deflate: deflateLimits() },
      settings: {},
      onConnection: (socket, connection) =>
        void new SocketDriver(socket, connection, {
          onOpen: echo,
          holdReadingAt: defaultHoldReadingAt.server,
        }),
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, host, resolve));
  try {
    const to = { host, port: (server.address() as AddressInfo).port, resource: "/" };
    const play = (played: Case) => dial(played, to, { profile: profiles.quick });
    const results = await Promise.all(cases.map(play));
    for (const [at, result] of results.entries())
      onPlayed(cases[at]!, result.connected ? result.record : null);
  } finally {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
}
