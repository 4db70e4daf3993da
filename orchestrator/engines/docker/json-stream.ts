import { StringDecoder } from "node:string_decoder";
import type { Readable } from "node:stream";
import { parseJson } from "../cache.ts";

/** Octets that one line may have: a trace of a build holds the output of some tenths of a second. */
const LONGEST = 8 * 1024 * 1024;

/**
 * Reads an answer of the engine that is a JSON object a line, to its end.
 *
 * @param onValue called with each of them; what is no JSON is left out
 * @throws the stream's error, or that a line has no end
 */
export async function readJsonStream(stream: Readable, onValue: (value: unknown) => void): Promise<void> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const take = (line: string): void => {
    const value = line.trim() === "" ? undefined : parseJson(line);
    if (value !== undefined) onValue(value);
  };
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST) throw new Error("the engine sends a line that has no end");
    for (const line of lines) take(line);
  }
  take(rest + decoder.end());
}
