import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";
import { z } from "zod";

import { catalogue } from "../../../fuzzer/catalogue.ts";

import { playVirtually, type VirtualPlay } from "../../../orchestrator/selfcheck/virtual-play.ts";

/** Octets that the original writes about one time; `t` is in seconds from the start of the case. */
const partSchema = z.object({ writes: z.number(), sha256: z.string(), bytes: z.number(), t: z.number() });
type Part = z.infer<typeof partSchema>;

const factsSchema = z.object({
  cases: z.array(z.looseObject({ id: z.string(), wireServerMutePeer: z.array(partSchema).optional() })),
});

const file = new URL("../../facts/cases.json", import.meta.url);
const cases = factsSchema
  .parse(JSON.parse(readFileSync(file, "utf8")))
  .cases.flatMap(({ id, wireServerMutePeer }) =>
    wireServerMutePeer ? [{ id, parts: wireServerMutePeer }] : [],
  );

/** Writes closer than so many ms to the one before belong to one part. */
const gap = 100;

const request = [
  "GET / HTTP/1.1",
  "Host: 127.0.0.1:9001",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
];

/** Writes that the fuzzer as server makes to a client that opens and then never says anything. */
function writesOf(id: string): VirtualPlay["writes"] {
  const { record, writes } = playVirtually(
    catalogue.byId.get(id)!.case,
    (_clock, pipe) => ({
      begin: () => pipe.write(Buffer.from(`${request.join("\r\n")}\r\n\r\n`)),
      onOctets() {},
      onLost() {},
    }),
    { role: "client", limit: Infinity },
  );
  if (record === null) throw new Error(`case ${id} never ends`);
  return writes;
}

function partsOf(writes: VirtualPlay["writes"]): Part[] {
  const parts: { at: number; octets: Buffer[] }[] = [];
  let last = -Infinity;
  for (const { at, octets } of writes) {
    if (at - last >= gap) parts.push({ at, octets: [] });
    parts.at(-1)!.octets.push(octets);
    last = at;
  }
  return parts.map(({ at, octets }) => {
    const hash = createHash("sha256");
    for (const write of octets) hash.update(write);
    const bytes = octets.reduce((sum, write) => sum + write.length, 0);
    return { writes: octets.length, sha256: hash.digest("hex"), bytes, t: at / 1000 };
  });
}

describe("to a client that never answers, the fuzzer writes the original's octets", () => {
  it("in 301 cases", () => {
    expect(cases).toHaveLength(301);
  });

  it.each(cases)("in case $id", ({ id, parts }) => {
    const wanted = parts.map((part) => ({ ...part, t: expect.closeTo(part.t, 2) as number }));
    expect(partsOf(writesOf(id))).toEqual(wanted);
  });
});
