import { withoutParts } from "./parts.ts";
import type { OpeningStream, ResponseStream } from "./stream.ts";

/** The ordinary first line of a request, and of a response. */
export const ordinaryFirst = {
  opening: "GET {resource} HTTP/1.1\r\n",
  response: "HTTP/1.1 101 Switching Protocols\r\n",
} as const;

/** The ordinary lines behind it, of both. */
export const ordinaryLines: readonly string[] = [
  "Host: {host}\r\n",
  "Upgrade: websocket\r\n",
  "Connection: Upgrade\r\n",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
  "Sec-WebSocket-Version: 13\r\n",
  "Sec-WebSocket-Accept: {accept}\r\n",
];

/** Opening handshakes that are simpler by one step, the largest steps first. */
export function* smallerOpenings<S extends OpeningStream | ResponseStream>(stream: S): Generator<S> {
  for (const lines of withoutParts(stream.lines)) if (lines.length > 0) yield { ...stream, lines };
  if (stream.writes.by !== "whole") yield { ...stream, writes: { by: "whole" } };
  for (const [index, line] of stream.lines.entries())
    for (const plain of plainLines(line, index === 0 ? ordinaryFirst[stream.kind] : null))
      yield { ...stream, lines: stream.lines.with(index, plain) };
}

/** Ordinary lines, to take the place of others; and shorter ones. */
function* plainLines(line: string, first: string | null): Generator<string> {
  const plain = first ?? ordinaryLines.find((each) => nameOf(each) === nameOf(line));
  if (plain !== undefined && plain !== line) yield plain;
  if (first !== null) return;
  const [, name, value] = /^([^:]*:)([^\r\n]*)/.exec(line) ?? [];
  if (name !== undefined && value!.length > 40) yield `${name}${value!.slice(0, value!.length >> 1)}\r\n`;
}

const nameOf = (line: string) =>
  line
    .slice(0, Math.max(0, line.indexOf(":")))
    .toLowerCase()
    .trim();
