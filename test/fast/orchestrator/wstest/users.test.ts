import { describe, expect, it } from "vitest";
import { defaultOptions } from "../../../../fuzzer/endpoint.ts";
import { makeCertificates } from "../../../../orchestrator/certificates.ts";
import { countsOf, facts, idsOf, readClient, readServer, warningsOf } from "./samples.ts";

/** How many cases each chapter of Autobahn's has. */
const everything = { 1: 16, 2: 11, 3: 7, 4: 10, 5: 20, 6: 145, 7: 37, 9: 54, 10: 1, 12: 90, 13: 126 };

const all = { cases: ["*"], "exclude-cases": [], "exclude-agent-cases": {} };

/** The chapters that are named. */
const only = (...chapters: (keyof typeof everything)[]) =>
  Object.fromEntries(chapters.map((chapter) => [chapter, everything[chapter]]));

describe("spec files of projects that test servers", () => {
  it("Cowboy: tabs, a key of its own making, and a version for one server", () => {
    const spec = readClient(
      [
        '{\n\t"options": {"failByDrop": false},\n\t"enable-ssl": false,\n',
        '\t"servers": [{\n\t\t"agent": "Cowboy",\n\t\t"url": "ws://host.docker.internal:33080/ws_echo",',
        '\t\t"options": {"version": 18}\n\t}],\n',
        '\t"cases": ["*"],\n\t"exclude-cases": [],\n\t"exclude-agent-cases": {}\n} \n',
      ].join("\n"),
    );
    expect(countsOf(spec)).toEqual(everything);
    expect(spec.outdir).toBe("/srv/reports/servers");
    expect(spec.servers).toHaveLength(1);
    expect(spec.servers[0]).toEqual({
      url: "ws://host.docker.internal:33080/ws_echo",
      to: { host: "host.docker.internal", port: 33_080, resource: "/ws_echo", tls: null },
      agent: "Cowboy",
      headerLines: [],
      protocols: [],
      options: defaultOptions,
    });
    expect(warningsOf(spec)).toEqual([
      "unknown-key spec.json:3:2 enable-ssl: unknown key, which is ignored; known are `servers`, `outdir`, `options`, `cases`, `exclude-cases`, `exclude-agent-cases`",
    ]);
  });

  it("gobwas/ws: five servers, each with cases of its own left out", () => {
    const agents = ["ws", "wsutil", "helpers/low", "helpers/high"];
    const spec = readClient({
      outdir: "/report",
      servers: [...agents, "wsflate"].map((agent) => ({ agent, url: `ws://ws-server:9001/${agent}` })),
      ...all,
      "exclude-agent-cases": {
        ...Object.fromEntries(agents.map((agent) => [agent, ["12.*", "13.*"]])),
        wsflate: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((chapter) => `${chapter}.*`),
      },
    });
    expect(spec.outdir).toBe("/report");
    expect(spec.servers.map(({ to }) => to.resource)).toEqual([
      "/ws",
      "/wsutil",
      "/helpers/low",
      "/helpers/high",
      "/wsflate",
    ]);
    expect(countsOf(spec)).toEqual(everything);
    const left = (agent: string) => idsOf(spec).filter((id) => !spec.excludes(agent, id)).length;
    expect(agents.map(left)).toEqual([301, 301, 301, 301]);
    expect(left("wsflate")).toBe(216);
    expect(left("wsutil2")).toBe(517);
    expect(spec.warnings.map(({ code, path }) => [code, path])).toEqual([
      ["matches-nothing", "exclude-agent-cases.wsflate[7]"],
      ["matches-nothing", "exclude-agent-cases.wsflate[10]"],
    ]);
  });

  it("Bandit: no servers but --wsuri, and exclude-cases with one empty text", () => {
    const spec = readClient(
      { outdir: "./reports", cases: ["*"], "exclude-cases": [""], "exclude-agent-cases": {} },
      { wsuri: "ws://host.docker.internal:40123" },
    );
    expect(countsOf(spec)).toEqual(everything);
    expect(spec.servers).toMatchObject([
      { url: "ws://host.docker.internal:40123", agent: null, to: { port: 40_123, resource: "/" } },
    ]);
    expect(warningsOf(spec)).toEqual([]);
  });

  it("aiohttp: failures by dropping TCP", () => {
    const spec = readClient({
      options: { failByDrop: true },
      outdir: "./reports/servers",
      servers: [{ agent: "AutobahnServer", url: "ws://localhost:9001" }],
      ...all,
    });
    expect(spec.servers[0]?.options).toEqual({ ...defaultOptions, failByDrop: true });
    expect(warningsOf(spec)).toEqual([]);
  });

  it("nim-websock: two servers of which one speaks TLS with a certificate of its own", () => {
    const spec = readClient({
      outdir: "./reports/server",
      servers: [
        { agent: "websock server", url: "ws://127.0.0.1:8888/ws" },
        { agent: "websock secure server", url: "wss://127.0.0.1:8889/wss" },
      ],
      ...all,
      "exclude-cases": ["6.*", "9.*", "12.*", "13.*"],
    });
    expect(countsOf(spec)).toEqual(only(1, 2, 3, 4, 5, 7, 10));
    expect(spec.servers.map(({ to }) => to.tls)).toEqual([null, { serverName: null, verify: false }]);
  });

  it("uWebSockets: every chapter by name, one of which is empty", () => {
    const chapters = [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13];
    const spec = readClient({
      outdir: "./reports/servers",
      servers: [{ agent: "uWebSockets", url: "ws://localhost:9001" }],
      ...all,
      cases: chapters.map((chapter) => `${chapter}.*`),
    });
    expect(countsOf(spec)).toEqual(everything);
    expect(spec.warnings.map(({ code, path, message }) => [code, path, message])).toEqual([
      ["matches-nothing", "cases[9]", "`11.*` matches no case"],
    ]);
  });

  it("fastwebsockets: a server without a name, and excludes that take nothing of what is selected", () => {
    const spec = readClient({
      outdir: "./reports/servers",
      servers: [{ url: "ws://host.docker.internal:8080" }],
      cases: ["1.*", "2.*", "3.*", "4.*", "6.*"],
      "exclude-cases": ["9.*", "10.*", "11.*", "12.*", "13.*"],
      "exclude-agent-cases": {},
    });
    expect(spec.servers[0]?.agent).toBeNull();
    expect(countsOf(spec)).toEqual(only(1, 2, 3, 4, 6));
    expect(spec.warnings.map(({ path }) => path)).toEqual(["exclude-cases[2]"]);
  });

  it("Ratchet: commas in front, and a draft's number for each server", () => {
    const spec = readClient(
      [
        "{",
        '    "options": {"failByDrop": false}',
        '  , "outdir": "reports/rfc"',
        '  , "servers": [',
        '       {"agent": "Ratchet", "url": "ws://localhost:8000", "options": {"version": 18}}',
        '     , {"agent": "AutobahnPython", "url": "ws://localhost:8005", "options": {"version": 18}}',
        "    ]",
        '  , "cases": ["*"]',
        '  , "exclude-cases": []',
        '  , "exclude-agent-cases": {}',
        "}",
      ].join("\r\n"),
    );
    expect(spec.servers.map(({ agent }) => agent)).toEqual(["Ratchet", "AutobahnPython"]);
    expect([spec.outdir, warningsOf(spec)]).toEqual(["/srv/reports/rfc", []]);
  });

  it("Netty's guide: an older draft, and an example of an agent that nobody has", () => {
    const spec = readClient({
      options: { failByDrop: false },
      servers: [{ agent: "Netty", url: "ws://localhost:9000", options: { version: 17 } }],
      cases: ["*"],
      "exclude-cases": [],
      "exclude-agent-cases": { "FoobarServer*": ["4.*", "1.1.3"] },
    });
    expect(spec.excludes("FoobarServer/2", "4.1.1")).toBe(true);
    expect(spec.excludes("FoobarServer", "1.1.3")).toBe(true);
    expect(spec.excludes("Netty", "4.1.1")).toBe(false);
    expect(warningsOf(spec)).toEqual([
      expect.stringContaining(
        "matches-nothing spec.json:19:5 exclude-agent-cases.FoobarServer*: no server has such an agent",
      ),
    ]);
  });

  it("libwebsockets: single cases left out, in no order", () => {
    const without = ["2.10", "2.11", "12.3.1", "12.3.2", "12.4.*", "12.5.*"];
    const spec = readClient({
      outdir: "./reports",
      servers: [{ agent: "libwebsockets", url: "ws://127.0.0.1:9001" }],
      ...all,
      "exclude-cases": without.toReversed(),
    });
    expect(countsOf(spec)).toEqual({ ...everything, 2: 9, 12: 90 - 2 - 18 - 18 });
    expect(idsOf(spec).filter((id) => id.startsWith("2."))).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => `2.${number}`),
    );
  });

  it("a cloud server: a name for TLS, an origin and subprotocols", () => {
    const spec = readClient({
      servers: [
        { agent: "plain", url: "wss://10.0.0.1/ws?room=1" },
        {
          agent: "cloud",
          url: "wss://10.0.0.1/ws?room=1",
          hostname: "ws.example.org",
          origin: "https://example.org",
          protocols: ["chat", "superchat"],
        },
      ],
      cases: ["*"],
    });
    expect(spec.servers[0]?.to.tls).toEqual({ serverName: null, verify: false });
    expect(spec.servers[1]).toMatchObject({
      to: {
        host: "10.0.0.1",
        port: 443,
        resource: "/ws?room=1",
        tls: { serverName: "ws.example.org", verify: true },
      },
      headerLines: ["Origin: https://example.org", "Sec-WebSocket-Protocol: chat,superchat"],
      protocols: ["chat", "superchat"],
    });
    expect(warningsOf(spec)).toEqual([]);
  });
});

describe("spec files of projects that test clients", () => {
  it("swift-websocket: no exclude-cases, and cases known by their numbers", () => {
    const spec = readServer({
      url: "ws://127.0.0.1:9001",
      outdir: "./reports/clients",
      cases: ["*"],
      "exclude-agent-cases": {},
    });
    expect(idsOf(spec)).toEqual(facts.map(({ id }) => id));
    const ends = [
      1, 16, 17, 27, 28, 34, 35, 44, 45, 64, 65, 209, 210, 246, 247, 300, 301, 302, 391, 392, 517,
    ];
    expect(ends.map((number) => idsOf(spec)[number - 1]?.split(".")[0])).toEqual(
      [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 9, 9, 10, 12, 12, 13, 13].map(String),
    );
    expect(spec.cases.map((entry) => entry.index)).toEqual(facts.map(({ index }) => index));
    expect(warningsOf(spec)).toEqual([]);
  });

  it("aiohttp: a web port, which nobody reads, and no compression", () => {
    const spec = readServer({
      url: "ws://localhost:9001",
      options: { failByDrop: false },
      outdir: "./reports/clients",
      webport: 8080,
      ...all,
      "exclude-cases": ["12.*", "13.*"],
    });
    expect(spec).toMatchObject({ host: "localhost", port: 9001, tls: null, options: defaultOptions });
    expect(spec.cases).toHaveLength(301);
    expect(spec.warnings.map(({ code, path }) => [code, path])).toEqual([["no-effect", "webport"]]);
  });

  it("nim-websock: TLS by files of the spec", async () => {
    using certificates = await makeCertificates();
    const spec = readServer({
      url: "wss://127.0.0.1:9002",
      key: certificates.env.TLS_KEY,
      cert: certificates.env.TLS_CERT,
      options: { failByDrop: false },
      outdir: "./reports/client_tls",
      ...all,
    });
    expect(spec.port).toBe(9002);
    expect(spec.tls).toEqual({ key: certificates.key, cert: certificates.cert });
  });

  it("coder/websocket: a port of the moment, and cases that Go cannot do", () => {
    const spec = readServer({
      url: "ws://127.0.0.1:38571",
      outdir: "/tmp/out",
      cases: ["*"],
      "exclude-cases": ["6.*", "7.5.1", "13.3.*", "13.4.*", "13.5.*", "13.6.*"],
    });
    expect([spec.port, spec.outdir]).toEqual([38_571, "/tmp/out"]);
    expect(countsOf(spec)).toEqual({
      1: 16,
      2: 11,
      3: 7,
      4: 10,
      5: 20,
      7: 36,
      9: 54,
      10: 1,
      12: 90,
      13: 126 - 4 * 18,
    });
  });

  it("OkHttp: a whole chapter left out id by id", () => {
    const sixes = facts.filter(({ id }) => id.startsWith("6.")).map(({ id }) => id);
    const spec = readServer({
      url: "ws://127.0.0.1:9099",
      outdir: "./target/fuzzingserver-report",
      cases: ["*"],
      "exclude-cases": sixes,
      "exclude-agent-cases": {},
    });
    expect(sixes).toHaveLength(145);
    expect(countsOf(spec)).toEqual(only(1, 2, 3, 4, 5, 7, 9, 10, 12, 13));
    // The numbers that clients use close up.
    expect(idsOf(spec)[64]).toBe("7.1.1");
    expect(warningsOf(spec)).toEqual([]);
  });

  it("Bun: reports into the folder it runs in", () => {
    const spec = readServer({
      url: "ws://127.0.0.1:9002",
      outdir: "./",
      cases: ["*"],
      "exclude-agent-cases": {},
    });
    expect([spec.outdir, spec.port, spec.cases.length]).toEqual(["/srv", 9002, 517]);
  });

  it("collie and stratus: two clients of which one leaves cases out", () => {
    const spec = readServer({
      url: "ws://0.0.0.0:9001",
      cases: ["*"],
      "exclude-agent-cases": { "collie@*": ["9.*"] },
    });
    expect(spec.host).toBe("0.0.0.0");
    expect(spec.excludes("collie@1", "9.1.1")).toBe(true);
    expect(spec.excludes("stratus@2", "9.1.1")).toBe(false);
    // Clients name themselves, so nobody can know that an agent will not come.
    expect(warningsOf(spec)).toEqual([]);
  });

  it("one on IPv6, at the port of the scheme", () => {
    expect(readServer({ url: "ws://[::1]", cases: ["1.1.1"] })).toMatchObject({ host: "::1", port: 80 });
  });
});
