import { describe, expect, it } from "vitest";

import { ServerOpening } from "../../../reference-impl/handshake-server.ts";
import { maxOpeningHead, type OpeningProgress } from "../../../reference-impl/opening.ts";

import { oneByOne } from "../../support/octets.ts";

/** The request of RFC 6455 section 1.3, as far as we read it. */
const request = [
  "GET /chat?x=1 HTTP/1.1",
  "Host: server.example.com",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Origin: http://example.com",
  "Sec-WebSocket-Protocol: chat, superchat",
  "Sec-WebSocket-Version: 13",
];

/** The request with the lines that begin with `name` replaced by others, or these added. */
function changed(name: string, ...lines: readonly string[]): string[] {
  return [...request.filter((line) => !line.startsWith(name)), ...lines];
}

const withLine = (line: string) => [line, ...request.slice(1)];

function push(octets: Buffer, cut = false): OpeningProgress {
  const opening = new ServerOpening();
  expect(opening.begin()).toBeNull();
  let progress: OpeningProgress = { state: "more" };
  for (const piece of cut ? oneByOne(octets) : [octets]) {
    if (progress.state === "more") progress = opening.push(piece);
  }
  return progress;
}

const pushLines = (lines: readonly string[], cut = false) =>
  push(Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), cut);

describe("a request that is right", () => {
  it.each([false, true])("is accepted with the RFC's own answer (one octet at a time: %s)", (cut) => {
    const progress = pushLines(request, cut);
    expect(progress).toMatchObject({ state: "open", resource: "/chat?x=1" });
    expect(progress).toHaveProperty("head.fields.0", { name: "Host", value: "server.example.com" });
    expect("reply" in progress && progress.reply?.toString()).toBe(
      [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        "\r\n",
      ].join("\r\n"),
    );
  });

  it("gives back the octets behind it", () => {
    const progress = push(Buffer.from(`${request.join("\r\n")}\r\n\r\nmore`));
    expect("rest" in progress && progress.rest.toString()).toBe("more");
  });

  it.each([
    ["letter case", request.map((line) => line.replace(/^[\w-]+(?=:)/, (name) => name.toUpperCase()))],
    [
      "values in another letter case",
      changed("Upgrade", "Upgrade: WebSocket").map((l) => l.replace(": Upgrade", ": uPGRADE")),
    ],
    ["lists", changed("Connection", "Connection: keep-alive", "Connection: x , Upgrade")],
    ["a list of upgrades", changed("Upgrade", "Upgrade: h2c, websocket")],
    ["a later minor version", withLine("GET /chat?x=1 HTTP/1.2")],
    ["a target in absolute form", withLine("GET http://server.example.com/chat?x=1 HTTP/1.1")],
    ["extensions, which are not taken", [...request, "Sec-WebSocket-Extensions: permessage-deflate"]],
    ["a body of no octets", [...request, "Content-Length: 0"]],
  ])("may differ in %s", (_name, lines) => {
    const progress = pushLines(lines);
    expect(progress).toMatchObject({ state: "open", resource: "/chat?x=1" });
    expect("reply" in progress && progress.reply?.toString()).not.toMatch(
      /Sec-WebSocket-(Extensions|Protocol)/,
    );
  });

  it.each([
    ["http://a", "/"],
    ["https://a:8443/", "/"],
    ["http://a?b", "/?b"],
    ["/?a=/b//c", "/?a=/b//c"],
    ["//a/b", "//a/b"],
  ])("with the target %s asks for %s", (target, resource) => {
    expect(pushLines(withLine(`GET ${target} HTTP/1.1`))).toMatchObject({ state: "open", resource });
  });

  it("behind empty lines (RFC 9112 section 2.2), also when those come alone", () => {
    expect(pushLines(["", "", ...request])).toMatchObject({ state: "open" });
    const opening = new ServerOpening();
    expect(opening.push(Buffer.from("\r\n")).state).toBe("more");
    expect(opening.push(Buffer.from(`${request.join("\r\n")}\r\n\r\n`)).state).toBe("open");
  });

  it("may be as long as the limit", () => {
    const padding = maxOpeningHead - `${request.join("\r\n")}\r\nX: \r\n\r\n`.length;
    expect(pushLines([...request, `X: ${"x".repeat(padding)}`]).state).toBe("open");
    expect(pushLines([...request, `X: ${"x".repeat(padding + 1)}`])).toMatchObject({
      refusal: { status: 431 },
    });
  });
});

describe("a request is refused", () => {
  const upgrade = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";

  it.each([
    ["another method", withLine("POST /chat HTTP/1.1"), 405],
    ["a method in lower case", withLine("get /chat HTTP/1.1"), 405],
    ["HTTP/1.0", withLine("GET /chat HTTP/1.0"), 505],
    ["HTTP/2.0", withLine("GET /chat HTTP/2.0"), 505],
    ["HTTP/2.1", withLine("GET /chat HTTP/2.1"), 505],
    ["no version", withLine("GET /chat"), 400],
    ["two blanks", withLine("GET  /chat HTTP/1.1"), 400],
    ["a blank at the end of the line", withLine("GET /chat HTTP/1.1 "), 400],
    ["a line before the first", ["x", ...request], 400],
    ["a Host that is none", [request[0]!, "Host: a b/c", ...request.slice(2)], 400],
    ["a fragment in the target", withLine("GET /chat#x HTTP/1.1"), 400],
    ["a target that is no path", withLine("GET chat HTTP/1.1"), 400],
    ["a target of a query only", withLine("GET ?chat HTTP/1.1"), 400],
    ["the target of OPTIONS", withLine("GET * HTTP/1.1"), 400],
    ["high octets in the target", withLine("GET /caf\u00e9 HTTP/1.1"), 400],
    ["no Host", changed("Host"), 400],
    ["an empty Host", changed("Host", "Host:"), 400],
    ["two Hosts", [...request, "Host: server.example.com"], 400],
    ["no Upgrade", changed("Upgrade"), 426],
    ["an Upgrade to something else", changed("Upgrade", "Upgrade: h2c"), 426],
    ["no Connection", changed("Connection"), 400],
    ["a Connection without Upgrade", changed("Connection", "Connection: keep-alive, Upgrades"), 400],
    ["no version of the protocol", changed("Sec-WebSocket-Version"), 426],
    ["another version of the protocol", changed("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8"), 426],
    ["a list of versions", changed("Sec-WebSocket-Version", "Sec-WebSocket-Version: 13, 8"), 426],
    ["two versions", [...request, "Sec-WebSocket-Version: 13"], 426],
    ["no key", changed("Sec-WebSocket-Key"), 400],
    ["two keys", [...request, upgrade], 400],
    ["a key of 15 octets", changed("Sec-WebSocket-Key", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAA"), 400],
    ["a key of 17 octets", changed("Sec-WebSocket-Key", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAA="), 400],
    [
      "a key that is not base64",
      changed("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j-Q=="),
      400,
    ],
    ["a folded field", [...request, "X: a", " b"], 400],
    ["a field without a name", [...request, "nonsense"], 400],
    ["white space before a colon", [...request, "X : a"], 400],
    ["a body", [...request, "Content-Length: 5"], 400],
    ["a chunked body", [...request, "Transfer-Encoding: chunked"], 400],
  ])("for %s", (_name, lines, status) => {
    const progress = pushLines(lines);
    expect(progress).toMatchObject({ state: "refused", refusal: { status } });
    const response = "reply" in progress ? progress.reply!.toString() : "";
    expect(response).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [A-Z][A-Za-z ]+\r\n`));
    const [head, body] = response.split("\r\n\r\n") as [string, string];
    expect(head).toContain(`\r\nContent-Length: ${body.length}`);
    expect(head).toMatch(/\r\nConnection: (Upgrade, )?close(\r\n|$)/);
    expect(head.includes("\r\nAllow: GET")).toBe(status === 405);
    expect(head.includes("\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13")).toBe(status === 426);
  });

  it("for lines that end in bare LFs", () => {
    expect(push(Buffer.from(`${request.join("\n")}\r\n\r\n`))).toMatchObject({ refusal: { status: 400 } });
  });

  it("for octets without end, as soon as they are too many", () => {
    expect(push(Buffer.alloc(maxOpeningHead - 1, "x")).state).toBe("more");
    expect(push(Buffer.alloc(maxOpeningHead, "x"), true)).toMatchObject({
      state: "refused",
      refusal: { status: 431 },
    });
  });
});
