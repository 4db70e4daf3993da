import { describe, expect, it } from "vitest";

import { openingOpinion } from "../../../mutation/opening-opinion.ts";

const plain = [
  "GET / HTTP/1.1",
  "Host: a",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
];

const opinionOf = (lines: readonly string[]) =>
  openingOpinion(Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"));
const changed = (at: number, ...lines: string[]) => opinionOf(plain.toSpliced(at, 1, ...lines));

describe("a request must be taken", () => {
  it.each([
    ["as it is", plain],
    ["in another order", [plain[0]!, ...plain.slice(1).toReversed()]],
    [
      "with an offer that is to be declined",
      [...plain, "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=16"],
    ],
    ["with fields of no interest", [...plain, "X-A:", "Cookie: b=c"]],
  ])("%s", (_, lines) => {
    expect(opinionOf(lines)).toEqual({ verdict: "open" });
  });
});

describe("a request must be refused", () => {
  it.each([
    [changed(0, "POST / HTTP/1.1"), "RFC 6455, 4.2.1"],
    [changed(0, "GET / HTTP/1.0"), "RFC 6455, 4.2.1"],
    [changed(1), "RFC 9112, 3.2"],
    [changed(1, "Host: a", "Host: b"), "RFC 9112, 3.2"],
    [changed(2, "Upgrade: h2c"), "RFC 6455, 4.2.1"],
    [changed(3, "Connection: close"), "RFC 6455, 4.2.1"],
    [changed(4), "RFC 6455, 4.2.1"],
    [changed(4, "Sec-WebSocket-Key: AAAA"), "RFC 6455, 4.2.1"],
    [changed(5), "RFC 6455, 4.2.2"],
    [changed(5, "Sec-WebSocket-Version: 99"), "RFC 6455, 4.2.2"],
    [changed(5, "Sec-WebSocket-Version: 13", "X-A : b"), "RFC 9112, 5.1"],
    [opinionOf([...plain, "Sec-WebSocket-Extensions: a b"]), "RFC 6455, 9.1"],
  ])("%o", (opinion, rule) => {
    expect(opinion).toMatchObject({ verdict: "refuse", rule });
  });
});

describe("a request may be taken or refused", () => {
  it.each([
    ["the number of a draft", changed(5, "Sec-WebSocket-Version: 8")],
    ["a key that occurs twice", changed(4, plain[4]!, plain[4]!)],
    ["a folded value", opinionOf([...plain, "X-A: b\r\n c"])],
    ["a bare LF", opinionOf([...plain.slice(0, 5), `${plain[5]!}\nX-A: b`])],
    ["the length of no body", opinionOf([...plain, "Content-Length: 0"])],
    ["a body", opinionOf([...plain, "Content-Length: 3"])],
    ["octets that are not ASCII", opinionOf([...plain, "X-A: \u00e4"])],
    ["a version of HTTP that does not look so", changed(0, "GET / HTTP/2.0")],
  ])("%s", (_, opinion) => {
    expect(opinion.verdict).toBe("either");
  });
});
