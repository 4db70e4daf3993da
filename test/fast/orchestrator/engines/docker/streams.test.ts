import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";

import { BuildOutput } from "../../../../../orchestrator/engines/docker/build-output.ts";
import { demux } from "../../../../../orchestrator/engines/docker/demux.ts";
import { readJsonStream } from "../../../../../orchestrator/engines/docker/json-stream.ts";
import { fieldsOf } from "../../../../../orchestrator/engines/docker/protobuf.ts";
import { tarOf } from "../../../../../orchestrator/engines/docker/tar.ts";

describe("the output of a container", () => {
  const frame = (stream: number, text: string): Buffer => {
    const head = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
    head.writeUInt32BE(text.length, 4);
    return Buffer.concat([head, Buffer.from(text)]);
  };

  it.each([1, 3, 7, 8, 9, 1000])("is parted into its streams, in pieces of %d octets", (size) => {
    const seen = { stdout: "", stderr: "" };
    const push = demux((stream, chunk) => void (seen[stream] += Buffer.from(chunk).toString()));
    const octets = Buffer.concat([frame(1, "one "), frame(2, "two "), frame(1, ""), frame(1, "three")]);
    for (let at = 0; at < octets.length; at += size) push(octets.subarray(at, at + size));
    expect(seen).toEqual({ stdout: "one three", stderr: "two " });
  });
});

describe("an answer of a JSON object a line", () => {
  const read = async (...chunks: readonly string[]): Promise<readonly unknown[]> => {
    const values: unknown[] = [];
    await readJsonStream(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), (value) =>
      values.push(value),
    );
    return values;
  };

  it("is read in any pieces, with or without a last line feed, and without what is no JSON", async () => {
    expect(await read('{"a"', ':1}\r\n\n{"b":2}\nnonsense\n', '{"c":3}')).toEqual([
      { a: 1 },
      { b: 2 },
      { c: 3 },
    ]);
    expect(await read('{"a":"\u00e4"}\n')).toEqual([{ a: "\u00e4" }]);
  });

  it("is given up when a line has no end", async () => {
    await expect(read(...Array.from({ length: 10 }, () => "x".repeat(1 << 20)))).rejects.toThrow(/no end/);
  });
});

/** A message of Protocol Buffers with fields of octets, and numbers. */
function message(...fields: readonly (readonly [number, string | Buffer | number])[]): Buffer {
  return Buffer.concat(
    fields.map(([number, value]) => {
      if (typeof value === "number") return Buffer.from([number << 3, value]);
      const octets = Buffer.from(value as string);
      return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(octets.length), octets]);
    }),
  );
}

function varint(value: number): Buffer {
  return value < 128 ? Buffer.from([value]) : Buffer.from([(value & 0x7f) | 0x80, value >> 7]);
}

describe("Protocol Buffers", () => {
  it("are read without a schema", () => {
    const octets = Buffer.concat([message([1, "a".repeat(200)], [2, 5]), Buffer.from([0x1d, 1, 2, 3, 4])]);
    expect(fieldsOf(octets).map(({ number, value, octets: { length } }) => [number, value, length])).toEqual([
      [1, null, 200],
      [2, 5n, 0],
      [3, null, 4],
    ]);
  });

  it.each([
    ["a cut-off number", [0x88]],
    ["cut-off octets", [0x0a, 5, 1]],
    ["an unknown type", [0x0b]],
    ["a number without end", [0x08, ...Array.from({ length: 11 }, () => 0xff)]],
  ])("are refused with %s", (_, octets) => {
    expect(() => fieldsOf(Buffer.from(octets))).toThrow(RangeError);
  });
});

describe("what an engine says of a build", () => {
  const say = (...lines: readonly unknown[]) => {
    const output = new BuildOutput();
    return lines.flatMap((line) => output.read(line));
  };
  const trace = (octets: Buffer) => ({ id: "moby.buildkit.trace", aux: octets.toString("base64") });
  const text = (value: string) => ({ kind: "text", text: value });

  it("is text, the image, or what went wrong", () => {
    expect(
      say(
        { stream: "Step 1\n" },
        { aux: { ID: "sha256:1" } },
        { error: "short", errorDetail: { message: "long" } },
        { error: "only" },
        { status: "Pulling", id: "abc" },
        { status: "Downloading", progress: "[==> ]", id: "abc" },
        "no object",
        { unknown: 1 },
      ),
    ).toEqual([
      text("Step 1\n"),
      { kind: "image", id: "sha256:1" },
      { kind: "failure", message: "long" },
      { kind: "failure", message: "only" },
      text("abc: Pulling\n"),
    ]);
  });

  it("is decoded from BuildKit's traces: each step once, and what it prints", () => {
    const step = (name: string, ...more: (readonly [number, string | number])[]) =>
      trace(message([1, message([1, `sha256:${name}`], [3, name], ...more)]));
    const log = trace(message([3, message([1, "sha256:x"], [3, 1], [4, "printed\n"])]));
    expect(
      say(
        step("[1/2] FROM x"),
        step("[1/2] FROM x", [5, "now"], [4, 1]),
        step("[1/2] FROM x", [5, "now"], [4, 1], [6, "then"]),
        step("[internal] load", [5, "now"]),
        step("[2/2] RUN y", [5, "now"]),
        log,
        step("[2/2] RUN y", [5, "now"], [7, "exit code: 1"]),
      ),
    ).toEqual([
      text("[1/2] FROM x (cached)\n"),
      text("[2/2] RUN y\n"),
      text("printed\n"),
      text("exit code: 1\n"),
    ]);
  });

  it("does not let a build fail when it cannot be read", () => {
    expect(say(trace(Buffer.from([0x0a, 0xff])), { id: "moby.buildkit.trace", aux: 5 })).toEqual([]);
  });
});

describe("an archive", () => {
  const field = (octets: Buffer, from: number, to: number) =>
    octets.subarray(from, to).toString("latin1").replace(/\0.*$/s, "");

  it("holds names, modes and contents, whole blocks of them, and a sum that is right", () => {
    const octets = tarOf([{ path: "a/b", content: Buffer.from("hello"), mode: 0o755 }]);
    expect(octets.length).toBe(4 * 512);
    expect(field(octets, 0, 100)).toBe("a/b");
    expect(field(octets, 100, 108)).toBe("0000755");
    expect(Number.parseInt(field(octets, 124, 136), 8)).toBe(5);
    expect(field(octets, 257, 265)).toBe("ustar");
    expect(field(octets, 512, 1024)).toBe("hello");
    const blank = Buffer.from(octets.subarray(0, 512)).fill(" ", 148, 156);
    expect(Number.parseInt(field(octets, 148, 156), 8)).toBe(blank.reduce((sum, octet) => sum + octet, 0));
  });

  it("holds a long path in a header of its own, which counts its own length", () => {
    for (const length of [101, 992, 993, 994]) {
      const path = `${"d/".repeat(length)}x`.slice(-length);
      const octets = tarOf([{ path, content: Buffer.alloc(0), mode: 0o644 }]);
      expect(field(octets, 156, 157)).toBe("x");
      const size = Number.parseInt(field(octets, 124, 136), 8);
      const record = octets.toString("utf8", 512, 512 + size);
      expect(record).toBe(`${size} path=${path}\n`);
    }
  });
});
