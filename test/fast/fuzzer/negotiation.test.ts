import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";
import { z } from "zod";

import type { DeflateAcceptance } from "../../../fuzzer/case.ts";
import { answerOffers, readAnswer } from "../../../fuzzer/negotiation.ts";
import { chapter12 } from "../../../fuzzer/suite/chapter-12.ts";
import { chapter13 } from "../../../fuzzer/suite/chapter-13.ts";
import { parseExtensions } from "../../../wire/extensions.ts";
import { readDeflateResponse } from "../../../wire/permessage-deflate.ts";

const groups = [chapter12, chapter13].flatMap((chapter) => chapter.groups);
const compressionOf = (id: string) => groups.find((group) => group.id === id)!.cases[0]!.compression!;
const acceptsOf = (id: string): readonly DeflateAcceptance[] => compressionOf(id).accepts;

const plain = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: null,
  clientMaxWindowBits: null,
};

const { rows } = z
  .object({
    deflateNegotiationServerRole: z.object({
      rows: z.array(z.tuple([z.string(), z.string(), z.string().nullable()])),
    }),
  })
  .parse(
    JSON.parse(readFileSync(new URL("../../facts/vectors.json", import.meta.url), "utf8")),
  ).deflateNegotiationServerRole;

describe("answering offers", () => {
  it("has the facts of eight rule sets", () => {
    expect(rows).toHaveLength(96);
    expect(new Set(rows.map(([cases]) => cases)).size).toBe(8);
  });

  it.each(rows)("%s: %j -> %j", (cases, offer, wanted) => {
    const { response, params, refused } = answerOffers(acceptsOf(cases.replace(/\.x$/, "")), offer);
    expect(refused === undefined ? response : "HTTP 400").toBe(wanted);
    const meaning = response === null ? null : readDeflateResponse(parseExtensions(response)[0]!);
    expect(meaning).toEqual(params === null ? null : { params });
  });

  it("is the same for all groups of chapter 12", () => {
    for (const { id } of chapter12.groups) expect(acceptsOf(id)).toEqual(acceptsOf("12.1"));
  });

  it("needs a field", () => {
    expect(answerOffers(acceptsOf("12.1"), null)).toEqual({ response: null, params: null });
  });

  it("skips other extensions, well-formed or not", () => {
    const header =
      "x-other; a=1; a=2, permessage-bzip2; b, permessage-deflate; server_max_window_bits=12, foo";
    expect(answerOffers(acceptsOf("12.1"), header).response).toBe(
      "permessage-deflate; server_max_window_bits=12",
    );
    expect(answerOffers(acceptsOf("12.1"), "x-other").response).toBeNull();
  });

  it("refuses a bad offer behind a good one, and where nothing is accepted", () => {
    const header = "permessage-deflate, permessage-deflate; server_max_window_bits=99";
    for (const accepts of [acceptsOf("12.1"), acceptsOf("13.3"), []]) {
      expect(answerOffers(accepts, header)).toEqual({
        response: null,
        params: null,
        refused: 'server_max_window_bits is "99", not a number from 8 to 15',
      });
    }
    expect(answerOffers([], "permessage-deflate; client_max_window_bits")).toEqual({
      response: null,
      params: null,
    });
  });

  it("tries a preference on all offers before the next preference", () => {
    const header =
      "permessage-deflate; server_no_context_takeover, permessage-deflate; client_max_window_bits";
    expect(answerOffers(acceptsOf("13.7"), header).response).toBe(
      "permessage-deflate; client_no_context_takeover; client_max_window_bits=9",
    );
    expect(answerOffers(acceptsOf("13.7"), header).params).toEqual({
      ...plain,
      clientNoContextTakeover: true,
      clientMaxWindowBits: 9,
    });
  });
});

describe("reading an answer", () => {
  const { offers } = compressionOf("13.5");

  it.each([null, "", " , "])("finds no extension in %j", (header) => {
    expect(readAnswer(offers, header)).toEqual({ params: null });
    expect(readAnswer([], header)).toEqual({ params: null });
  });

  it.each<[string, object]>([
    ["permessage-deflate", {}],
    ["Permessage-Deflate; Server_Max_Window_Bits=9", { serverMaxWindowBits: 9 }],
    ["permessage-deflate; server_max_window_bits=15", { serverMaxWindowBits: 15 }],
    [
      "permessage-deflate; client_max_window_bits=8; client_no_context_takeover; server_no_context_takeover",
      { clientMaxWindowBits: 8, clientNoContextTakeover: true, serverNoContextTakeover: true },
    ],
  ])("takes what is well-formed, granted or not: %j", (header, params) => {
    expect(readAnswer(offers, header)).toEqual({ params: { ...plain, ...params } });
  });

  it.each([
    [
      "permessage-deflate; client_max_window_bits",
      "the response is malformed: client_max_window_bits has no value",
    ],
    [
      "permessage-deflate; server_max_window_bits=16",
      'the response is malformed: server_max_window_bits is "16", not a number from 8 to 15',
    ],
    ["permessage-deflate; x", 'the response is malformed: permessage-deflate knows no parameter "x"'],
    ["permessage-bzip2", 'extension "permessage-bzip2" was not offered'],
    ["foo, permessage-deflate", 'extension "foo" was not offered'],
    ["permessage-deflate, permessage-deflate", "more than one extension is used, and only one was offered"],
    ["permessage-deflate, foo", "more than one extension is used, and only one was offered"],
  ])("refuses in words: %j", (header, error) => {
    expect(readAnswer(offers, header)).toEqual({ error });
  });

  it("takes nothing where nothing was offered", () => {
    expect(readAnswer([], "permessage-deflate")).toEqual({
      error: 'extension "permessage-deflate" was not offered',
    });
  });
});
