import { describe, expect, it } from "vitest";

import {
  acceptance,
  connectFields,
  streamResponse,
  upgradeRequest,
} from "../../../../orchestrator/place/http2/heads.ts";
import { parseHead } from "../../../../wire/handshake.ts";

const key = "dGhlIHNhbXBsZSBub25jZQ==";

const upgrade = parseHead(
  [
    "GET /chat?a=b HTTP/1.1",
    "Host: elsewhere.example",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${key}`,
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Protocol: one",
    "Sec-WebSocket-Protocol: two",
    "Origin: http://a.example",
    "",
    "",
  ].join("\r\n"),
);

describe("a request of HTTP/1.1", () => {
  it("is an extended CONNECT, with the fields that mean something there", () => {
    expect(connectFields(upgrade, { scheme: "https", authority: "[::1]:9" })).toEqual({
      ":method": "CONNECT",
      ":protocol": "websocket",
      ":scheme": "https",
      ":path": "/chat?a=b",
      ":authority": "[::1]:9",
      "sec-websocket-version": "13",
      "sec-websocket-protocol": "one, two",
      origin: "http://a.example",
    });
  });

  it("is answered by what a stream's response says", () => {
    const fields = { ":status": "200", "sec-websocket-protocol": "two", server: "x" };
    expect(acceptance(upgrade, fields).split("\r\n")).toEqual([
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
      "Sec-Websocket-Protocol: two",
      "",
      "",
    ]);
  });
});

describe("an extended CONNECT", () => {
  const pseudo = {
    ":method": "CONNECT",
    ":protocol": "websocket",
    ":scheme": "https",
    ":authority": "a.example:1",
    ":path": "/chat",
  };
  const linesOf = (fields: Readonly<Record<string, string | readonly string[]>>) =>
    upgradeRequest(fields, key).split("\r\n");

  it("is a request of HTTP/1.1, in which what HTTP/2 has no words for is made up", () => {
    expect(linesOf({ ...pseudo, "user-agent": "x", cookie: ["a=b", "c=d"] })).toEqual([
      "GET /chat HTTP/1.1",
      "Host: a.example:1",
      "Connection: Upgrade",
      "Upgrade: websocket",
      `Sec-WebSocket-Key: ${key}`,
      "Sec-WebSocket-Version: 13",
      "User-Agent: x",
      "Cookie: a=b",
      "Cookie: c=d",
      "H2-method: CONNECT",
      "H2-protocol: websocket",
      "H2-scheme: https",
      "H2-authority: a.example:1",
      "H2-path: /chat",
      "",
      "",
    ]);
  });

  it("shows what the client said where the gateway speaks itself", () => {
    const lines = linesOf({
      ...pseudo,
      "sec-websocket-version": "8",
      "sec-websocket-key": "none",
      upgrade: "h2c",
      host: "b.example",
    });
    expect(lines.filter((line) => /^Sec-WebSocket-Key/i.test(line))).toEqual([`Sec-WebSocket-Key: ${key}`]);
    expect(lines.filter((line) => /^(Upgrade|Host):/.test(line))).toEqual([
      "Host: a.example:1",
      "Upgrade: websocket",
    ]);
    expect(lines).toEqual(
      expect.arrayContaining([
        "Sec-Websocket-Version: 8",
        "H2-Sec-Websocket-Version: 8",
        "H2-Sec-Websocket-Key: none",
        "H2-Upgrade: h2c",
        "H2-Host: b.example",
      ]),
    );
  });
});

describe("a response of HTTP/1.1", () => {
  const responseOf = (...lines: string[]) => streamResponse(parseHead(`${lines.join("\r\n")}\r\n\r\n`));

  it("is that of a stream, without the fields of a connection", () => {
    expect(
      responseOf(
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Accept: x",
        "Sec-WebSocket-Protocol: two",
        "Set-Cookie: a=b",
        "Set-Cookie: c=d",
        "H2-Sec-WebSocket-Accept: shown",
      ),
    ).toEqual({
      ":status": "200",
      "sec-websocket-protocol": "two",
      "set-cookie": ["a=b", "c=d"],
      "sec-websocket-accept": "shown",
    });
  });

  it("keeps every other status, and is none without one", () => {
    expect(responseOf("HTTP/1.1 404 Not Found")).toEqual({ ":status": "404" });
    expect(responseOf("HTTP/1.1 103 Early Hints", "Link: </a>")).toEqual({ ":status": "103", link: "</a>" });
    expect(responseOf("HTTP/1.1 abc")).toBeNull();
  });
});
