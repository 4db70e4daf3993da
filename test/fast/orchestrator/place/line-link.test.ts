import { PassThrough } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";

import { describe, expect, it } from "vitest";

import { LineLink } from "../../../../orchestrator/place/line-link.ts";
import { longestLine } from "../../../../orchestrator/place/protocol.ts";

interface Note {
  readonly type: string;
  readonly text?: string;
}

/** One end of a link, whose other end is the test. */
function oneEnd(onMessage: (note: Note) => void = () => {}, silenceLimit = 60_000) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const heard: Note[] = [];
  const ends: string[] = [];
  const link = new LineLink<Note, Note>({
    input,
    output,
    silenceLimit,
    onMessage: (note) => {
      heard.push(note);
      onMessage(note);
    },
    onEnd: (reason) => void ends.push(reason),
  });
  return { link, input, output, heard, ends };
}

const notes: readonly Note[] = [
  { type: "a" },
  { type: "b", text: "two\nlines, é and \u{1f600}" },
  { type: "c", text: "x".repeat(200_000) },
];
const asLines = notes.map((note) => `${JSON.stringify(note)}\n`).join("");

describe("a link of lines", () => {
  it("hands out messages, however they are cut", async () => {
    for (const size of [1, 7, 65_536, asLines.length]) {
      const { input, heard, ends } = oneEnd();
      const octets = Buffer.from(size === 1 ? asLines.slice(0, 300) : asLines);
      for (let at = 0; at < octets.length; at += size) input.write(octets.subarray(at, at + size));
      await turn();
      expect(heard).toEqual(size === 1 ? notes.slice(0, 2) : notes);
      expect(ends).toEqual([]);
    }
  });

  it("says each message as one line", async () => {
    const { link, output } = oneEnd();
    for (const note of notes) link.send(note);
    await turn();
    expect(String(output.read())).toBe(asLines);
  });

  it("keeps beats to itself", async () => {
    const { input, heard } = oneEnd();
    input.write('{"type":"beat"}\n{"type":"a"}\n');
    await turn();
    expect(heard).toEqual([{ type: "a" }]);
  });

  it.each([
    ["a line that is no JSON", "Segmentation\u001b fault\n", /not understood: "Segmentation\\u001b fault"/],
    ["a line that is no object", "null\n", /not understood: "null"/],
    ["a message that nobody wants", '{"type":"refused"}\n', /not understood: .* \(no such thing\)$/],
  ])("ends at %s, and hears no more", async (_, line, reason) => {
    const { input, output, heard, ends } = oneEnd(({ type }) => {
      if (type === "refused") throw new TypeError("no such thing");
    });
    input.write(`${line}{"type":"late"}\n`);
    await turn();
    expect(ends).toEqual([expect.stringMatching(reason)]);
    expect(heard.filter(({ type }) => type === "late")).toEqual([]);
    expect(output.writableEnded).toBe(true);
  });

  it("ends at a line that is too long, before its end has come", async () => {
    const { input, ends } = oneEnd();
    const piece = Buffer.alloc(1 << 20, "x");
    for (let sent = 0; sent <= longestLine; sent += piece.length) input.write(piece);
    await turn();
    expect(ends).toEqual([`it said a line of more than ${longestLine} octets`]);
  });

  it("ends once, when the other side does", async () => {
    const { link, input, ends } = oneEnd();
    input.end();
    await turn();
    input.destroy();
    link.end("twice");
    await turn();
    expect(ends).toEqual(["its output ended"]);
    link.send({ type: "a" });
  });

  it("ends when the other side does not read any more", async () => {
    const { output, ends } = oneEnd();
    output.destroy(new Error("EPIPE"));
    await turn();
    expect(ends).toEqual(["its input broke off: EPIPE"]);
  });

  it("ends when nothing is heard for too long, and beats until then", async () => {
    const { output, ends } = oneEnd(() => {}, 100);
    await expect.poll(() => ends).toEqual(["nothing was heard of it for 0 s"]);
    expect(String(output.read())).toContain('{"type":"beat"}\n');
  });

  it("does not end for as long as the other side beats", async () => {
    const { input, output, ends } = oneEnd(() => {}, 400);
    // As the other side beats whenever this one does, the test does not depend on the speed of the machine.
    let beats = 0;
    output.on("data", () => {
      beats += 1;
      input.write('{"type":"beat"}\n');
    });
    await expect.poll(() => beats, { timeout: 8_000 }).toBeGreaterThan(8);
    expect(ends).toEqual([]);
  });
});
