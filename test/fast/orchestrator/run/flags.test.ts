import { describe, expect, it } from "vitest";

import { requestOf, type RunFlags } from "../../../../orchestrator/run/flags.ts";
import { SMOKE_CASES } from "../../../../orchestrator/run/smoke.ts";

import { linesOf } from "../samples.ts";

const defaults = { accept: "default", failOn: "unexpected", json: false } as const;

const request = (named: readonly string[], flags: Partial<RunFlags>) =>
  requestOf(named, { ...defaults, ...flags }, ["run"]);

describe("the request of flags", () => {
  it("asks for everything when nothing is said", () => {
    expect(request([], {})).toEqual({
      ...defaults,
      targets: [],
      roles: [],
      variants: [],
      cases: [],
      exclude: [],
      argv: ["run"],
    });
  });

  it("takes case patterns one by one and between commas", () => {
    const { cases, exclude } = request([], { cases: ["1.*,2.1", "*,", "9.4.*"], exclude: ["1.1.1,1.1.2"] });
    expect(cases).toEqual(["1.*", "2.1", "*", "9.4.*"]);
    expect(exclude).toEqual(["1.1.1", "1.1.2"]);
  });

  it("lets --smoke choose the cases", () => {
    const { cases, smoke, targets } = request(["ws"], { smoke: true });
    expect({ cases, smoke, targets }).toEqual({ cases: SMOKE_CASES, smoke: true, targets: ["ws"] });
  });

  it.each<Partial<RunFlags>>([{ cases: ["1.*"] }, { exclude: ["1.*"] }, { baseline: "x.yaml" }])(
    "refuses --smoke beside a choice of its own: %o",
    (flags) => {
      expect(linesOf(() => request(["ws"], { smoke: true, ...flags }))).toEqual([
        expect.stringMatching(/^command line: --smoke chooses its cases and looks at no baseline; leave out/),
      ]);
    },
  );

  it("takes words behind --cases and --exclude that cannot be case numbers for targets", () => {
    const { targets, cases, exclude } = request(["ws"], {
      cases: ["5.*", "websockets"],
      exclude: ["5.1", "aiohttp@3.*,gorilla"],
    });
    expect(targets).toEqual(["ws", "websockets", "aiohttp@3.*", "gorilla"]);
    expect({ cases, exclude }).toEqual({ cases: ["5.*"], exclude: ["5.1"] });
  });

  it.each([
    [{ url: "ws://127.0.0.1:1/x" }, { kind: "url", value: "ws://127.0.0.1:1/x", name: "own" }],
    [
      { command: "node x.mjs", name: "mine", port: 9001, path: "/chat" },
      { kind: "command", value: "node x.mjs", name: "mine", port: 9001, path: "/chat" },
    ],
    [{ image: "echo:1" }, { kind: "image", value: "echo:1", name: "own" }],
  ])("makes a target of one's own of %j", (flags, own) => {
    expect(request([], { ...flags, role: ["server"] }).own).toEqual(own);
  });

  it("needs no role for a URL, since what listens there is a server", () => {
    expect(request([], { url: "ws://127.0.0.1:1/" }).roles).toEqual([]);
  });

  it.each<[readonly string[], Partial<RunFlags>, RegExp]>([
    [[], { url: "ws://x", command: "x" }, /--url, --command and --image exclude each other.*one of them/],
    [["ws"], { url: "ws://x" }, /--url tests one program.*leave out the names of targets/],
    [[], { image: "x", matrix: "matrix.yaml" }, /--image tests one program.*--matrix/],
    [[], { command: "x", cases: ["1.*", "ws"] }, /--command tests one program/],
    [[], { command: "x" }, /--command does not say.*--role server or --role client/],
    [[], { image: "x" }, /--image does not say.*--role server or --role client/],
    [
      [],
      { engine: "process", place: "host" },
      /--place is about containers, and --engine process has none.*leave/,
    ],
  ])("refuses %j with %j", (named, flags, line) => {
    const lines = linesOf(() => request(named, flags));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(line);
    expect(lines[0]).toContain("command line");
  });
});
