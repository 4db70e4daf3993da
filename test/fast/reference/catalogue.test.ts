import { describe, expect, it } from "vitest";

import { catalogue } from "#fuzzer/catalogue.ts";
import { judge } from "#fuzzer/judge.ts";
import { profiles } from "#fuzzer/profile.ts";

import { ReferencePeer } from "../../support/reference-peer.ts";
import { playVirtually } from "../../support/virtual-play.ts";

/** What Autobahn itself gives, whatever the peer does (checked against the real one). */
const alwaysInformational = new Set(["7.1.6", "7.13.1", "7.13.2"]);

/** Chapters 12 and 13 need permessage-deflate. */
const uncompressed = new Set(["1", "2", "3", "4", "5", "6", "7", "9", "10"]);

const cases = catalogue.entries
  .filter(({ chapter }) => uncompressed.has(chapter.id))
  .map((entry) => entry.case);

it("all 301 cases are played", () => {
  expect(cases).toHaveLength(301);
});

describe.each(["server", "client"] as const)("the reference %s under the fuzzer", (role) => {
  it.each(cases.map((each) => [each.id, each] as const))("%s", (id, played) => {
    const { record } = playVirtually(played, (clock, pipe) => new ReferencePeer(clock, pipe, role), {
      role,
      limit: 60_000,
      profile: profiles.full,
    });
    const verdict = judge(played, record!);
    const wanted = alwaysInformational.has(id) ? "INFORMATIONAL" : "OK";
    expect(verdict).toMatchObject({ behavior: wanted, behaviorClose: wanted });
    expect(record).toMatchObject({ watchdog: false, idle: false, internalError: null });
  });
});
