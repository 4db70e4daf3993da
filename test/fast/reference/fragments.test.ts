import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Endpoint, type EndpointEvent } from "../../../reference-impl/endpoint.ts";
import { FrameDecoder, type FrameHeader } from "../../../wire/frame.ts";
import type { AgreedDeflate } from "../../../wire/permessage-deflate.ts";

const deflate: AgreedDeflate = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: null,
  clientMaxWindowBits: null,
};

function eventsOf(endpoint: Endpoint, octets: Buffer): EndpointEvent[] {
  endpoint.receive(0, Buffer.from(octets));
  const events: EndpointEvent[] = [];
  for (let event = endpoint.next(); event !== null; event = endpoint.next()) events.push(event);
  return events;
}

function headersOf(octets: Buffer): FrameHeader[] {
  const decoder = new FrameDecoder();
  decoder.push(Buffer.from(octets));
  const headers: FrameHeader[] = [];
  for (let event = decoder.next(); event !== null; event = decoder.next()) {
    if (event.type === "header") headers.push(event.header);
  }
  return headers;
}

describe("a message sent in fragments", () => {
  it.each(["client", "server"] as const)("comes out as it went in, from a %s, compressed or not", (side) => {
    const message = fc.record({
      payload: fc.uint8Array({ maxLength: 40_000, size: "max" }),
      fragment: fc.integer({ min: 1, max: 20_000 }),
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 4 }), fc.boolean(), (messages, compressed) => {
        const agreed = compressed ? deflate : null;
        const sender = new Endpoint(side, {}, agreed);
        const receiver = new Endpoint(side === "client" ? "server" : "client", {}, agreed);
        for (const { payload, fragment } of messages)
          sender.send({ binary: true, payload: Buffer.from(payload) }, fragment);
        const octets = Buffer.concat(sender.takeOutput(0).octets);
        const wanted = messages.map(({ payload }) => ({
          type: "message",
          binary: true,
          payload: Buffer.from(payload),
        }));
        expect(eventsOf(receiver, octets)).toEqual(wanted);
      }),
      { numRuns: 60 },
    );
  });

  it("says in its first frame alone what it is, and in its last that it ends", () => {
    const sender = new Endpoint("server", {}, deflate);
    sender.send({ binary: false, payload: Buffer.from("abcdefghijklmnopqrstuvwxyz") }, 10);
    const headers = headersOf(Buffer.concat(sender.takeOutput(0).octets));
    expect(headers.map(({ fin, rsv, opcode }) => [fin, rsv, opcode])).toEqual([
      [false, 4, 1],
      [false, 0, 0],
      [true, 0, 0],
    ]);
  });

  it("lets pings between its frames", () => {
    const sender = new Endpoint("client");
    const payload = Buffer.from("abc");
    sender.send({ binary: true, payload }, 1, () => void sender.ping());
    const headers = headersOf(Buffer.concat(sender.takeOutput(0).octets));
    expect(headers.map(({ opcode }) => opcode)).toEqual([2, 9, 0, 9, 0]);
  });

  it("is one frame when it fits, even an empty one", () => {
    const sender = new Endpoint("server");
    sender.send({ binary: true, payload: Buffer.alloc(0) }, 1);
    sender.send({ binary: true, payload: Buffer.alloc(5) }, 5);
    expect(headersOf(Buffer.concat(sender.takeOutput(0).octets))).toHaveLength(2);
  });

  it.each([0, -1, Number.NaN])("has no fragments of %s octets", (fragment) => {
    expect(() => new Endpoint("server").send({ binary: true, payload: Buffer.alloc(5) }, fragment)).toThrow(
      RangeError,
    );
  });
});
