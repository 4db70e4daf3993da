import { describe, expect, it } from "vitest";

import { ClientOpening, type ClientOpeningSettings } from "../../../reference-impl/handshake-client.ts";
import { ServerOpening, type ServerOpeningSettings } from "../../../reference-impl/handshake-server.ts";
import {
  type DeflateLimits,
  deflateLimits,
  type DeflateOffer,
  deflateOffer,
} from "../../../reference-impl/negotiation.ts";
import type { OpeningProgress } from "../../../reference-impl/opening.ts";
import { acceptKey } from "../../../wire/handshake.ts";
import type { AgreedDeflate } from "../../../wire/permessage-deflate.ts";

const to = { host: "server.example.com", port: 80, resource: "/chat", secure: false };
const nonce = Buffer.from("the sample nonce");

const nothing: AgreedDeflate = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: null,
  clientMaxWindowBits: null,
};

const lines = (...each: readonly string[]) => Buffer.from(`${each.join("\r\n")}\r\n\r\n`, "latin1");

/** What a server makes of a request with such fields. */
function ask(fields: readonly string[], settings: ServerOpeningSettings = { deflate: deflateLimits() }) {
  const request = [
    "GET /chat HTTP/1.1",
    "Host: server.example.com",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${nonce.toString("base64")}`,
    "Sec-WebSocket-Version: 13",
  ];
  const named = fields.map((value) => `Sec-WebSocket-Extensions: ${value}`);
  return new ServerOpening(settings).push(lines(...request, ...named));
}

/** What a client makes of a response with such fields. */
function answer(fields: readonly string[], settings: ClientOpeningSettings = { deflate: deflateOffer() }) {
  const response = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${acceptKey(nonce.toString("base64"))}`,
  ];
  const named = fields.map((value) => `Sec-WebSocket-Extensions: ${value}`);
  return new ClientOpening(to, { nonce, ...settings }).push(lines(...response, ...named));
}

/** The value of Sec-WebSocket-Extensions in what a side says, or null. */
function extensionsOf(octets: Buffer | null): string | null {
  return /^Sec-WebSocket-Extensions: (.*)\r$/m.exec(octets?.toString("latin1") ?? "")?.[1] ?? null;
}

const replyOf = (progress: OpeningProgress) => ("reply" in progress ? extensionsOf(progress.reply) : "none");
const textOf = (progress: OpeningProgress) => ("refusal" in progress ? progress.refusal.text : "no refusal");

describe("a server answers", () => {
  it.each<readonly [string, string, Partial<AgreedDeflate>]>([
    ["permessage-deflate", "permessage-deflate", {}],
    ["permessage-deflate; client_max_window_bits", "permessage-deflate", {}],
    ["permessage-deflate; client_max_window_bits=10", "permessage-deflate", {}],
    ["permessage-deflate; client_no_context_takeover", "permessage-deflate", {}],
    [
      "permessage-deflate; server_no_context_takeover",
      "permessage-deflate; server_no_context_takeover",
      { serverNoContextTakeover: true },
    ],
    ...["8", "9", "10", "11", "12", "13", "14", "15"].map(
      (bits) =>
        [
          `permessage-deflate; server_max_window_bits=${bits}`,
          `permessage-deflate; server_max_window_bits=${bits}`,
          { serverMaxWindowBits: Number(bits) },
        ] as const,
    ),
    [
      'Permessage-Deflate ; SERVER_max_window_bits = "1\\2" ;server_no_context_takeover',
      "permessage-deflate; server_no_context_takeover; server_max_window_bits=12",
      { serverNoContextTakeover: true, serverMaxWindowBits: 12 },
    ],
    ["x-other; a=b, permessage-deflate", "permessage-deflate", {}],
    [", permessage-deflate ,", "permessage-deflate", {}],
  ])("%s with %s", (offer, response, agreed) => {
    const progress = ask([offer]);
    expect(progress).toMatchObject({ state: "open", deflate: { ...nothing, ...agreed } });
    expect(replyOf(progress)).toBe(response);
  });

  it.each<readonly [string, Partial<DeflateLimits>, string]>([
    [
      "permessage-deflate",
      { serverNoContextTakeover: true },
      "permessage-deflate; server_no_context_takeover",
    ],
    [
      "permessage-deflate",
      { clientNoContextTakeover: true },
      "permessage-deflate; client_no_context_takeover",
    ],
    ["permessage-deflate", { serverMaxWindowBits: 9 }, "permessage-deflate; server_max_window_bits=9"],
    [
      "permessage-deflate; server_max_window_bits=8",
      { serverMaxWindowBits: 9 },
      "permessage-deflate; server_max_window_bits=8",
    ],
    [
      "permessage-deflate; server_max_window_bits=12",
      { serverMaxWindowBits: 9 },
      "permessage-deflate; server_max_window_bits=9",
    ],
    [
      "permessage-deflate; client_max_window_bits",
      { clientMaxWindowBits: 9 },
      "permessage-deflate; client_max_window_bits=9",
    ],
    [
      "permessage-deflate; client_max_window_bits=8",
      { clientMaxWindowBits: 9 },
      "permessage-deflate; client_max_window_bits=8",
    ],
    [
      "permessage-deflate; client_max_window_bits=15",
      { clientMaxWindowBits: 9 },
      "permessage-deflate; client_max_window_bits=9",
    ],
    [
      "permessage-deflate, permessage-deflate; client_max_window_bits; server_no_context_takeover",
      { clientMaxWindowBits: 9 },
      "permessage-deflate; server_no_context_takeover; client_max_window_bits=9",
    ],
  ])("%s under its limits %o with %s", (offer, limits, response) => {
    const progress = ask([offer], { deflate: deflateLimits(limits) });
    expect(replyOf(progress)).toBe(response);
    expect(answer([response], { deflate: deflateOffer() }).state).toBe("open");
  });

  it("the first offer that is acceptable", () => {
    const progress = ask([
      "permessage-deflate; server_max_window_bits=16, x, permessage-deflate; server_max_window_bits=14",
      "permessage-deflate; server_max_window_bits=13",
    ]);
    expect(replyOf(progress)).toBe("permessage-deflate; server_max_window_bits=14");
  });

  it.each([
    "permessage-deflate; unknown",
    "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
    "permessage-deflate; server_no_context_takeover=1",
    "permessage-deflate; client_no_context_takeover=true",
    "permessage-deflate; server_max_window_bits",
    "permessage-deflate; server_max_window_bits=7",
    "permessage-deflate; server_max_window_bits=16",
    "permessage-deflate; server_max_window_bits=08",
    "permessage-deflate; server_max_window_bits=1e1",
    "permessage-deflate; client_max_window_bits=7",
    "permessage-deflate; client_max_window_bits=+9",
    "permessage-deflate; client_max_window_bits; client_max_window_bits=9",
    "x-permessage-deflate",
    "permessage-bzip2",
  ])("%s with nothing, and opens the connection all the same", (offer) => {
    const progress = ask([offer]);
    expect(progress).toMatchObject({ state: "open", deflate: null });
    expect(replyOf(progress)).toBeNull();
    expect(replyOf(ask([offer, "permessage-deflate"]))).toBe("permessage-deflate");
  });

  it("with nothing when it cannot limit the client's window as it wants", () => {
    const progress = ask(["permessage-deflate"], { deflate: deflateLimits({ clientMaxWindowBits: 10 }) });
    expect(progress).toMatchObject({ state: "open", deflate: null });
  });

  it("with nothing when it is to do without, or is not asked", () => {
    expect(replyOf(ask(["permessage-deflate"], { deflate: null }))).toBeNull();
    expect(replyOf(ask(["permessage-deflate"], {}))).toBeNull();
    expect(ask([])).toMatchObject({ state: "open", deflate: null });
  });
});

const malformed = [
  "",
  " , ,",
  "permessage-deflate;",
  "permessage-deflate; ; server_no_context_takeover",
  "permessage-deflate;, x",
  "permessage deflate",
  "permessage-deflate; server_max_window_bits=",
  'permessage-deflate; server_max_window_bits=""',
  'permessage-deflate; server_max_window_bits="10',
  'permessage-deflate; server_max_window_bits="1 0"',
  "permessage-deflate; server_max_window_bits=1 0",
  "permessage-deflate; =10",
  "x; a=(b)",
];

describe("what does not follow the grammar of RFC 6455 section 9.1", () => {
  it.each(malformed)("is refused by a server: %j", (header) => {
    for (const deflate of [deflateLimits(), null])
      expect(ask([header], { deflate })).toMatchObject({ state: "refused", refusal: { status: 400 } });
  });

  it.each(malformed)("is refused by a client: %j", (header) => {
    for (const deflate of [deflateOffer(), null])
      expect(answer([header], { deflate })).toMatchObject({ state: "refused", refusal: { status: 101 } });
  });
});

describe("a client asks", () => {
  const asked = (offer: Partial<DeflateOffer> | null) =>
    extensionsOf(new ClientOpening(to, { deflate: offer && deflateOffer(offer) }).begin());

  it("by default for what leaves all to the server", () => {
    expect(asked({})).toBe("permessage-deflate; client_max_window_bits");
  });

  it.each<readonly [Partial<DeflateOffer>, string]>([
    [{ clientMaxWindowBits: null }, "permessage-deflate"],
    [{ clientMaxWindowBits: 9 }, "permessage-deflate; client_max_window_bits=9"],
    [
      { serverNoContextTakeover: true, clientNoContextTakeover: true, serverMaxWindowBits: 10 },
      "permessage-deflate; server_no_context_takeover; server_max_window_bits=10; client_no_context_takeover; client_max_window_bits",
    ],
  ])("with %o for %s", (offer, header) => {
    expect(asked(offer)).toBe(header);
  });

  it("for nothing when it is to do without", () => {
    expect(asked(null)).toBeNull();
    expect(extensionsOf(new ClientOpening(to).begin())).toBeNull();
  });
});

describe("a client agrees", () => {
  it.each<readonly [Partial<DeflateOffer>, string, Partial<AgreedDeflate>]>([
    [{}, "permessage-deflate", {}],
    [
      {},
      "PERMESSAGE-deflate; server_no_context_takeover; client_no_context_takeover",
      { serverNoContextTakeover: true, clientNoContextTakeover: true },
    ],
    [{}, "permessage-deflate; server_max_window_bits=8", { serverMaxWindowBits: 8 }],
    [{}, 'permessage-deflate; client_max_window_bits="15"', { clientMaxWindowBits: 15 }],
    [{}, "permessage-deflate; client_max_window_bits=8", { clientMaxWindowBits: 8 }],
    [
      { serverMaxWindowBits: 12 },
      "permessage-deflate; server_max_window_bits=12",
      { serverMaxWindowBits: 12 },
    ],
    [{ serverMaxWindowBits: 12 }, "permessage-deflate; server_max_window_bits=9", { serverMaxWindowBits: 9 }],
    [{ clientMaxWindowBits: 12 }, "permessage-deflate; client_max_window_bits=9", { clientMaxWindowBits: 9 }],
    [
      { serverNoContextTakeover: true },
      "permessage-deflate; server_no_context_takeover",
      { serverNoContextTakeover: true },
    ],
  ])("having asked for %o, to %s", (offer, response, agreed) => {
    const progress = answer([response], { deflate: deflateOffer(offer) });
    expect(progress).toMatchObject({ state: "open", deflate: { ...nothing, ...agreed } });
  });

  it("to do without when the server says nothing", () => {
    expect(answer([])).toMatchObject({ state: "open", deflate: null });
  });

  it("to what it is ready to do itself, even if the server does not ask for it", () => {
    const offer = deflateOffer({ clientNoContextTakeover: true, clientMaxWindowBits: 11 });
    expect(answer(["permessage-deflate"], { deflate: offer })).toMatchObject({
      deflate: { clientNoContextTakeover: true, clientMaxWindowBits: 11 },
    });
  });
});

describe("a client refuses", () => {
  it.each<readonly [string, Partial<DeflateOffer>, readonly string[], RegExp]>([
    ["another extension", {}, ["x-other"], /not asked for/],
    ["one more extension", {}, ["permessage-deflate, x-other"], /not asked for/],
    ["permessage-deflate twice", {}, ["permessage-deflate, permessage-deflate"], /more than once/],
    ["two fields", {}, ["permessage-deflate", "permessage-deflate"], /occurs 2/],
    ["an unknown parameter", {}, ["permessage-deflate; x"], /no parameter "x"/],
    [
      "a parameter twice",
      {},
      ["permessage-deflate; server_no_context_takeover; server_no_context_takeover"],
      /twice/,
    ],
    ["a value too many", {}, ["permessage-deflate; server_no_context_takeover=1"], /has a value/],
    [
      "client_max_window_bits without a value",
      {},
      ["permessage-deflate; client_max_window_bits"],
      /no value/,
    ],
    [
      "server_max_window_bits without a value",
      {},
      ["permessage-deflate; server_max_window_bits"],
      /no value/,
    ],
    ["16 bits", {}, ["permessage-deflate; server_max_window_bits=16"], /8 to 15/],
    ["7 bits", {}, ["permessage-deflate; client_max_window_bits=7"], /8 to 15/],
    [
      "client_max_window_bits that was not offered",
      { clientMaxWindowBits: null },
      ["permessage-deflate; client_max_window_bits=10"],
      /not offered/,
    ],
    [
      "a larger window of its own than it offered",
      { clientMaxWindowBits: 10 },
      ["permessage-deflate; client_max_window_bits=11"],
      /more than the 10/,
    ],
    [
      "a larger window of the server than it demanded",
      { serverMaxWindowBits: 10 },
      ["permessage-deflate; server_max_window_bits=11"],
      /of 10 was demanded/,
    ],
    [
      "no word on the window that it demanded",
      { serverMaxWindowBits: 10 },
      ["permessage-deflate"],
      /demanded/,
    ],
    [
      "context takeover where it demanded none",
      { serverNoContextTakeover: true },
      ["permessage-deflate"],
      /demanded/,
    ],
  ])("%s", (_name, offer, fields, text) => {
    const progress = answer(fields, { deflate: deflateOffer(offer) });
    expect(progress).toMatchObject({ state: "refused", reply: null, refusal: { status: 101 } });
    expect(textOf(progress)).toMatch(text);
  });

  it("permessage-deflate when it did not offer it", () => {
    expect(textOf(answer(["permessage-deflate"], { deflate: null }))).toMatch(/not asked for/);
  });

  it("repeating little of what the server said", () => {
    expect(textOf(answer([`permessage-deflate; ${"x".repeat(10_000)}`])).length).toBeLessThan(300);
  });
});

it.each([7, 16, 9.5, Number.NaN, 0])("windows of %d bits are no settings", (bits) => {
  expect(() => deflateOffer({ serverMaxWindowBits: bits })).toThrow(RangeError);
  expect(() => deflateOffer({ clientMaxWindowBits: bits })).toThrow(RangeError);
  expect(() => deflateLimits({ serverMaxWindowBits: bits })).toThrow(RangeError);
  expect(() => deflateLimits({ clientMaxWindowBits: bits })).toThrow(RangeError);
});

describe("products", () => {
  it("are named in both heads", () => {
    const request = new ClientOpening(to, { product: "some/1.0 (thing)" }).begin().toString();
    expect(request).toContain("\r\nUser-Agent: some/1.0 (thing)\r\n");
    const progress = ask([], { product: "other/2" });
    expect("reply" in progress && progress.reply?.toString()).toContain("\r\nServer: other/2\r\n");
  });

  it.each(["", " x", "x ", "a\r\nHost: b", "caf\u00e9", "\u0000"])("cannot be %j", (product) => {
    expect(() => new ClientOpening(to, { product })).toThrow(TypeError);
    expect(() => new ServerOpening({ product })).toThrow(TypeError);
  });
});
