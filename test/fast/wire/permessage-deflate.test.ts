import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseExtensions } from "../../../wire/extensions.ts";
import {
  deflateSettings,
  formatDeflate,
  readDeflateOffer,
  readDeflateResponse,
} from "../../../wire/permessage-deflate.ts";

const plain = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: null,
  clientMaxWindowBits: null,
} as const;

const offer = (params: string) => readDeflateOffer(parseExtensions(`permessage-deflate${params}`)[0]!);
const response = (params: string) => readDeflateResponse(parseExtensions(`permessage-deflate${params}`)[0]!);

const good: [string, object][] = [
  ["", {}],
  ["; server_no_context_takeover", { serverNoContextTakeover: true }],
  ["; client_no_context_takeover", { clientNoContextTakeover: true }],
  ["; server_max_window_bits=8", { serverMaxWindowBits: 8 }],
  ["; server_max_window_bits=15", { serverMaxWindowBits: 15 }],
  ["; client_max_window_bits=10", { clientMaxWindowBits: 10 }],
  ['; CLIENT_MAX_WINDOW_BITS="9"', { clientMaxWindowBits: 9 }],
  [
    "; client_max_window_bits=12; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=11",
    {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      serverMaxWindowBits: 11,
      clientMaxWindowBits: 12,
    },
  ],
];

/** Parameters, and what is wrong with them, in offers and in responses (RFC 7692 section 7.1). */
const bad: [string, string][] = [
  ["; bogus", 'permessage-deflate knows no parameter "bogus"'],
  ["; server_no_context_takeover=1", 'server_no_context_takeover has a value, "1"'],
  ["; client_no_context_takeover=", 'client_no_context_takeover has a value, ""'],
  ["; server_max_window_bits", "server_max_window_bits has no value"],
  ["; server_max_window_bits=7", 'server_max_window_bits is "7", not a number from 8 to 15'],
  ["; server_max_window_bits=16", 'server_max_window_bits is "16", not a number from 8 to 15'],
  ["; client_max_window_bits=7", 'client_max_window_bits is "7", not a number from 8 to 15'],
  ["; client_max_window_bits=16", 'client_max_window_bits is "16", not a number from 8 to 15'],
  ["; client_max_window_bits=09", 'client_max_window_bits is "09", not a number from 8 to 15'],
  ["; client_max_window_bits=1e1", 'client_max_window_bits is "1e1", not a number from 8 to 15'],
  ["; client_max_window_bits=+9", 'client_max_window_bits is "+9", not a number from 8 to 15'],
  ["; client_max_window_bits=", 'client_max_window_bits is "", not a number from 8 to 15'],
  ["; server_no_context_takeover; server_no_context_takeover", "server_no_context_takeover is there twice"],
  ["; client_max_window_bits=9; client_max_window_bits=9", "client_max_window_bits is there twice"],
];

describe("the parameters of permessage-deflate", () => {
  it.each(good)("are read in offers and in responses: %j", (params, wanted) => {
    expect(offer(params)).toEqual({ params: { ...plain, ...wanted } });
    expect(response(params)).toEqual({ params: { ...plain, ...wanted } });
  });

  it.each(bad)("are refused in words: %j", (params, error) => {
    expect(offer(params)).toEqual({ error });
    expect(response(params)).toEqual({ error });
  });

  it("may be a bare client_max_window_bits in offers only (section 7.1.2.2)", () => {
    expect(offer("; client_max_window_bits")).toEqual({ params: { ...plain, clientMaxWindowBits: true } });
    expect(response("; client_max_window_bits")).toEqual({ error: "client_max_window_bits has no value" });
  });

  it("are written with the server's first", () => {
    const all = {
      clientMaxWindowBits: 9,
      clientNoContextTakeover: true,
      serverMaxWindowBits: 10,
      serverNoContextTakeover: true,
    };
    expect(formatDeflate(all)).toBe(
      "permessage-deflate; server_no_context_takeover; server_max_window_bits=10; client_no_context_takeover; client_max_window_bits=9",
    );
    expect(formatDeflate({ ...plain, clientMaxWindowBits: true })).toBe(
      "permessage-deflate; client_max_window_bits",
    );
    expect(formatDeflate(plain)).toBe("permessage-deflate");
  });

  it("are read as they were written", () => {
    const bits = fc.option(fc.integer({ min: 8, max: 15 }));
    const anyParams = fc.record({
      serverNoContextTakeover: fc.boolean(),
      clientNoContextTakeover: fc.boolean(),
      serverMaxWindowBits: bits,
      clientMaxWindowBits: bits,
    });
    fc.assert(
      fc.property(anyParams, (params) => {
        const [extension] = parseExtensions(formatDeflate(params));
        expect(readDeflateResponse(extension!)).toEqual({ params });
        expect(readDeflateOffer(extension!)).toEqual({ params });
      }),
    );
  });

  it("say how each side compresses", () => {
    const agreed = {
      serverNoContextTakeover: true,
      clientNoContextTakeover: false,
      serverMaxWindowBits: 9,
      clientMaxWindowBits: 10,
    };
    expect(deflateSettings(agreed, "server")).toEqual({ windowBits: 9, contextTakeover: false });
    expect(deflateSettings(agreed, "client")).toEqual({ windowBits: 10, contextTakeover: true });
    for (const sender of ["server", "client"] as const)
      expect(deflateSettings(plain, sender)).toEqual({ windowBits: 15, contextTakeover: true });
    expect(deflateSettings({ ...plain, clientNoContextTakeover: true }, "client")).toEqual({
      windowBits: 15,
      contextTakeover: false,
    });
  });
});
