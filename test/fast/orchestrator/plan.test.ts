import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadMatrix, matrixFrom } from "../../../orchestrator/config/matrix.ts";
import { type Cell, type Filters, cellFileName, plan } from "../../../orchestrator/config/plan.ts";
import { listTargets } from "../../../orchestrator/config/target.ts";
import { linesOf, parseMatrix, targetList, targetText } from "./samples.ts";

const targets = targetList(
  targetText(),
  targetText(
    "name: undici",
    "roles: [client]",
    "versions: [8.12.4]",
    "process: { client: [x] }",
    "capabilities: { tls: false }",
    "variants: [defaults]",
  ),
  targetText("name: draft", "verified: false"),
);

const ids = (cells: readonly Cell[]): readonly string[] => cells.map(({ id }) => id);

/** Ids of the cells of these entries. */
const planned = (entries: readonly string[], filters?: Filters): readonly string[] =>
  ids(plan(parseMatrix(...entries), targets, filters));

/** Problems of these entries. */
const problems = (entries: readonly string[], filters?: Filters): readonly string[] =>
  linesOf(() => planned(entries, filters));

describe("the cells of a matrix", () => {
  it("are those of a target's newest version, in all its roles, plain", () => {
    expect(planned(["use: ws"])).toEqual(["ws@8.23.0/server/plain", "ws@8.23.0/client/plain"]);
    expect(planned(["use: undici"])).toEqual(["undici@8.12.4/client/plain"]);
  });

  it("are every version in every role and variant, in the order written", () => {
    expect(
      planned([
        "{ use: ws, versions: [8.18.0, 8.23.0], roles: [client, server], variants: [tls, plain] }",
        "use: undici",
      ]),
    ).toEqual([
      "ws@8.18.0/client/tls",
      "ws@8.18.0/client/plain",
      "ws@8.18.0/server/tls",
      "ws@8.18.0/server/plain",
      "ws@8.23.0/client/tls",
      "ws@8.23.0/client/plain",
      "ws@8.23.0/server/tls",
      "ws@8.23.0/server/plain",
      "undici@8.12.4/client/plain",
    ]);
  });

  it("have no version where the target has none", () => {
    expect(
      planned([
        '{ name: mine, command: "./server", roles: [server, client] }',
        "{ name: boxed, image: example/echo, roles: [client] }",
        '{ name: staging, url: "ws://localhost:1/" }',
      ]),
    ).toEqual(["mine/server/plain", "mine/client/plain", "boxed/client/plain", "staging/server/plain"]);
  });

  it("carry all that running them takes", () => {
    const matrix = parseMatrix("{ use: ws, roles: [server], optional: true }", "use: undici");
    const [first, second] = plan(matrix, targets);
    expect(first).toEqual({
      id: "ws@8.23.0/server/plain",
      target: { kind: "folder", name: "ws", version: "8.23.0", ...targets.targets[0] },
      role: "server",
      variant: "plain",
      optional: true,
      suite: matrix.suite,
    });
    expect(second?.optional).toBe(false);
  });
});

describe("a plan refuses", () => {
  it.each([
    [
      "a target that does not exist",
      "use: wss",
      "3:10 targets[0].use: no such target `wss`; did you mean `ws`?",
    ],
    [
      "a target that resembles none",
      "use: gorilla",
      "3:10 targets[0].use: no such target `gorilla`; targets are `ws`, `undici`, `draft`",
    ],
    [
      "a version that the target has not",
      "{ use: ws, versions: [8.23.0, 9.0.0] }",
      "3:35 targets[0].versions[1]: `ws` has no version `9.0.0`; its versions are `8.23.0`, `8.18.0`",
    ],
    [
      "a role that the target has not",
      "{ use: undici, roles: [server] }",
      "3:28 targets[0].roles[0]: `undici` has no role `server`; its roles are `client`",
    ],
    [
      "TLS where the target has none",
      "{ use: undici, variants: [plain, tls] }",
      "3:38 targets[0].variants[1]: `undici` has no variant `tls`; its variants are `plain`, `defaults`",
    ],
    [
      "a target that is not verified",
      "use: draft",
      "3:10 targets[0].use: `draft` has not been verified (`verified: false` in its target.yaml), so it is not planned; run it, make it do what its file says, then say `true`",
    ],
  ])("%s", (_, entry, expected) => {
    expect(problems([entry])).toEqual([`matrix.yaml:${expected}`]);
  });

  it("a target with mistakes in its file, and tells them", () => {
    const problem = {
      file: "targets/bad/target.yaml",
      line: 4,
      column: 9,
      path: "roles[0]",
      message: "no such role",
    };
    const list = { ...targets, broken: [{ name: "bad", problems: [problem] }] };
    expect(linesOf(() => plan(parseMatrix("use: ws", "use: bad"), list))).toEqual([
      "matrix.yaml:4:10 targets[1].use: target `bad` has mistakes in it, see below",
      "targets/bad/target.yaml:4:9 roles[0]: no such role",
    ]);
    expect(ids(plan(parseMatrix("use: undici"), list))).toHaveLength(1);
  });

  it("the problems of all entries at once", () => {
    expect(problems(["use: a", "use: ws", "use: b"])).toEqual([
      expect.stringMatching(/^matrix\.yaml:3:10 .*`a`/),
      expect.stringMatching(/^matrix\.yaml:5:10 .*`b`/),
    ]);
  });

  it("a cell that two entries plan, with both places", () => {
    expect(
      problems(["{ use: ws, roles: [server] }", "use: undici", "{ use: ws, versions: [8.23.0] }"]),
    ).toEqual([
      "matrix.yaml:5:5 targets[2]: `ws@8.23.0/server/plain` is planned twice; the other place is matrix.yaml:3:5",
    ]);
    expect(problems(['{ name: x, url: "ws://a" }', '{ name: x, url: "ws://b" }'])).toEqual([
      "matrix.yaml:4:5 targets[1]: `x/server/plain` is planned twice; the other place is matrix.yaml:3:5",
    ]);
    expect(problems(["use: undici", "use: undici", "use: undici"])).toEqual([
      expect.stringMatching(/^matrix\.yaml:4:5 .* the other place is matrix\.yaml:3:5$/),
      expect.stringMatching(/^matrix\.yaml:5:5 .* the other place is matrix\.yaml:3:5$/),
    ]);
    const flags = { targets: [{ use: "undici" }, { use: "undici" }] };
    expect(linesOf(() => plan(matrixFrom("command line", flags, "."), targets))).toEqual([
      "command line: targets[1]: `undici@8.12.4/client/plain` is planned twice; the other place is entry 1",
    ]);
  });

  it("nothing when entries of one name share no cell", () => {
    expect(
      problems([
        "{ use: ws, roles: [server] }",
        "{ use: ws, roles: [client] }",
        "{ use: ws, versions: [8.18.0] }",
      ]),
    ).toEqual([]);
  });
});

describe("filters", () => {
  const entries = [
    "{ use: ws, versions: [8.23.0, 8.18.0], variants: [plain, tls] }",
    "use: undici",
    '{ name: wsx, url: "ws://localhost" }',
  ];

  it.each<[string, Filters, number]>([
    ["let all through that are empty", { targets: [], roles: [], variants: [] }, 10],
    ["select by name", { targets: ["ws"] }, 8],
    ["select by pattern", { targets: ["ws*"] }, 9],
    ["select by several patterns", { targets: ["undici", "wsx"] }, 2],
    ["select by version", { targets: ["ws@8.18.0"] }, 4],
    ["select by pattern and version", { targets: ["*@8.1*"] }, 5],
    ["select by role", { roles: ["client"] }, 5],
    ["select by variant", { variants: ["tls"] }, 4],
    ["select by all of them", { targets: ["ws"], roles: ["server"], variants: ["tls"] }, 2],
  ])("%s", (_, filters, count) => {
    expect(planned(entries, filters)).toHaveLength(count);
  });

  it("keep the order of the matrix", () => {
    expect(planned(entries, { targets: ["wsx", "undici"] })).toEqual([
      "undici@8.12.4/client/plain",
      "wsx/server/plain",
    ]);
  });

  it.each<[string, Filters, string]>([
    [
      "a name",
      { targets: ["ws", "undicy"] },
      "the target filter `undicy` selects nothing; did you mean `undici`? there is `ws@8.23.0`, `ws@8.18.0`, `undici@8.12.4`, `wsx`",
    ],
    [
      "a version",
      { targets: ["ws@9"] },
      "the target filter `ws@9` selects nothing; there is `ws@8.23.0`, `ws@8.18.0`, `undici@8.12.4`, `wsx`",
    ],
    [
      "a role",
      { targets: ["undici"], roles: ["server"] },
      "the role filter `server` selects nothing; there is `client`",
    ],
    [
      "a role that does not exist",
      { roles: ["sever"] },
      "the role filter `sever` selects nothing; did you mean `server`? there is `server`, `client`",
    ],
    [
      "variants",
      { targets: ["undici"], variants: ["tls", "h2"] },
      "the variant filter `tls`, `h2` selects nothing; there is `plain`",
    ],
  ])("say so when %s selects nothing", (_, filters, expected) => {
    expect(problems(entries, filters)).toEqual([`matrix.yaml: ${expected}`]);
  });
});

describe("the file name of a cell", () => {
  it.each([
    ["ws@8.23.0/server/plain", "ws_8.23.0_server_plain"],
    ["faye-websocket@0.11.4/client/no-deflate", "faye-websocket_0.11.4_client_no-deflate"],
    ["mine/server/tls", "mine_server_tls"],
  ])("of %s is %s", (id, name) => {
    expect(cellFileName(id)).toBe(name);
  });

  it.each([
    ["capitals", "Mine/server/plain", /^Mine_server_plain__[0-9a-f]{12}$/],
    ["an underscore", "a_b/server/plain", /^a_b_server_plain__[0-9a-f]{12}$/],
    ["what is not ASCII", "ü/server/plain", /^__server_plain__[0-9a-f]{12}$/],
    ["a path", "../../x/server/plain", /^_\._\.\._x_server_plain__[0-9a-f]{12}$/],
    ["a device of Windows", "con.x@1/server/plain", /^_con\.x_1_server_plain__[0-9a-f]{12}$/],
    ["a device alone", "NUL", /^_NUL__[0-9a-f]{12}$/],
  ])("has a hash for %s", (_, id, pattern) => {
    expect(cellFileName(id)).toMatch(pattern);
  });

  it("is short, whatever the id", () => {
    const long = `${"a".repeat(400)}/server/plain`;
    expect(cellFileName(long).length).toBeLessThan(140);
    expect(cellFileName(long)).not.toBe(cellFileName(`a${long}`));
  });

  it("is safe, and another for every id, also where capitals do not count", () => {
    const part = fc.string({
      unit: fc.constantFrom("a", "A", "1", ".", "-", "_", "@", "/", "ü", " ", "\\"),
      maxLength: 6,
    });
    const cell = fc
      .tuple(part, part)
      .map(([name, version]) => `${name}${version && "@"}${version}/server/plain`);
    const id = fc.oneof(cell, part, fc.string());
    fc.assert(
      fc.property(id, id, (one, other) => {
        expect(cellFileName(one)).toMatch(/^[a-zA-Z0-9_][a-zA-Z0-9._-]*[a-zA-Z0-9_]$/);
        expect(cellFileName(one)).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
        const same = cellFileName(one).toLowerCase() === cellFileName(other).toLowerCase();
        expect(same).toBe(one === other);
      }),
      { numRuns: 2000 },
    );
  });

  it("tells ids apart that differ only in what is replaced", () => {
    const alike = [
      "a@1/server/plain",
      "a_1/server/plain",
      "a-1/server/plain",
      "A@1/server/plain",
      "a/1/server/plain",
    ];
    expect(new Set(alike.map((id) => cellFileName(id).toLowerCase())).size).toBe(alike.length);
  });
});

it("the matrix of this repository can be planned", async () => {
  const root = fileURLToPath(new URL("../../..", import.meta.url));
  const cells = plan(await loadMatrix(`${root}matrix.yaml`), await listTargets(`${root}targets`));
  expect(ids(cells)).toEqual(expect.arrayContaining(["ws@8.23.0/server/plain", "ws@8.23.0/client/plain"]));
  const names = (optional: boolean): readonly string[] => [
    ...new Set(cells.filter((cell) => cell.optional === optional).map(({ target }) => target.name)),
  ];
  expect(names(false)).toEqual(["reference", "ws", "websocket", "faye-websocket", "undici", "node"]);
  expect(names(true)).toEqual(["websockets", "aiohttp", "gorilla", "tokio-tungstenite"]);
});
