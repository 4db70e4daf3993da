import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { streamOf } from "../../../../mutation/grammar.ts";
import { ConfigError } from "../../../../orchestrator/config/problem.ts";
import { readStream } from "../../../../orchestrator/fuzz/saved-stream.ts";

let dir = "";
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), "wsmatrix-stream-"))));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function saved(text: string): string {
  const file = join(dir, "stream.json");
  writeFileSync(file, text);
  return file;
}

describe("a saved stream", () => {
  it("is read as it was, whatever the grammar made", () => {
    for (let number = 0; number < 500; number++) {
      for (const role of ["server", "client"] as const) {
        const stream = streamOf(4, number, role);
        expect(readStream(saved(JSON.stringify({ schema: 1, stream, cell: "x" })))).toEqual(stream);
      }
    }
  });

  it("may stand on the command line as a finding tells it", () => {
    const stream = streamOf(4, 3);
    expect(readStream(JSON.stringify(stream))).toEqual(stream);
    expect(() => readStream('{"kind":"opening"}')).toThrow(ConfigError);
  });

  it.each([
    ["is not JSON", "{"],
    ["holds no stream", '{"schema":1}'],
    ["holds no stream", '{"schema":1,"stream":{"kind":"opening","lines":[1],"writes":{"by":"whole"}}}'],
    ["holds no stream", '{"schema":2,"stream":{"kind":"opening","lines":[],"writes":{"by":"whole"}}}'],
  ])("%s", (message, text) => {
    expect(() => readStream(saved(text))).toThrow(ConfigError);
    expect(() => readStream(saved(text))).toThrow(message);
  });

  it("is there", () => {
    expect(() => readStream(join(dir, "none.json"))).toThrow("cannot be read");
  });
});
