import type { Case } from "../../fuzzer/case.ts";
import { dial } from "../../fuzzer/client.ts";
import { extraCatalogue, isFor } from "../../fuzzer/extra-catalogue.ts";
import { profiles } from "../../fuzzer/profile.ts";
import type { CaseRecord } from "../../fuzzer/record.ts";
import { FuzzingServer } from "../../fuzzer/server.ts";
import { driveEcho, serveEcho } from "../../reference-impl/echo.ts";
import type { Mutant, Side } from "../../reference-impl/mutants/mutant.ts";

import { type Certificates, makeCertificates } from "../certificates.ts";

const host = "127.0.0.1";
const profile = profiles.quick;

/** Gets the record of each case; null where there is none. */
type OnPlayed = (played: Case, record: CaseRecord | null) => void;

/** The cases that are about TLS, in the suite's order. */
export function casesOverTls(side: Side): readonly Case[] {
  return extraCatalogue.entries
    .map((entry) => entry.case)
    .filter((each) => each.extra?.overTls && isFor(each, side, {}, { tls: true }));
}

/**
 * Plays the cases that are about TLS with the reference endpoint, or a mutant of it. A virtual clock knows nothing of
 * TLS, so these go over sockets of this machine.
 */
export async function playOverTls(
  cases: readonly Case[],
  { mutant, side }: { readonly mutant: Mutant | undefined; readonly side: Side },
  onPlayed: OnPlayed,
): Promise<void> {
  using certificates = await makeCertificates();
  const defect = mutant?.defectOf(side).trust ?? {};
  const records = new Map<Case, CaseRecord>();
  const keep = (played: Case, record: CaseRecord) => void records.set(played, record);
  if (side === "server") await playServer(cases, certificates, keep);
  else await playClient(cases, certificates, defect, keep);
  for (const played of cases) onPlayed(played, records.get(played) ?? null);
}

type Keep = (played: Case, record: CaseRecord) => void;

async function playServer(
  cases: readonly Case[],
  { cert, key, ca }: Certificates,
  keep: Keep,
): Promise<void> {
  const server = await serveEcho({ host, port: 0, tls: { cert, key } });
  const tls = { serverName: "localhost", verify: true, ca };
  try {
    const to = { host, port: server.port, resource: "/", tls };
    const play = async (played: Case) => {
      const result = await dial(played, to, { profile });
      if (result.connected) keep(played, result.record);
    };
    await Promise.all(cases.map(play));
  } finally {
    await server.close();
  }
}

async function playClient(
  cases: readonly Case[],
  certificates: Certificates,
  trust: NonNullable<ReturnType<Mutant["defectOf"]>["trust"]>,
  keep: Keep,
): Promise<void> {
  const { cert, key, ca } = certificates;
  const flawed = await certificates.makeFlawed();
  const tls = { cert, key, flawed };
  const fuzzer = await FuzzingServer.listen({ host, port: 0, cases, profile, tls, onCaseFinished: keep });
  try {
    await driveEcho({ url: fuzzer.url, agent: "reference", ca, ...trust });
  } finally {
    await fuzzer.drain();
  }
}
