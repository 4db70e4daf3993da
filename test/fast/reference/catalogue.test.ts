import { describe, expect, it } from "vitest";

import type { Case } from "../../../fuzzer/case.ts";
import { catalogue } from "../../../fuzzer/catalogue.ts";
import { judge } from "../../../fuzzer/judge.ts";
import { profiles } from "../../../fuzzer/profile.ts";

import { ReferencePeer } from "../../../orchestrator/selfcheck/reference-peer.ts";
import { playVirtually } from "../../../orchestrator/selfcheck/virtual-play.ts";

/** What Autobahn itself gives, whatever the peer does (checked against the real one). */
const alwaysInformational = new Set(["7.1.6", "7.13.1", "7.13.2"]);

/** Chapters 12 and 13 are long: what the quick profile leaves out of them crosses no further boundary. */
const profileOf = (each: Case) => (each.compression === undefined ? profiles.full : profiles.quick);

const cases = catalogue.entries.map((entry) => entry.case);

it("all 517 cases are played", () => {
  expect(cases).toHaveLength(517);
  expect(cases.filter((each) => profileOf(each) === profiles.quick)).toHaveLength(216);
});

describe.each(["server", "client"] as const)("the reference %s under the fuzzer", (role) => {
  it.each(cases.map((each) => [each.id, each] as const))("%s", (id, played) => {
    const { record } = playVirtually(played, (clock, pipe) => new ReferencePeer(clock, pipe, role), {
      role,
      limit: 60_000,
      profile: profileOf(played),
    });
    const verdict = judge(played, record!);
    const wanted = alwaysInformational.has(id) ? "INFORMATIONAL" : "OK";
    expect(verdict).toMatchObject({ behavior: wanted, behaviorClose: wanted });
    expect(record).toMatchObject({ watchdog: false, idle: false, internalError: null });
  });
});
