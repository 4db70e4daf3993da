import { array, assert, dictionary, integer, letrec, oneof, property, string } from "fast-check";
import { describe, expect, it } from "vitest";

import { type PythonJson, PythonFloat, pythonJson } from "../../../../report/autobahn/python-json.ts";

describe("JSON as Python 2 writes it", () => {
  it("indents by three, with a blank behind the colon and none behind the comma", () => {
    const value = { b: [1, [true, null]], a: { x: "y" } };
    expect(pythonJson(value)).toBe(
      '{\n   "a": {\n      "x": "y"\n   },\n   "b": [\n      1,\n      [\n         true,\n         null\n      ]\n   ]\n}',
    );
  });

  it("writes what is empty in one piece", () => {
    expect(pythonJson([[], {}, new Map(), ""])).toBe('[\n   [],\n   {},\n   {},\n   ""\n]');
  });

  it.each([
    [0, "0"],
    [-7, "-7"],
    [65_536, "65536"],
    [0.5, "0.5"],
    [new PythonFloat(1), "1.0"],
    [new PythonFloat(0), "0.0"],
    [new PythonFloat(-0), "-0.0"],
    [new PythonFloat(0.42662116040955633), "0.42662116040955633"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [0.000012345, "1.2345e-05"],
    [new PythonFloat(1e15), "1000000000000000.0"],
    [new PythonFloat(1e16), "1e+16"],
    [1.5e300, "1.5e+300"],
    [5e-324, "5e-324"],
  ])("writes the number %o as %s", (value, text) => {
    expect(pythonJson(value)).toBe(text);
  });

  it.each([NaN, Infinity, -Infinity])("refuses %d", (value) => {
    expect(() => pythonJson([value])).toThrow(RangeError);
    expect(() => pythonJson(new PythonFloat(value))).toThrow(RangeError);
  });

  it("escapes all but printable ASCII, in lower case, and leaves the slash", () => {
    expect(pythonJson('"\\/\b\f\n\r\t\u0000\u001f\u007f')).toBe(
      String.raw`"\"\\/\b\f\n\r\t\u0000\u001f\u007f"`,
    );
    expect(pythonJson("é\u2028😀\ud800 <b>")).toBe(String.raw`"\u00e9\u2028\ud83d\ude00\ud800 <b>"`);
  });

  it("sorts keys as strings, by code points", () => {
    const keys = (value: PythonJson) =>
      [...pythonJson(value).matchAll(/^ {3}"(.*?)"/gm)].map(([, key]) => key);
    expect(keys({ "2.1": 0, "10.1.1": 0, "2.10": 0, B: 0, a: 0 })).toEqual([
      "10.1.1",
      "2.1",
      "2.10",
      "B",
      "a",
    ]);
    expect(
      keys(
        new Map([
          ["48", 0],
          ["359", 0],
        ]),
      ),
    ).toEqual(["359", "48"]);
    // U+1F600 is written with units below U+E000.
    expect(keys({ "😀": 0, "\ue000": 0 })).toEqual([String.raw`\ue000`, String.raw`\ud83d\ude00`]);
    expect(
      keys(
        new Map([
          ["__proto__", 1],
          ["a", 2],
        ]),
      ),
    ).toEqual(["__proto__", "a"]);
  });

  it("sorts keys that are numbers as numbers, before the others", () => {
    const sizes = new Map<string | number, number>([
      ["other", 1],
      [359, 2],
      [48, 3],
    ]);
    expect(pythonJson(sizes)).toBe('{\n   "48": 3,\n   "359": 2,\n   "other": 1\n}');
  });

  it("is JSON of the same value", () => {
    const { value } = letrec<{ value: PythonJson }>((tie) => ({
      value: oneof(
        { maxDepth: 3 },
        integer(),
        string({ unit: "binary" }),
        array(tie("value")),
        dictionary(string(), tie("value"), { noNullPrototype: true }),
      ),
    }));
    assert(
      property(value, (json) => {
        const text = pythonJson(json);
        expect(JSON.parse(text)).toEqual(json);
        expect(text).toMatch(/^[ -~\n]*$/);
      }),
    );
  });
});
