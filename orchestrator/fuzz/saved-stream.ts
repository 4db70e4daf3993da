import { readFileSync } from "node:fs";
import { z } from "zod";

import type { Stream } from "../../mutation/stream.ts";

import { ConfigError, fileProblem } from "../config/problem.ts";

const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/);
const count = z.number().int().min(0);
/** Octets of a payload that a file may ask for. */
const length = count.max(64 << 20);
const payload = z.union([z.strictObject({ hex }), z.strictObject({ unit: hex.min(2), length })]);

const edit = {
  fin: z.boolean().optional(),
  rsv: count.max(7).optional(),
  opcode: count.max(15).optional(),
  masked: z.boolean().optional(),
  lengthBits: z.union([z.literal(7), z.literal(16), z.literal(64)]).optional(),
  declared: z
    .number()
    .min(0)
    .max(2 ** 64 - 2 ** 11)
    .optional(),
};

const frame = z.strictObject({ ...edit, kind: z.literal("frame"), opcode: count.max(15), payload });

const element = z.discriminatedUnion("kind", [
  frame,
  z.strictObject({
    kind: z.literal("message"),
    binary: z.boolean(),
    payload,
    deflate: z.literal(true).optional(),
    fragments: z.array(count).optional(),
    inside: z.array(frame).optional(),
    edits: z.array(z.strictObject({ ...edit, fragment: count })).optional(),
  }),
  z.strictObject({ kind: z.literal("octets"), hex }),
]);

const writes = z.discriminatedUnion("by", [
  z.strictObject({ by: z.literal("whole") }),
  z.strictObject({ by: z.literal("element"), pause: count.max(1_000).optional() }),
  z.strictObject({ by: z.literal("size"), sizes: z.array(count) }),
]);

const windowBits = count.min(8).max(15);
const offer = z.strictObject({
  serverNoContextTakeover: z.boolean(),
  clientNoContextTakeover: z.boolean(),
  serverMaxWindowBits: windowBits.nullable(),
  clientMaxWindowBits: z.union([windowBits, z.literal(true)]).nullable(),
});

const stream = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("frames"),
    from: z.literal("server").optional(),
    atOnce: z.literal(true).optional(),
    offer: offer.nullable(),
    elements: z.array(element),
    flips: z.array(z.strictObject({ at: count, xor: count.max(255) })).optional(),
    cut: count.optional(),
    writes,
    sentinel: hex.max(250),
    closing: z.strictObject({ code: count.max(65_535).nullable(), reason: hex.max(246) }),
    keys: count,
  }),
  z.strictObject({ kind: z.literal("opening"), lines: z.array(z.string()), writes }),
  z.strictObject({ kind: z.literal("response"), lines: z.array(z.string()), writes }),
]);

const file = z.looseObject({ schema: z.literal(1), stream });

/**
 * Reads a stream that a campaign has written to a file, or told as the word behind `--replay`.
 *
 * @param source path of the file, or the stream itself as JSON
 * @throws {ConfigError} there is no stream
 */
export function readStream(source: string): Stream {
  const isStream = source.trimStart().startsWith("{");
  const place = isStream ? "--replay" : source;
  const fault = (message: string) =>
    new ConfigError([
      fileProblem(
        place,
        message,
        "give a .json file that `wsmatrix fuzz --out` has written, or what a finding says",
      ),
    ]);
  const value = parsed(isStream ? source : textOf(source, fault), fault);
  const found = isStream ? stream.safeParse(value) : file.transform((whole) => whole.stream).safeParse(value);
  if (!found.success) {
    const [issue] = found.error.issues;
    throw fault(`it holds no stream: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
  }
  return found.data as Stream;
}

type Fault = (message: string) => ConfigError;

function textOf(path: string, fault: Fault): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw fault(`it cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parsed(text: string, fault: Fault): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw fault("it is not JSON");
  }
}
