import { Opcode } from "../wire/frame.ts";

import type { FrameElement, HeaderEdit, Stream, StreamElement } from "./stream.ts";

/**
 * What a stream consists of, without its contents: streams that were made as small as they can be, and have one shape,
 * show one fault.
 */
export function shapeOf(stream: Stream): string {
  if (stream.kind === "opening") return stream.lines.flatMap(lineShape).toSorted().join(" ");
  const { flips, cut, elements } = stream;
  return [
    ...(elements.length > 3 ? ["many elements"] : elements.map(elementShape)),
    ...(flips ? ["flips"] : []),
    ...(cut === undefined ? [] : ["cut"]),
  ].join(" ");
}

/** Of a request that was made as plain as it can be, the fields that are not in every request tell what it is about. */
function lineShape(line: string, index: number): string[] {
  const name = line.slice(0, Math.max(0, line.indexOf(":"))).toLowerCase();
  return index === 0 || needed.has(name) ? [] : [name];
}

const needed = new Set(["host", "upgrade", "connection", "sec-websocket-key", "sec-websocket-version"]);

function elementShape(element: StreamElement): string {
  switch (element.kind) {
    case "octets":
      return "octets";
    case "frame":
      return frameShape(element);
    case "message": {
      const { fragments, inside = [], edits = [], deflate, binary } = element;
      const parts = [
        binary ? "binary" : "text",
        ...(deflate ? ["deflated"] : []),
        ...(fragments ? ["fragmented"] : []),
        ...edits.map(editShape),
        ...inside.map(frameShape),
      ];
      return `(${parts.join(" ")})`;
    }
  }
}

function frameShape(frame: FrameElement): string {
  return `(${opcodeShape(frame.opcode)} ${editShape(frame)})`;
}

/** Reserved opcodes are as good as each other, but for data and control; and so are ping and pong. */
function opcodeShape(opcode: number): string {
  if (opcode > Opcode.pong) return "reserved control";
  if (opcode > Opcode.binary && opcode < Opcode.close) return "reserved data";
  return opcode >= Opcode.ping ? "ping or pong" : `opcode ${opcode}`;
}

function editShape({ fin, rsv, masked, lengthBits, declared }: HeaderEdit): string {
  const named = {
    fin,
    rsv: rsv === undefined ? undefined : rsv === 4 ? "1" : "23",
    masked,
    lengthBits,
    declared,
  };
  return Object.entries(named)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => (name === "rsv" ? `rsv${value}` : name))
    .join(",");
}
