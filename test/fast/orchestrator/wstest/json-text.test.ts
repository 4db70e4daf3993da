import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ParsedJson, parseJson } from "../../../../orchestrator/wstest/json-text.ts";

function parsed(text: string): ParsedJson {
  const result = parseJson(text);
  if ("error" in result) throw new Error(result.error.message);
  return result;
}

/** `line:column message; remedy`, or null where the text is JSON. */
function fault(text: string): string | null {
  const result = parseJson(text);
  if (!("error" in result)) return null;
  const { line, column, message, remedy } = result.error;
  return `${line}:${column} ${message}${remedy === undefined ? "" : `; ${remedy}`}`;
}

describe("JSON that is sound", () => {
  it("gives the value that JSON.parse gives", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 1, "\t"), (json, indent) => {
        const text = JSON.stringify(JSON.parse(json), null, indent);
        expect(parsed(` ${text}\r\n`).value).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    String.raw`"\u00e9\n\/\"\\ é 😀"`,
    "-0.5e-3",
    "10",
    "1E+2",
    "[]",
    "{ }",
    "[[],{}]",
    '{"a":{"a":[null,true,false]}}',
    '{"__proto__":1,"toString":2}',
  ])("%s", (text) => {
    expect(JSON.stringify(parsed(text).value)).toBe(JSON.stringify(JSON.parse(text)));
  });

  it("locates values and keys, and what is not there at what is around it", () => {
    const { locator } = parsed('{\n\t"list": [1, {"é": "x"}],\n  "b" :\n false }');
    expect(locator.place(["list", 1, "é"])).toEqual({ line: 2, column: 20 });
    expect(locator.keyPlace(["list", 1, "é"])).toEqual({ line: 2, column: 15 });
    expect(locator.place(["b"])).toEqual({ line: 4, column: 2 });
    expect(locator.keyPlace(["b"])).toEqual({ line: 3, column: 3 });
    expect(locator.place(["list", 7, "c"])).toEqual({ line: 2, column: 10 });
    expect(locator.keyPlace(["list", 0])).toEqual({ line: 2, column: 11 });
    expect(locator.place([])).toEqual({ line: 1, column: 1 });
    expect([["list", 1, "é"], ["b"], ["list"], ["c"]].map((path) => locator.written(path))).toEqual([
      '"x"',
      "false",
      null,
      null,
    ]);
  });

  it("tells keys that are there twice, of which the last one counts", () => {
    const { value, doubled, locator } = parsed('{"a": 1, "b": [{"c": 1, "c": 2}], "a": 3}');
    expect(value).toEqual({ a: 3, b: [{ c: 2 }] });
    expect(doubled).toEqual([["b", 0, "c"], ["a"]]);
    expect(locator.keyPlace(["a"])).toEqual({ line: 1, column: 35 });
  });
});

describe("text that is not JSON", () => {
  it.each([
    ["", "1:1 a value is missing before the end of the file"],
    ["{", "1:2 `{` of line 1, column 1 is not closed"],
    ['{"a": 1,', "1:9 `{` of line 1, column 1 is not closed"],
    ['{\n"a": [1,\n 2', "3:3 `[` of line 2, column 6 is not closed"],
    ['{"a" 1}', "1:6 a colon is missing before `1}`"],
    ['{"a": }', "1:7 a value is missing before `}`"],
    ['{"a": 1 "b": 2}', '1:9 a comma or `}` is missing before `"b":`'],
    ["[1 2]", "1:4 a comma or `]` is missing before `2]`"],
    ["[1,]", "1:3 there is a comma behind the last one; take it out"],
    ['{"a": 1,\n}', "1:8 there is a comma behind the last one; take it out"],
    ["[,]", "1:2 a value is missing before `,]`"],
    ["{a: 1}", "1:2 a key in double quotes is missing before `a:`"],
    ["{'a': 1}", '1:2 JSON has no text in single quotes; put it in double quotes: "like this"'],
    ["['a']", '1:2 JSON has no text in single quotes; put it in double quotes: "like this"'],
    ["# x\n{}", "1:1 JSON has no comments; take it out"],
    ['{"a": 1 // x\n}', "1:9 JSON has no comments; take it out"],
    ['{"a": /* x */ 1}', "1:7 JSON has no comments; take it out"],
    ["{} {}", "1:4 nothing may follow the end of the JSON value"],
    [
      '"a\nb"',
      "1:1 this text is not valid in JSON; it must end on its line, with every \\ and tab in it escaped",
    ],
    [
      String.raw`["a\x"]`,
      "1:2 this text is not valid in JSON; it must end on its line, with every \\ and tab in it escaped",
    ],
    ["[True]", "1:2 `True` is not JSON; write `true`"],
    ["[None]", "1:2 `None` is not JSON; write `null`"],
    ["[NaN]", "1:2 a value is missing before `NaN]`"],
    ["[01]", "1:2 a value is missing before `01]`"],
    ["[1.]", "1:2 a value is missing before `1.]`"],
    ["[+1]", "1:2 a value is missing before `+1]`"],
    ["[.5]", "1:2 a value is missing before `.5]`"],
  ])("%j", (text, expected) => {
    expect(fault(text)).toBe(expected);
  });

  it("is told from JSON as JSON.parse does it", () => {
    const piece = fc.constantFrom(
      ..."{}[],:\"\\ \n019.-+eEtrufalsn'#/".split(""),
      '"a"',
      "true",
      "null",
      "12",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join("");
        expect(fault(text) === null).toBe(isJson(text));
      }),
      { numRuns: 2000 },
    );
  });

  it("is nested too deeply for anybody's spec", () => {
    expect(fault("[".repeat(200_000))).toBe("1:102 is nested too deeply");
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
