import { describe, expect, it } from "vitest";

import { ClientOpening, destinationOf } from "../../../reference-impl/handshake-client.ts";
import { maxOpeningHead, type OpeningProgress } from "../../../reference-impl/opening.ts";

import { oneByOne } from "../../support/octets.ts";

const response = [
  "HTTP/1.1 101 Switching Protocols",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
];

function opening(): ClientOpening {
  const to = { host: "server.example.com", port: 80, resource: "/chat", secure: false };
  return new ClientOpening(to, { nonce: Buffer.from("the sample nonce") });
}

function push(octets: Buffer, cut = false): OpeningProgress {
  const client = opening();
  let progress: OpeningProgress = { state: "more" };
  for (const piece of cut ? oneByOne(octets) : [octets]) {
    if (progress.state === "more") progress = client.push(piece);
  }
  return progress;
}

const pushLines = (lines: readonly string[], cut = false) =>
  push(Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), cut);

const changed = (name: string, ...lines: readonly string[]) => [
  ...response.filter((line) => !line.startsWith(name)),
  ...lines,
];

describe("the request", () => {
  it("is what RFC 6455 section 4.1 wants", () => {
    expect(opening().begin().toString()).toBe(
      [
        "GET /chat HTTP/1.1",
        "Host: server.example.com",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        "\r\n",
      ].join("\r\n"),
    );
  });

  it.each([
    ["ws://127.0.0.1:9001", "/", "127.0.0.1:9001"],
    ["ws://127.0.0.1:80/a?b=c%20d", "/a?b=c%20d", "127.0.0.1"],
    ["ws://[::1]:9001/x", "/x", "[::1]:9001"],
    ["ws://EXAMPLE.test/a b", "/a%20b", "example.test"],
    ["wss://example.test/", "/", "example.test"],
    ["wss://example.test:443/", "/", "example.test"],
    ["wss://example.test:80/", "/", "example.test:80"],
    ["ws://example.test:443/", "/", "example.test:443"],
  ])("to %s asks %s of %s", (url, resource, host) => {
    const lines = new ClientOpening(destinationOf(url)).begin().toString().split("\r\n");
    expect(lines.slice(0, 2)).toEqual([`GET ${resource} HTTP/1.1`, `Host: ${host}`]);
  });

  it("has a new key of 16 octets each time", () => {
    const to = destinationOf("ws://127.0.0.1/");
    const keys = Array.from(
      { length: 20 },
      () => /Key: (.*)\r\n/.exec(new ClientOpening(to).begin().toString())![1]!,
    );
    expect(new Set(keys).size).toBe(20);
    for (const key of keys) expect(Buffer.from(key, "base64")).toHaveLength(16);
  });

  it.each([
    "https://127.0.0.1/",
    "http://127.0.0.1/",
    "ws://127.0.0.1/#a",
    "ws://127.0.0.1/#",
    "ws://me:secret@127.0.0.1/",
    "nonsense",
  ])("cannot be sent to %s", (url) => {
    expect(() => destinationOf(url)).toThrow(TypeError);
  });
});

describe("a response opens the connection", () => {
  it.each([false, true])("when it is right (one octet at a time: %s)", (cut) => {
    expect(pushLines(response, cut)).toMatchObject({ state: "open", reply: null, resource: "/chat" });
  });

  it("and gives back the octets behind it", () => {
    const progress = push(Buffer.from(`${response.join("\r\n")}\r\n\r\nmore`));
    expect("rest" in progress && progress.rest.toString()).toBe("more");
  });

  it.each([
    [
      "any order and letter case",
      response.map((line) => line.replace(/^[\w-]+(?=:)/, (name) => name.toLowerCase())).toSorted(),
    ],
    [
      "values in another letter case",
      changed("Upgrade", "Upgrade: WebSocket").map((l) => l.replace(": Upgrade", ": upgrade")),
    ],
    ["a list", changed("Connection", "Connection: keep-alive, Upgrade")],
    ["no reason phrase", ["HTTP/1.1 101 ", ...response.slice(1)]],
    ["no reason phrase and no blank", ["HTTP/1.1 101", ...response.slice(1)]],
    ["further fields", [...response, "Server: x", "Date: today"]],
  ])("with %s", (_name, lines) => {
    expect(pushLines(lines).state).toBe("open");
  });
});

describe("a response is refused", () => {
  it.each([
    ["another status", ["HTTP/1.1 200 OK", ...response.slice(1)], 200, /200/],
    ["an error", ["HTTP/1.1 404 Not Found"], 404, /404/],
    ["HTTP/1.0", ["HTTP/1.0 101 Switching Protocols", ...response.slice(1)], null, /status line/],
    ["a line that is none", ["101", ...response.slice(1)], null, /status line/],
    ["a status that is longer", ["HTTP/1.1 1010 X", ...response.slice(1)], null, /status line/],
    ["no Upgrade", changed("Upgrade"), 101, /Upgrade/],
    ["another Upgrade", changed("Upgrade", "Upgrade: h2c"), 101, /Upgrade/],
    ["a list of upgrades", changed("Upgrade", "Upgrade: websocket, h2c"), 101, /Upgrade/],
    ["no Connection", changed("Connection"), 101, /Connection/],
    ["a Connection without Upgrade", changed("Connection", "Connection: close"), 101, /Connection/],
    ["no Accept", changed("Sec-WebSocket-Accept"), 101, /occurs 0/],
    ["two Accepts", [...response, response[3]!], 101, /occurs 2/],
    [
      "a wrong Accept",
      changed("Sec-WebSocket-Accept", "Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
      101,
      /fit/,
    ],
    ["an extension", [...response, "Sec-WebSocket-Extensions: permessage-deflate"], 101, /extension/],
    ["an empty list of extensions", [...response, "Sec-WebSocket-Extensions:"], 101, /extension/],
    ["a subprotocol", [...response, "Sec-WebSocket-Protocol: chat"], 101, /subprotocol/],
    ["a folded field", [...response, "X: a", " b"], 101, /folded/],
  ])("for %s", (_name, lines, status, text) => {
    const progress = pushLines(lines);
    expect(progress).toMatchObject({ state: "refused", reply: null, refusal: { status } });
    expect("refusal" in progress && progress.refusal.text).toMatch(text);
  });

  it("for octets without end, and repeats little of a bad line", () => {
    expect(push(Buffer.alloc(maxOpeningHead, "x"), true)).toMatchObject({
      refusal: { text: expect.stringContaining("16384") },
    });
    const progress = push(Buffer.from(`${"\u001b[2J".repeat(1000)}\r\n\r\n`));
    expect("refusal" in progress && progress.refusal.text).toMatch(/^[ -~]{1,700}$/);
  });
});
