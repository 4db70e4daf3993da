import { describe, expect, it } from "vitest";

import { encodeFields, encodeInteger, HpackDecoder } from "../../../../wire/http2/hpack.ts";
import { staticTable } from "../../../../wire/http2/static-table.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ""), "hex");
const get = (authority: string, ...more: readonly (readonly [string, string])[]) => [
  [":method", "GET"],
  [":scheme", "http"],
  [":path", "/"],
  [":authority", authority],
  ...more,
];
const moved = (status: string, second: number) => [
  [":status", status],
  ["cache-control", "private"],
  ["date", `Mon, 21 Oct 2013 20:13:${second} GMT`],
  ["location", "https://www.example.com"],
];
const custom = [
  [":method", "GET"],
  [":scheme", "https"],
  [":path", "/index.html"],
  [":authority", "www.example.com"],
  ["custom-key", "custom-value"],
];
const cookie = "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";

/** RFC 7541 appendix C: blocks of one connection, the fields in them, and octets of the table behind each. */
const examples = {
  "C.3 requests": [
    ["828684410f7777772e6578616d706c652e636f6d", get("www.example.com"), 57],
    ["828684be58086e6f2d6361636865", get("www.example.com", ["cache-control", "no-cache"]), 110],
    ["828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565", custom, 164],
  ],
  "C.4 coded requests": [
    ["828684418cf1e3c2e5f23a6ba0ab90f4ff", get("www.example.com"), 57],
    ["828684be5886a8eb10649cbf", get("www.example.com", ["cache-control", "no-cache"]), 110],
    ["828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf", custom, 164],
  ],
  "C.5 responses": [
    [
      `4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d54
       6e1768747470733a2f2f7777772e6578616d706c652e636f6d`,
      moved("302", 21),
      222,
    ],
    ["4803333037c1c0bf", moved("307", 21), 222],
    [
      `88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153
       444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31`,
      [...moved("200", 22), ["content-encoding", "gzip"], ["set-cookie", cookie]],
      215,
    ],
  ],
  "C.6 coded responses": [
    [
      "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
      moved("302", 21),
      222,
    ],
    ["4883640effc1c0bf", moved("307", 21), 222],
    [
      `88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960
       d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007`,
      [...moved("200", 22), ["content-encoding", "gzip"], ["set-cookie", cookie]],
      215,
    ],
  ],
} as const;

describe("the examples of RFC 7541", () => {
  it.each(Object.entries(examples))("%s", (name, blocks) => {
    const decoder = new HpackDecoder(name.endsWith("responses") ? 256 : undefined);
    for (const [block, fields, table] of blocks) {
      expect(decoder.decode(hex(block))).toEqual(fields);
      expect(decoder.tableOctets).toBe(table);
    }
  });

  it("C.1 integers", () => {
    expect(encodeInteger(10, 5).toString("hex")).toBe("0a");
    expect(encodeInteger(1_337, 5).toString("hex")).toBe("1f9a0a");
    expect(encodeInteger(42, 8).toString("hex")).toBe("2a");
  });

  it("C.2 representations", () => {
    const alone = (block: string) => {
      const decoder = new HpackDecoder();
      return [...decoder.decode(hex(block)), decoder.tableOctets];
    };
    expect(alone("400a637573746f6d2d6b65790d637573746f6d2d686561646572")).toEqual([
      ["custom-key", "custom-header"],
      55,
    ]);
    expect(alone("040c2f73616d706c652f70617468")).toEqual([[":path", "/sample/path"], 0]);
    expect(alone("100870617373776f726406736563726574")).toEqual([["password", "secret"], 0]);
    expect(alone("82")).toEqual([[":method", "GET"], 0]);
  });
});

it("the static table has 61 entries", () => {
  expect([staticTable.length, staticTable[0], staticTable[60]]).toEqual([
    61,
    [":authority", ""],
    ["www-authenticate", ""],
  ]);
});

it("what is encoded can be decoded, whatever its octets are", () => {
  const long = "x".repeat(20_000);
  const fields = [
    [":method", "CONNECT"],
    ["Bad Name", "\0\xff"],
    ["long", long],
    ["", ""],
  ] as const;
  const decoder = new HpackDecoder();
  expect(decoder.decode(encodeFields(fields))).toEqual(fields);
  expect(decoder.tableOctets, "nothing is remembered").toBe(0);
});

it.each([
  ["an index of 0", "80"],
  ["an entry that is not there", "be"],
  ["the end of the block inside a string", "400161"],
  ["the end of the block inside an integer", "ff80"],
  ["an integer without end", `ff${"80".repeat(40)}01`],
  ["an integer of more than 32 bits", "ffffffffff7f"],
  ["a table that is larger than allowed", "3fe21f"],
  ["a table that changes behind a field", "8220"],
  ["padding of zeros", "400161811c00"],
  ["padding of more than seven bits", "40016182ffff"],
  ["the end of the string inside it", "40016184ffffffff"],
])("refuses %s", (_, block) => {
  expect(() => new HpackDecoder().decode(hex(block))).toThrow(RangeError);
});

it("empties a table that shrinks, and takes no block without measure", () => {
  const decoder = new HpackDecoder();
  decoder.decode(hex("400a637573746f6d2d6b65790d637573746f6d2d686561646572"));
  expect(decoder.decode(hex("20"))).toEqual([]);
  expect(decoder.tableOctets).toBe(0);
  const huge = encodeFields(Array.from({ length: 20 }, () => ["a", "b".repeat(16_000)]));
  expect(() => decoder.decode(huge)).toThrow(/more than/);
});
