import { describe, expect, it } from "vitest";

import {
  openingRequest,
  openingResponse,
  readRequest,
  refusalResponse,
  refuseResponse,
} from "../../../fuzzer/opening.ts";
import { parseHead } from "../../../wire/handshake.ts";

import { openingResponseOf, zeroKey } from "../../support/player-bench.ts";

const sampleKey = "dGhlIHNhbXBsZSBub25jZQ==";

describe("the request", () => {
  it("is the original's, field for field, but for the name", () => {
    const request = openingRequest({ host: "127.0.0.1", port: 80, resource: "/chat?x=y" }, sampleKey);
    expect(request.toString("latin1").split("\r\n")).toEqual([
      "GET /chat?x=y HTTP/1.1",
      "User-Agent: wsmatrix",
      "Host: 127.0.0.1:80",
      "Upgrade: WebSocket",
      "Connection: Upgrade",
      "Pragma: no-cache",
      "Cache-Control: no-cache",
      `Sec-WebSocket-Key: ${sampleKey}`,
      "Sec-WebSocket-Version: 13",
      "",
      "",
    ]);
  });

  it("puts brackets around an IPv6 address", () => {
    const request = openingRequest({ host: "::1", port: 9001, resource: "/" }, sampleKey);
    expect(request.toString()).toContain("\r\nHost: [::1]:9001\r\n");
  });

  it("is one that our own server takes", () => {
    const request = openingRequest({ host: "127.0.0.1", port: 9001, resource: "/a?b" }, sampleKey);
    expect(readRequest(parseHead(request.toString()))).toEqual({ resource: "/a?b", key: sampleKey });
  });
});

describe("a response", () => {
  const refusal = (changes: Parameters<typeof openingResponseOf>[0]) =>
    refuseResponse(parseHead(openingResponseOf(changes).toString("latin1")), zeroKey);

  it.each<[string, Parameters<typeof openingResponseOf>[0]]>([
    ["as it should be", {}],
    ["with another phrase", { "": "HTTP/1.1 101 Go ahead" }],
    ["with no phrase", { "": "HTTP/1.1 101" }],
    ["with Upgrade in capitals", { Upgrade: "UPGRADE: WEBSOCKET" }],
    ["with Connection as a list", { Connection: "connection: keep-alive, upgrade" }],
    ["with two Connection fields", { Connection: "Connection: keep-alive\r\nConnection: Upgrade" }],
    [
      "with empty extensions and subprotocol",
      { "X-A": "Sec-WebSocket-Extensions:", "X-B": "Sec-WebSocket-Protocol:" },
    ],
    ["with other fields", { Server: "Server: x" }],
  ])("opens the connection: %s", (_name, changes) => {
    expect(refusal(changes)).toBeNull();
  });

  it.each<[string, Parameters<typeof openingResponseOf>[0], RegExp]>([
    ["another status", { "": "HTTP/1.1 200 OK" }, /status 200/],
    ["no status", { "": "HTTP/1.1" }, /status \(none\)/],
    ["HTTP/1.0", { "": "HTTP/1.0 101 Switching Protocols" }, /not HTTP\/1\.1/],
    ["no HTTP at all", { "": "SSH-2.0-OpenSSH" }, /not HTTP\/1\.1 but "SSH/],
    ["no Upgrade", { Upgrade: null }, /Upgrade is not/],
    ["another Upgrade", { Upgrade: "Upgrade: h2c" }, /Upgrade is not/],
    ["Upgrade with more than websocket", { Upgrade: "Upgrade: h2c, websocket" }, /Upgrade is not/],
    ["no Connection", { Connection: null }, /Connection does not/],
    ["another Connection", { Connection: "Connection: upgraded" }, /Connection does not/],
    ["no Sec-WebSocket-Accept", { "Sec-WebSocket-Accept": null }, /occurs 0 times/],
    ["two of them", { "X-A": "Sec-WebSocket-Accept: x" }, /occurs 2 times/],
    [
      "a wrong one",
      { "Sec-WebSocket-Accept": "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" },
      /does not fit/,
    ],
    ["a subprotocol", { "X-A": "Sec-WebSocket-Protocol: chat" }, /subprotocol/],
  ])("opens none with %s", (_name, changes, cause) => {
    expect(refusal(changes)).toMatch(cause);
  });

  it("that opens is the one that our own server sends", () => {
    const response = openingResponse(sampleKey).toString("latin1");
    expect(response.split("\r\n")).toEqual([
      "HTTP/1.1 101 Switching Protocols",
      "Server: wsmatrix",
      "Upgrade: WebSocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
      "",
      "",
    ]);
    expect(refuseResponse(parseHead(response), sampleKey)).toBeNull();
  });
});

/** A good request with lines replaced by the name of their field, left out or added. */
function requestWith(changes: Readonly<Record<string, string | null>>): string {
  const lines: Record<string, string | null> = {
    "": "GET /runCase?case=1 HTTP/1.1",
    Host: "Host: 127.0.0.1:9001",
    Upgrade: "Upgrade: websocket",
    Connection: "Connection: Upgrade",
    Key: `Sec-WebSocket-Key: ${sampleKey}`,
    Version: "Sec-WebSocket-Version: 13",
    ...changes,
  };
  return `${Object.values(lines)
    .filter((line) => line !== null)
    .join("\r\n")}\r\n\r\n`;
}

const reading = (changes: Readonly<Record<string, string | null>>) =>
  readRequest(parseHead(requestWith(changes)));

describe("a request", () => {
  it.each<[string, Record<string, string | null>]>([
    ["as it should be", {}],
    ["with another port in Host", { Host: "Host: example:1" }],
    [
      "with lists in Upgrade and Connection",
      { Upgrade: "upgrade: h2c, WebSocket", Connection: "Connection: keep-alive, Upgrade" },
    ],
    ["of version 8", { Version: "Sec-WebSocket-Version: 8" }],
    ["with one Origin", { "X-A": "Origin: http://a" }],
    ["with subprotocols", { "X-A": "Sec-WebSocket-Protocol: a, b" }],
    [
      "with offers of permessage-deflate",
      { "X-A": "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, permessage-deflate" },
    ],
    [
      "with all parameters",
      {
        "X-A":
          "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=8; server_max_window_bits=15; client_no_context_takeover; server_no_context_takeover",
      },
    ],
    [
      "with an unknown extension",
      { "X-A": "Sec-WebSocket-Extensions: x-webkit-deflate-frame; what=ever; what" },
    ],
  ])("is taken: %s", (_name, changes) => {
    expect(reading(changes)).toEqual({ resource: "/runCase?case=1", key: sampleKey });
  });

  it.each([
    ["ws://127.0.0.1:9001/runCase?case=1", "/runCase?case=1"],
    ["http://host", "/"],
    ["HTTP://host?x=1", "/?x=1"],
    ["/x?y=http://z/", "/x?y=http://z/"],
  ])("for %s is for %s", (target, resource) => {
    expect(reading({ "": `GET ${target} HTTP/1.1` })).toEqual({ resource, key: sampleKey });
  });

  it.each<[number, string, Record<string, string | null>]>([
    [405, "POST", { "": "POST / HTTP/1.1" }],
    [405, "get in small letters", { "": "get / HTTP/1.1" }],
    [505, "HTTP/1.0", { "": "GET / HTTP/1.0" }],
    [505, "HTTP/2.0", { "": "GET / HTTP/2.0" }],
    [400, "a request line of two words", { "": "GET /" }],
    [400, "a blank in the target", { "": "GET /a b HTTP/1.1" }],
    [400, "an empty request line", { "": "" }],
    [400, "a fragment", { "": "GET /#x HTTP/1.1" }],
    [400, "no Host", { Host: null }],
    [400, "two Hosts", { "X-A": "host: a" }],
    [426, "no Upgrade", { Upgrade: null }],
    [400, "another Upgrade", { Upgrade: "Upgrade: h2c" }],
    [400, "no Connection", { Connection: null }],
    [400, "another Connection", { Connection: "Connection: keep-alive" }],
    [400, "no version", { Version: null }],
    [400, "version 0", { Version: "Sec-WebSocket-Version: 0" }],
    [400, "version 12", { Version: "Sec-WebSocket-Version: 12" }],
    [400, "a subprotocol twice", { "X-A": "Sec-WebSocket-Protocol: a, b, a" }],
    [400, "two Origins", { "X-A": "Origin: a", "X-B": "Origin: b" }],
    [
      400,
      "two Origins of version 8",
      {
        Version: "Sec-WebSocket-Version: 8",
        "X-A": "Sec-WebSocket-Origin: a",
        "X-B": "Sec-WebSocket-Origin: b",
      },
    ],
    [400, "no key", { Key: null }],
    [400, "two keys", { "X-A": `Sec-WebSocket-Key: ${sampleKey}` }],
    [400, "a short key", { Key: "Sec-WebSocket-Key: AAAA" }],
    [400, "a key of another alphabet", { Key: "Sec-WebSocket-Key: -_AAAAAAAAAAAAAAAAAAAA==" }],
    [400, "a key that does not end as it must", { Key: "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAA=" }],
    [
      400,
      "two fields of extensions",
      { "X-A": "Sec-WebSocket-Extensions: a", "X-B": "Sec-WebSocket-Extensions: b" },
    ],
  ])("is refused with %i: %s", (status, _name, changes) => {
    expect(reading(changes)).toMatchObject({ refusal: { status } });
  });

  it.each([
    "client_max_window_bits=7",
    "client_max_window_bits=16",
    "client_max_window_bits=010",
    "client_max_window_bits=x",
    "server_max_window_bits",
    "server_max_window_bits=7",
    "client_no_context_takeover=1",
    "server_no_context_takeover=",
    "unknown",
    "server_max_window_bits=9; server_max_window_bits=9",
  ])("is refused for an offer with %s, among good ones, in every case", (parameter) => {
    const offers = `Sec-WebSocket-Extensions: permessage-deflate, other, permessage-deflate; ${parameter}`;
    expect(reading({ "X-A": offers })).toMatchObject({ refusal: { status: 400 } });
  });

  it("of a version that is not known is told which are", () => {
    const read = reading({ Version: "Sec-WebSocket-Version: 7" });
    if (!("refusal" in read)) throw new Error("it was not refused");
    expect(refusalResponse(read.refusal).toString()).toBe(
      "HTTP/1.1 400 Unsupported WebSocket version\r\nSec-WebSocket-Version: 13,8\r\n\r\n",
    );
  });
});

it("a refusal is a status line and nothing else", () => {
  expect(refusalResponse({ status: 500, reason: "Internal Server Error" }).toString()).toBe(
    "HTTP/1.1 500 Internal Server Error\r\n\r\n",
  );
});
