import { describe, expect, it } from "vitest";

import type { Difference } from "../../../mutation/difference.ts";
import { streamOf } from "../../../mutation/grammar.ts";
import { lowered } from "../../../mutation/lower.ts";
import { renderFrames } from "../../../mutation/render.ts";
import { shrink, smallerThan } from "../../../mutation/shrink.ts";
import type { FrameStream, Stream } from "../../../mutation/stream.ts";
import { mutants } from "../../../reference-impl/mutants/mutants.ts";
import { playInMemory } from "../../support/mutation-bench.ts";

const defectOf = (name: string) => mutants.find((each) => each.name === name)!.defectOf("server");

/** The first stream of a seed that shows a defect, made as small as may be. */
async function smallest(name: string, isWanted: (difference: Difference) => boolean): Promise<Stream> {
  for (let number = 0; ; number++) {
    const stream = streamOf(11, number);
    const first = playInMemory(stream, defectOf(name));
    if (first === null || !isWanted(first)) continue;
    const fails = (smaller: Stream) =>
      Promise.resolve(playInMemory(smaller, defectOf(name))?.signature === first.signature);
    const shrunk = await shrink(stream, fails, (tries) => tries < 3_000);
    expect(shrunk.minimal).toBe(true);
    return shrunk.stream;
  }
}

const must = ({ level }: Difference) => level === "must";

describe("a stream is made smaller", () => {
  it("to one frame where that is enough", async () => {
    const stream = await smallest("accepts-rsv3", must);
    expect(stream).toMatchObject({
      offer: null,
      elements: [{ edits: [{ rsv: 1, fragment: 0 }], payload: { hex: "" } }],
      writes: { by: "whole" },
      closing: { code: 1000, reason: "" },
    });
  });

  it("to one message of the one length that matters", async () => {
    const stream = (await smallest("loses-messages-of-126", ({ kind }) => kind === "loses")) as FrameStream;
    expect(stream.elements).toHaveLength(1);
    expect(renderFrames(stream, null).octets).toHaveLength(126 + 8);
  });

  it("to one fragment behind one ping", async () => {
    const stream = await smallest("loses-fragment-behind-ping", ({ kind }) => kind === "alters");
    expect(stream).toMatchObject({ elements: [{ kind: "message", inside: [{ opcode: 9 }] }] });
  });

  it("to two compressed messages, the second of which needs the first", async () => {
    const stream = (await smallest("forgets-context", must)) as FrameStream;
    expect(stream.elements.map((each) => each.kind === "message" && each.deflate)).toEqual([true, true]);
  });

  it("to the needed lines of a request and the one that is wrong", async () => {
    const opening = Array.from({ length: 400 }, (_, number) => streamOf(3, number)).find(
      (stream) => stream.kind === "opening" && stream.lines.some((line) => line.startsWith("Cookie:")),
    )!;
    const fails = (stream: Stream) =>
      Promise.resolve(stream.kind === "opening" && stream.lines.some((line) => line.startsWith("Cookie:")));
    const { stream } = await shrink(opening, fails, () => true);
    expect(stream).toMatchObject({ lines: [expect.stringMatching(/^Cookie:/)] });
  });

  it("only as long as it may", async () => {
    const stream = streamOf(1, 0);
    const shrunk = await shrink(
      stream,
      () => Promise.resolve(true),
      (tries) => tries < 1,
    );
    expect(shrunk).toMatchObject({ tries: 1, minimal: false });
  });

  it("by steps that each change something, and always come to an end", async () => {
    for (let number = 0; number < 12; number++) {
      const stream = streamOf(21, number);
      const { minimal, stream: least } = await shrink(
        stream,
        () => Promise.resolve(true),
        (tries) => tries < 3_000,
      );
      expect(minimal, `stream ${number}`).toBe(true);
      expect([...smallerThan(least)]).toEqual([]);
      const text = JSON.stringify(stream);
      let looked = 0;
      for (const smaller of smallerThan(stream)) {
        expect(JSON.stringify(smaller) === text).toBe(false);
        if (++looked === 200) break;
      }
    }
  });
});

describe("a lowered stream", () => {
  it("is the same frames, one by one", () => {
    const frames = Array.from({ length: 300 }, (_, number) => streamOf(2, number)).filter(
      (stream): stream is FrameStream => stream.kind === "frames",
    );
    for (const stream of frames) {
      const low = lowered(stream, null);
      expect(low.flips).toBeUndefined();
      // Masking keys are others, and what is flipped in one is a payload then.
      expect(renderFrames(low, null).octets.length).toBe(renderFrames(stream, null).octets.length);
      expect(lowered(low, null).elements).toEqual(low.elements);
    }
  });
});
