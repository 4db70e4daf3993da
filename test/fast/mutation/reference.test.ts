import { describe, expect, it } from "vitest";

import type { Difference } from "../../../mutation/difference.ts";
import { streamOf } from "../../../mutation/grammar.ts";
import { mutants } from "../../../reference-impl/mutants/mutants.ts";
import { playInMemory } from "../../support/mutation-bench.ts";

/** Differences of the first streams of a seed, until one is as wanted. */
function firstDifference(
  name: string,
  most: number,
  isWanted: (difference: Difference) => boolean,
  side: "client" | "server" = "server",
): Difference | null {
  const mutant = mutants.find((each) => each.name === name)!;
  for (let number = 0; number < most; number++) {
    const difference = playInMemory(streamOf(7, number, side), mutant.defectOf(side));
    if (difference !== null && isWanted(difference)) return difference;
  }
  return null;
}

describe("the reference endpoint", () => {
  it.each([1, 2, 3, 4])("differs from itself in no stream of seed %i", (seed) => {
    for (let number = 0; number < 500; number++)
      expect(playInMemory(streamOf(seed, number)), `--seed ${seed} --stream ${number}`).toBeNull();
  });

  it.each([1, 2, 3])("does so as a client in no stream of seed %i", (seed) => {
    for (let number = 0; number < 500; number++)
      expect(playInMemory(streamOf(seed, number, "client")), `--stream ${number} --role client`).toBeNull();
  });
});

describe("a mutant that breaks what must be kept", () => {
  it.each([
    ["wrong-accept", "writes"],
    ["status-200", "refuses"],
    ["unasked-extension", "writes"],
    ["accepts-rsv3", "takes"],
    ["accepts-rsv-of-control", "takes"],
    ["ignores-opcode-5", "takes"],
    ["ignores-opcode-15", "takes"],
    ["reserved-opcodes-are-binary", "takes"],
    ["accepts-unmasked", "takes"],
    ["mask-restarts-with-each-read", null],
    ["accepts-long-control", "writes"],
    ["loses-fragment-behind-ping", null],
    ["refuses-ping-inside-message", "fails"],
    ["refuses-empty-fragment", "fails"],
    ["writes-masked", "writes"],
    ["writes-16-bit-lengths", "writes"],
    ["writes-64-bit-lengths", "writes"],
    ["writes-rsv2-on-pong", "writes"],
    ["never-sets-fin", "loses"],
    ["text-becomes-binary", "alters"],
    ["loses-last-octet", "alters"],
    ["loses-empty-messages", null],
    ["loses-messages-of-126", null],
    ["echoes-twice", "alters"],
    ["never-echoes", "loses"],
    ["no-pong", "no-pong"],
    ["spoilt-pong", "no-pong"],
    ["short-pong", "no-pong"],
    ["pong-as-text", "no-pong"],
    ["pongs-in-pairs", "no-pong"],
    ["pong-behind-echo", "no-pong"],
    ["fragmented-pong", "writes"],
    ["refuses-pong", "fails"],
    ["accepts-surrogates", null],
    ["accepts-overlong", null],
    ["refuses-noncharacters", "fails"],
    ["no-text-check", "takes"],
    ["checks-each-fragment-alone", "fails"],
    ["mends-text", "takes"],
    ["answers-close-with-1005", "writes"],
    ["no-close-reply", "no-close"],
    ["server-sends-behind-close", "writes"],
    ["server-keeps-tcp", "keeps-tcp"],
    ["suffers-errors-in-silence", "ignores"],
    ["rsv1-without-compression", "writes"],
    ["rsv1-on-continuation", "writes"],
    ["forgets-context", "fails"],
    ["loses-compressed-fragments", null],
  ])("%s is found", (name, kind) => {
    const found = firstDifference(
      name,
      500,
      (each) => each.level === "must" && (kind === null || each.kind === kind),
    );
    expect(found, name).not.toBeNull();
  });
});

describe("a mutant that does what the RFC forbids only to its peer", () => {
  it.each([
    "accepts-long-form-of-length",
    "joins-fragmented-control",
    "skips-orphan-continuation",
    "joins-message-inside-message",
    "survives-corrupt-deflate",
  ])("%s is noted, and is no finding", (name) => {
    expect(firstDifference(name, 450, () => true)).toMatchObject({ kind: "takes", level: "open" });
    expect(firstDifference(name, 300, ({ level }) => level === "must")).toBeNull();
  });
});

describe("a mutant that does what some reading of the RFC allows", () => {
  it.each([
    "text-check-at-end",
    "two-pongs",
    "answers-pong",
    "echoes-another-close-code",
    "answers-close-with-1000",
    "fails-with-1000",
    "ends-stream-with-each-message",
  ])("%s shows nothing", (name) => {
    expect(firstDifference(name, 300, () => true)).toBeNull();
  });
});

describe("a mutant of a client that breaks what must be kept", () => {
  it.each([
    ["accepts-masked", "takes"],
    ["accepts-rsv3", "takes"],
    ["accepts-rsv-of-control", "takes"],
    ["reserved-opcodes-are-binary", "takes"],
    ["writes-unmasked", "writes"],
    ["writes-64-bit-lengths", "writes"],
    ["refuses-ping-inside-message", "fails"],
    ["loses-fragment-behind-ping", null],
    ["loses-messages-of-126", "loses"],
    ["text-becomes-binary", "alters"],
    ["no-pong", "no-pong"],
    ["no-text-check", "takes"],
    ["no-close-reply", "no-close"],
    ["client-sends-behind-close", "writes"],
    ["suffers-errors-in-silence", null],
    ["forgets-context", "fails"],
    ["minds-control-frames-in-compressed-messages", "fails"],
    ["takes-any-upgrade-in-response", "accepts"],
    ["takes-any-connection-in-response", "accepts"],
    ["takes-any-accept", "accepts"],
    ["takes-any-deflate-answer", "accepts"],
    ["takes-an-unasked-extension", "accepts"],
    ["takes-no-lists-in-connection", "refuses"],
    ["wants-one-reason-phrase", "refuses"],
    ["minds-the-case-of-names", "refuses"],
    ["malformed-request", "writes"],
  ])("%s is found", (name, kind) => {
    const found = firstDifference(
      name,
      500,
      (each) => each.level === "must" && (kind === null || each.kind === kind),
      "client",
    );
    expect(found, name).not.toBeNull();
  });
});

describe("a mutant of a client that does what some reading of the RFC allows", () => {
  it.each([
    "text-check-at-end",
    "two-pongs",
    "answers-close-with-1000",
    "fails-with-1000",
    "keys-that-count-up",
  ])("%s shows nothing", (name) => {
    expect(firstDifference(name, 300, () => true, "client")).toBeNull();
  });
});
