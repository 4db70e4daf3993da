import { describe, expect, it } from "vitest";

import { acceptKey, parseHead } from "../../../wire/handshake.ts";
import { responseOpinion } from "../../../mutation/response-opinion.ts";

const key = "dGhlIHNhbXBsZSBub25jZQ==";

const head = (...lines: string[]) => parseHead(`${lines.join("\r\n")}\r\n\r\n`);

const request = (...more: string[]) =>
  head(
    "GET / HTTP/1.1",
    "Host: x",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${key}`,
    "Sec-WebSocket-Version: 13",
    ...more,
  );

/** The opinion of a response with some of its lines as given; an empty one is left out. */
function opinion(changes: Partial<Record<string, string>>, asked = request(), more: readonly string[] = []) {
  const lines = {
    status: "HTTP/1.1 101 Switching Protocols",
    upgrade: "Upgrade: websocket",
    connection: "Connection: Upgrade",
    accept: `Sec-WebSocket-Accept: ${acceptKey(key)}`,
    ...changes,
  };
  const { verdict } = responseOpinion(
    head(...Object.values(lines).filter((line) => line !== ""), ...more),
    asked,
  );
  return verdict;
}

const deflate = request("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, other");
const extension = (value: string) => [`Sec-WebSocket-Extensions: ${value}`];

describe("a response", () => {
  it.each([
    ["as it should be", {}, "open"],
    ["without words behind the status", { status: "HTTP/1.1 101 " }, "open"],
    ["that ends behind the status", { status: "HTTP/1.1 101" }, "either"],
    ["of HTTP/1.0", { status: "HTTP/1.0 101 Switching Protocols" }, "either"],
    ["of another status", { status: "HTTP/1.1 200 OK" }, "refuse"],
    ["with more than one token in Connection", { connection: "connection: keep-alive, UPGRADE" }, "open"],
    ["without Connection", { connection: "" }, "refuse"],
    ["with another Connection", { connection: "Connection: close" }, "refuse"],
    ["with Upgrade in capitals", { upgrade: "Upgrade: WEBSOCKET" }, "open"],
    ["without Upgrade", { upgrade: "" }, "refuse"],
    ["with two protocols in Upgrade", { upgrade: "Upgrade: websocket, h2c" }, "either"],
    ["without Sec-WebSocket-Accept", { accept: "" }, "refuse"],
    ["that accepts another key", { accept: `Sec-WebSocket-Accept: ${acceptKey("other")}` }, "refuse"],
    ["with a folded field", { more: "X: a\r\n b" }, "either"],
    ["with a body's length", { more: "Content-Length: 0" }, "either"],
    ["with a subprotocol that nobody asked for", { more: "Sec-WebSocket-Protocol: chat" }, "refuse"],
  ])("%s", (_, changes, expected) => {
    expect(opinion(changes)).toBe(expected);
  });

  it.each([
    ["permessage-deflate", "open"],
    ["permessage-deflate; server_max_window_bits=10; server_no_context_takeover", "open"],
    ["permessage-deflate; client_max_window_bits=10", "open"],
    ["permessage-deflate; client_max_window_bits", "refuse"],
    ["permessage-deflate; server_max_window_bits=16", "refuse"],
    ["permessage-deflate; unknown", "refuse"],
    ["foo", "refuse"],
    ["permessage-deflate, permessage-deflate", "either"],
  ])("to an offer of compression with %s", (value, expected) => {
    expect(opinion({}, deflate, extension(value))).toBe(expected);
  });

  it("with compression that nobody asked for", () => {
    expect(opinion({}, request(), extension("permessage-deflate"))).toBe("refuse");
    const bare = request("Sec-WebSocket-Extensions: permessage-deflate");
    expect(opinion({}, bare, extension("permessage-deflate; client_max_window_bits=10"))).toBe("either");
  });
});
