import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { type Extension, formatExtensions, parseExtensions } from "../../../wire/extensions.ts";

const flag = (name: string) => ({ name, value: null });

describe("reading Sec-WebSocket-Extensions", () => {
  it.each<[string, Extension[]]>([
    ["", []],
    [" , ,, ", []],
    ["permessage-deflate", [{ name: "permessage-deflate", params: [] }]],
    [
      "permessage-deflate; client_no_context_takeover; client_max_window_bits=10",
      [
        {
          name: "permessage-deflate",
          params: [flag("client_no_context_takeover"), { name: "client_max_window_bits", value: "10" }],
        },
      ],
    ],
    [
      "a;x=1 , b ; y",
      [
        { name: "a", params: [{ name: "x", value: "1" }] },
        { name: "b", params: [flag("y")] },
      ],
    ],
    [
      "PerMessage-Deflate; Server_Max_Window_Bits = 15",
      [{ name: "permessage-deflate", params: [{ name: "server_max_window_bits", value: "15" }] }],
    ],
    [
      'a; x="1, 2; 3", b',
      [
        { name: "a", params: [{ name: "x", value: "1, 2; 3" }] },
        { name: "b", params: [] },
      ],
    ],
    [
      String.raw`a; x="say \"hi, there\""; y`,
      [{ name: "a", params: [{ name: "x", value: 'say "hi, there"' }, flag("y")] }],
    ],
    ["a; x=", [{ name: "a", params: [{ name: "x", value: "" }] }]],
    ["a;; ;x", [{ name: "a", params: [flag("x")] }]],
    ['a; x="no end, b', [{ name: "a", params: [{ name: "x", value: '"no end, b' }] }]],
    [
      "a; x=1; x=2",
      [
        {
          name: "a",
          params: [
            { name: "x", value: "1" },
            { name: "x", value: "2" },
          ],
        },
      ],
    ],
  ])("%j", (header, wanted) => {
    expect(parseExtensions(header)).toEqual(wanted);
  });

  it("never throws", () => {
    const property = fc.property(fc.string(), (header) => {
      expect(() => parseExtensions(header)).not.toThrow();
    });
    fc.assert(property);
  });
});

describe("writing Sec-WebSocket-Extensions", () => {
  it("keeps the order, and writes values as they are", () => {
    const params = [flag("server_no_context_takeover"), { name: "server_max_window_bits", value: "9" }];
    expect(
      formatExtensions([
        { name: "permessage-deflate", params },
        { name: "x", params: [] },
      ]),
    ).toBe("permessage-deflate; server_no_context_takeover; server_max_window_bits=9, x");
  });

  it("is undone by reading", () => {
    const token = fc.stringMatching(/^[a-z0-9_-]{1,12}$/);
    const param = fc.record({ name: token, value: fc.option(token) });
    const extensions = fc.array(fc.record({ name: token, params: fc.array(param, { maxLength: 4 }) }), {
      maxLength: 4,
    });
    const property = fc.property(extensions, (list) => {
      expect(parseExtensions(formatExtensions(list))).toEqual(list);
    });
    fc.assert(property);
  });
});
