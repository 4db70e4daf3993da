import { constants, deflateRawSync } from "node:zlib";

import { describe, expect, it, vi } from "vitest";

import { echoDeflate } from "../../../fuzzer/echo-deflate.ts";
import { KnownAnswers } from "../../../fuzzer/known-answers.ts";
import { Deflater, type DeflateSettings, Inflater } from "../../../wire/deflate.ts";

const full: DeflateSettings = { windowBits: 15, contextTakeover: true };
const none: DeflateSettings = { windowBits: 15, contextTakeover: false };
const narrow: DeflateSettings = { windowBits: 9, contextTakeover: true };

const messages = Array.from({ length: 8 }, (_, k) =>
  Buffer.from(`message ${k} of some that have much in common `.repeat(40)),
);

/** A peer that inflates and compresses again, with its own settings. */
function peer(ours: DeflateSettings, peers: DeflateSettings) {
  const inflater = new Inflater({ ...ours, maxOctets: 1 << 20 });
  const deflater = new Deflater(peers);
  return (compressed: Buffer): Buffer => {
    inflater.push(compressed);
    return deflater.deflate(inflater.end());
  };
}

/** Sends messages and gets answers; what the answers inflate to. */
function talk(
  [ours, peers]: readonly [DeflateSettings, DeflateSettings],
  answer: (compressed: Buffer, k: number) => Buffer,
  known: KnownAnswers | null = null,
): readonly string[] {
  const answers = known?.begin() ?? null;
  const { deflater, inflater } = echoDeflate({ ours, peers, maxOctets: 1 << 20, deflater: null, answers });
  return messages.map((message, k) => {
    const echoed = answer(deflater.deflate(message), k);
    for (let at = 0; at < echoed.length; at += 7) inflater.push(echoed.subarray(at, at + 7));
    return inflater.end().toString();
  });
}

const texts = messages.map(String);

/** Answers that are kept for this run only. */
const newAnswers = () => new KnownAnswers("/dev/null/none", "facts");

/** Messages inflated while something goes on. */
function inflations<T>(action: () => T): readonly [result: T, count: number] {
  const spy = vi.spyOn(Inflater.prototype, "end");
  const result = action();
  const count = spy.mock.calls.length;
  spy.mockRestore();
  return [result, count];
}

describe("the echoes of a peer", () => {
  it.each([
    ["that compresses as the fuzzer does", full, full],
    ["that takes no context over", full, none],
    ["to which no context is taken over", none, full],
    ["that has a smaller window", full, narrow],
    ["that has a larger window", narrow, full],
  ])("%s are what was sent", (_, ours, peers) => {
    const echo = peer(ours, peers);
    expect(talk([ours, peers], echo)).toEqual(texts);
  });

  it("are not inflated where they are the octets that were sent", () => {
    expect(inflations(() => talk([full, full], (compressed) => compressed))).toEqual([texts, 0]);
  });

  it("are inflated when they differ in the midst, with the window of those that did not", () => {
    const echo = peer(full, full);
    const restarted = new Deflater(full);
    const got = talk([full, full], (compressed, k) => {
      const echoed = echo(compressed);
      // From the fifth on, by a compressor that knows nothing of what was before.
      return k < 4 ? echoed : restarted.deflate(messages[k]!);
    });
    expect(got).toEqual(texts);
  });

  it("are inflated when one of them was another message, which is in the window of the peer alone", () => {
    const deflater = new Deflater(full);
    const wrong = Buffer.from("something else that nobody had sent ".repeat(10));
    const answers = messages.map((message, k) => (k === 2 ? wrong : message));
    const got = talk([full, full], (_, k) => deflater.deflate(answers[k]!));
    expect(got).toEqual(answers.map(String));
  });

  it("are not taken for known when the octets that were sent mean another thing in the peer's window", () => {
    const deflater = new Deflater(full);
    const wrong = Buffer.from("message 9 of some that have ".repeat(60));
    const got = talk([full, full], (compressed, k) =>
      k < 3 ? deflater.deflate(k === 2 ? wrong : messages[k]!) : compressed,
    );
    expect(got[2]).toBe(wrong.toString());
    expect(got[3]).not.toBe(texts[3]);
  });

  it("that may not refer to the messages before do not, though they are the octets that were sent", () => {
    expect(() => talk([full, none], (compressed) => compressed)).toThrowError(/no DEFLATE stream/);
  });

  it("are cut where the peer cuts them", () => {
    const got = talk([full, full], (compressed, k) =>
      k === 3 ? new Deflater(none).deflate(messages[3]!.subarray(0, 10)) : compressed,
    );
    expect(got.slice(0, 4)).toEqual([...texts.slice(0, 3), texts[3]!.slice(0, 10)]);
  });

  it("is not taken for one of a message that was sent before", () => {
    const { deflater, inflater } = echoDeflate({
      ours: none,
      peers: none,
      maxOctets: 1 << 20,
      deflater: null,
      answers: null,
    });
    const first = deflater.deflate(messages[0]!);
    inflater.push(first);
    expect(inflater.end()).toEqual(messages[0]);
    inflater.push(first);
    expect(inflater.end()).toEqual(messages[0]);
  });
});

describe("echoes that are known to be right", () => {
  /** What a peer answers that compresses some messages one after the other. */
  const compressing = (settings: DeflateSettings, answers = messages) => {
    const deflater = new Deflater(settings);
    return (_: Buffer, k: number) => deflater.deflate(answers[k]!);
  };

  it.each([
    ["of a peer to which no context is taken over", none, full, 7],
    ["of a peer that takes no context over", full, none, 8],
    ["of a peer that has a smaller window", full, narrow, 8],
  ])("%s are inflated once", (_, ours, peers, different) => {
    const known = newAnswers();
    const play = () => inflations(() => talk([ours, peers], compressing(peers), known));
    expect([play(), play()]).toEqual([
      [texts, different],
      [texts, 0],
    ]);
  });

  it("are followed by others that refer to them", () => {
    const known = newAnswers();
    talk([none, full], compressing(full), known);
    const other = Buffer.from("message 9 of some that have much in common ".repeat(30));
    const answers = messages.with(5, other);
    const got = inflations(() => talk([none, full], compressing(full, answers), known));
    expect(got).toEqual([answers.map(String), 3]);
  });

  it("are not wrong ones, nor those behind them", () => {
    const known = newAnswers();
    const answers = messages.with(2, Buffer.from("wrong"));
    const play = () => inflations(() => talk([none, full], compressing(full, answers), known));
    expect([play(), play()]).toEqual([
      [answers.map(String), 7],
      [answers.map(String), 6],
    ]);
  });

  it("are not those to another message, though their octets are the same", () => {
    const known = newAnswers();
    const fast = (message: Buffer) =>
      deflateRawSync(message, { level: 1, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
    talk([none, none], (_, k) => fast(messages[k]!), known);
    const got = talk([none, none], (_, k) => fast(messages[k === 4 ? 3 : k]!), known);
    expect(got).toEqual(texts.with(4, texts[3]!));
  });

  it("are none where a message does not end between two blocks, which the next depends on", () => {
    const known = newAnswers();
    const final = (_: Buffer, k: number) => deflateRawSync(messages[k]!);
    const play = () => inflations(() => talk([none, full], final, known));
    const first = play();
    expect(first).toEqual([[texts[0], ...texts.slice(1).map(() => "")], 8]);
    expect(play()).toEqual(first);
  });
});
