import { describe, expect, it } from "vitest";

import { Endpoint } from "../../../reference-impl/endpoint.ts";

import { fromPeerOf } from "../../support/endpoint-feed.ts";

type Side = "client" | "server";

const sides = ["server", "client"] as const;

const options = {
  closeReplyTimeout: 5_000,
  closeTimeout: 1_000,
  brokenFrameTimeout: 50,
  flushTimeout: 30_000,
} as const;

/** An endpoint that fails the connection at `now`, when these frames arrive; its close frame leaves at once. */
function failed(side: Side, now: number, ...frames: readonly string[]): Endpoint {
  const endpoint = new Endpoint(side, options);
  receive(endpoint, now, ...frames);
  endpoint.takeOutput(now);
  endpoint.flushed(now);
  return endpoint;
}

function receive(endpoint: Endpoint, now: number, ...frames: readonly string[]): void {
  endpoint.receive(now, fromPeerOf(endpoint.side, frames));
  while (endpoint.next() !== null);
}

const tcpOf = (endpoint: Endpoint) => endpoint.takeOutput(0).tcp;

describe.each(sides)("the deadlines of a %s", (side) => {
  it("there is none while the connection is open, nor when it is gone", () => {
    const endpoint = new Endpoint(side, options);
    receive(endpoint, 10, "8900");
    endpoint.takeOutput(10);
    expect(endpoint.deadline).toBeNull();
    endpoint.tick(1e9);
    expect(endpoint.state).toBe("open");
    endpoint.lost();
    expect([endpoint.state, endpoint.deadline]).toEqual(["gone", null]);
  });

  it("drops TCP when its close frame is not answered in time", () => {
    const endpoint = new Endpoint(side, options);
    endpoint.close(1000);
    endpoint.takeOutput(100);
    endpoint.flushed(100);
    expect(endpoint.deadline).toBe(5_100);
    endpoint.tick(5_099);
    expect(endpoint.state).toBe("closing");
    endpoint.tick(5_100);
    expect([endpoint.state, tcpOf(endpoint)]).toEqual(["gone", "drop"]);
    expect(endpoint.closure).toMatchObject({ clean: false, sent: { code: 1000 }, received: null });
  });

  it("counts from when the close frame has left", () => {
    const endpoint = new Endpoint(side, options);
    receive(endpoint, 100, "8300");
    endpoint.takeOutput(100);
    expect(endpoint.deadline).toBe(30_100);
    endpoint.flushed(20_000);
    expect(endpoint.deadline).toBe(21_000);
  });

  it("counts from when the close frame was put out, until it has left", () => {
    const endpoint = new Endpoint(side, options);
    endpoint.close();
    expect(endpoint.deadline).toBeNull();
    endpoint.takeOutput(700);
    expect(endpoint.deadline).toBe(30_700);
  });

  it("drops TCP when the close frame does not leave at all", () => {
    const endpoint = new Endpoint(side, options);
    receive(endpoint, 100, "8105 48 c328");
    endpoint.takeOutput(100);
    endpoint.tick(30_099);
    expect(endpoint.state).toBe("failing");
    endpoint.tick(30_100);
    expect([endpoint.state, tcpOf(endpoint)]).toEqual(["gone", "drop"]);
  });

  it.each([
    ["a frame that is illegal", "8302 0102"],
    ["text that ends too early", "8101 c3"],
  ])("gives a peer that broke a rule a second to close: %s", (_name, frame) => {
    const endpoint = failed(side, 100, frame);
    expect(endpoint.deadline).toBe(1_100);
    receive(endpoint, 1_000, "8a00");
    expect(endpoint.deadline).toBe(1_100);
    endpoint.tick(1_100);
    expect([endpoint.state, tcpOf(endpoint)]).toEqual(["gone", "drop"]);
  });
});

describe("a frame that broke a rule and is not finished", () => {
  const unfinished = [
    ["bad text", "810a 48 c328"],
    ["an illegal first octet", "8305 01"],
    ["a length that will never come", "827f8000000000000000"],
  ] as const;

  it.each(unfinished)("%s: a server closes TCP by itself, orderly and soon", (_name, frame) => {
    const endpoint = failed("server", 100, frame);
    expect(endpoint.deadline).toBe(150);
    endpoint.tick(149);
    expect([endpoint.state, tcpOf(endpoint)]).toEqual(["failing", "keep"]);
    endpoint.tick(150);
    expect([endpoint.state, tcpOf(endpoint)]).toEqual(["gone", "end"]);
  });

  it.each(unfinished)("%s: a client leaves closing TCP to the server for a second", (_name, frame) => {
    expect(failed("client", 100, frame).deadline).toBe(1_100);
  });

  it("has the server wait for the peer's close frame once it is finished after all", () => {
    const endpoint = failed("server", 100, "8300");
    expect(endpoint.deadline).toBe(1_100);
    const late = new Endpoint("server", options);
    const [first, last] = [Buffer.from("8381", "hex"), Buffer.from("0000000041", "hex")];
    late.receive(100, first);
    while (late.next() !== null);
    late.takeOutput(100);
    late.flushed(100);
    expect(late.deadline).toBe(150);
    late.receive(140, last);
    while (late.next() !== null);
    expect(late.deadline).toBe(1_100);
  });
});

describe("once both have closed", () => {
  it("a server closes TCP at once", () => {
    const endpoint = new Endpoint("server", options);
    receive(endpoint, 100, "8802 03e8");
    expect(endpoint.takeOutput(100)).toMatchObject({ octets: [Buffer.from("880203e8", "hex")], tcp: "end" });
    expect(endpoint.deadline).toBeNull();
  });

  it.each([
    ["that was closed", false],
    ["that closed first", true],
  ])("a client %s waits a second for the server to close TCP", (_name, first) => {
    const endpoint = new Endpoint("client", options);
    if (first) endpoint.close(1000);
    endpoint.takeOutput(50);
    endpoint.flushed(50);
    receive(endpoint, 100, "8802 03e8");
    expect(endpoint.takeOutput(100).tcp).toBe("keep");
    endpoint.flushed(100);
    expect([endpoint.state, endpoint.deadline]).toEqual(["leaving", 1_100]);
    receive(endpoint, 500, "8900");
    endpoint.tick(1_099);
    expect(tcpOf(endpoint)).toBe("keep");
    endpoint.tick(1_100);
    expect([endpoint.state, tcpOf(endpoint)]).toEqual(["gone", "drop"]);
    expect(endpoint.closure.clean).toBe(true);
  });
});
