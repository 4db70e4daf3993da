import { describe, expect, it, vi } from "vitest";

import { echoDeflate } from "../../../fuzzer/echo-deflate.ts";
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
): readonly string[] {
  const { deflater, inflater } = echoDeflate({ ours, peers, maxOctets: 1 << 20 });
  return messages.map((message, k) => {
    const echoed = answer(deflater.deflate(message), k);
    for (let at = 0; at < echoed.length; at += 7) inflater.push(echoed.subarray(at, at + 7));
    return inflater.end().toString();
  });
}

const texts = messages.map(String);

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
    const spy = vi.spyOn(Inflater.prototype, "end");
    talk([full, full], (compressed) => compressed);
    const spied = spy.mock.calls.length;
    spy.mockRestore();
    expect(spied).toBe(0);
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
    const { deflater, inflater } = echoDeflate({ ours: none, peers: none, maxOctets: 1 << 20 });
    const first = deflater.deflate(messages[0]!);
    inflater.push(first);
    expect(inflater.end()).toEqual(messages[0]);
    inflater.push(first);
    expect(inflater.end()).toEqual(messages[0]);
  });
});
