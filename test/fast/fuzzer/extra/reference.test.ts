import { expect, it } from "vitest";

import { bindLimits, extraCatalogue, isFor } from "../../../../fuzzer/extra-catalogue.ts";
import { judge } from "../../../../fuzzer/judge.ts";
import {
  referenceLimits as limits,
  ReferencePeer,
} from "../../../../orchestrator/selfcheck/reference-peer.ts";
import { playExtraVirtually } from "../../../../orchestrator/selfcheck/virtual-extra.ts";

const plays = (["server", "client"] as const).flatMap((side) =>
  extraCatalogue.entries
    .filter(({ case: each }) => isFor(each, side, limits))
    .map(({ case: each }) => [side, each.id, bindLimits(each, limits)] as const),
);

it.each(plays)("a %s by the letter passes %s", (side, id, played) => {
  const play = () =>
    playExtraVirtually(played, (clock, pipe) => new ReferencePeer(clock, pipe, side), {
      role: side,
      limit: 100_000,
    });
  const record = play();
  expect(record).not.toBeNull();
  const verdict = judge(played, record!);
  const open = played.onEnd === "informational";
  expect(verdict).toMatchObject({
    behavior: open ? "INFORMATIONAL" : "OK",
    behaviorClose: open ? "INFORMATIONAL" : "OK",
  });
  expect(judge(played, structuredClone(record!)), "a stored record gives the same verdict").toEqual(verdict);
  expect(JSON.stringify(record).length, `${id} is bounded`).toBeLessThan(2_000_000);
});
