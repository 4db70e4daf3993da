import { basename, dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultOptions } from "../../../../fuzzer/endpoint.ts";
import { makeCertificates } from "../../../../orchestrator/certificates.ts";
import { readKeyPair } from "../../../../orchestrator/wstest/key-pair.ts";
import { linesOf } from "../samples.ts";
import { countsOf, idsOf, readClient, readServer, warningsOf } from "./samples.ts";

const server = { agent: "mine", url: "ws://127.0.0.1:9001" };

/** A spec of one server and one case, with more keys. */
const client = (keys: object) => ({ servers: [server], cases: ["1.1.1"], ...keys });

const clientLines = (keys: object) => linesOf(() => readClient(client(keys)));

describe("a spec with every mistake", () => {
  const text = [
    "{",
    '  "otudir": "./reports",',
    '  "protocols": ["chat"],',
    '  "outdir": 7,',
    '  "options": {',
    '    "failbydrop": true,',
    '    "maskServerFrames": true,',
    '    "openHandshakeTimeout": "5",',
    '    "autoPingSize": 3,',
    '    "version": 19,',
    '    "wibble": 1',
    "  },",
    '  "servers": [',
    '    { "url": "http://127.0.0.1:9001" },',
    '    { "agent": 5, "url": "ws://127.0.0.1:9001", "hostnaem": "x" },',
    '    { "agent": "none" },',
    '    "ws://127.0.0.1:9001"',
    "  ],",
    '  "cases": ["1.1.1", "1.1.99", "6", 9, "8.*"],',
    '  "exclude-cases": "9.*",',
    '  "exclude-agent-cases": { "mine": "9.*", "*": ["7.2.1"] }',
    "}",
  ].join("\n");

  it("has all of them told, each with its key", () => {
    expect(linesOf(() => readClient(text))).toEqual([
      'spec.json:4:13 outdir: must be text, not 7; put it in quotes: "7"',
      "spec.json:6:5 options.failbydrop: there is no such option; did you mean `failByDrop`?",
      "spec.json:7:5 options.maskServerFrames: there is no such option; it is one of fuzzingserver",
      "spec.json:8:29 options.openHandshakeTimeout: must be a number, not the text `5`",
      "spec.json:9:21 options.autoPingSize: must be at least 4",
      "spec.json:10:16 options.version: must be one of `0`, `10`, `11`, `12`, `13`, `14`, `15`, `16`, `17`, `18`",
      expect.stringMatching(/^spec\.json:11:5 options\.wibble: there is no such option; known are `utf8/),
      "spec.json:14:14 servers[0].url: `http://127.0.0.1:9001` does not begin with ws:// or wss://; write `ws://127.0.0.1:9001`",
      'spec.json:15:16 servers[1].agent: must be text, not 5; put it in quotes: "5"',
      "spec.json:16:5 servers[2]: missing key `url`",
      "spec.json:17:5 servers[3]: must be a map, not the text `ws://127.0.0.1:9001`",
      "spec.json:19:22 cases[1]: there is no case `1.1.99`; did you mean `1.1.1`?",
      "spec.json:19:32 cases[2]: there is no case `6`; for all of it write `6.*`",
      'spec.json:19:37 cases[3]: must be text, not 9; put it in quotes: "9"',
      'spec.json:20:20 exclude-cases: must be a list, not the text `9.*`; write a list: ["9.*"]',
      'spec.json:21:36 exclude-agent-cases.mine: must be a list, not the text `9.*`; write a list: ["9.*"]',
      "spec.json:21:49 exclude-agent-cases.*[0]: there is no case `7.2.1`; did you mean `7.1.1`?",
    ]);
  });

  it("makes an error of exit code 2", () => {
    expect(() => readClient(text)).toThrow(expect.objectContaining({ name: "ConfigError", exitCode: 2 }));
  });
});

describe("what is only worth a warning", () => {
  it("is every key that nobody reads, nearest known key or right place named", () => {
    const spec = readClient(
      '{"otudir": "x",\n "protocols": [],\n "key": "k",\n "servers": [{"url": "ws://h:1", "hostnaem": "x"}],\n "cases": ["*"]}',
    );
    expect(warningsOf(spec)).toEqual([
      "unknown-key spec.json:1:2 otudir: unknown key, which is ignored; did you mean `outdir`?",
      "unknown-key spec.json:2:2 protocols: unknown key, which is ignored; it belongs into an entry of `servers`",
      "unknown-key spec.json:3:2 key: unknown key, which is ignored; it belongs into a spec of fuzzingserver",
      "unknown-key spec.json:4:34 servers[0].hostnaem: unknown key, which is ignored; did you mean `hostname`?",
    ]);
    expect(warningsOf(readServer({ url: "ws://h:1", cases: ["*"], servers: [] }))).toEqual([
      "unknown-key spec.json:6:3 servers: unknown key, which is ignored; it belongs into a spec of fuzzingclient",
    ]);
  });

  it("is a pattern that matches nothing, in any of the lists", () => {
    const spec = readClient(
      client({
        cases: ["1.*", "8.*", "[12].*"],
        "exclude-cases": ["11.*"],
        "exclude-agent-cases": { "*": ["8.1*"], other: ["*"] },
      }),
    );
    expect(countsOf(spec)).toEqual({ 1: 16 });
    expect(spec.warnings.map(({ code, path, message }) => `${code} ${path}: ${message}`)).toEqual([
      "matches-nothing cases[1]: `8.*` matches no case",
      "matches-nothing cases[2]: `[12].*` matches no case",
      "matches-nothing exclude-cases[0]: `11.*` matches no case",
      "matches-nothing exclude-agent-cases.*[0]: `8.1*` matches no case",
      "matches-nothing exclude-agent-cases.other: no server has such an agent",
    ]);
    expect(spec.warnings.map(({ remedy }) => remedy !== undefined)).toEqual([
      false,
      true,
      false,
      false,
      false,
    ]);
  });

  it("is not an agent that a server without a name may turn out to be", () => {
    const servers = [server, { url: "ws://h:2" }];
    const spec = readClient(client({ servers, "exclude-agent-cases": { other: ["*"] } }));
    expect(warningsOf(spec)).toEqual([]);
  });

  it("is a key that is there twice, of which the last one counts", () => {
    const spec = readClient('{"cases": ["1.1.1"], "servers": [{"url": "ws://h:1"}],\n "cases": ["1.1.2"]}');
    expect(idsOf(spec)).toEqual(["1.1.2"]);
    expect(warningsOf(spec)).toEqual([
      "doubled spec.json:2:2 cases: this key is there already, and the last one counts",
    ]);
  });

  it("is an agent that two servers have, but not two servers without one", () => {
    const { warnings } = readClient(client({ servers: [server, { ...server, url: "ws://h:2" }] }));
    expect(warnings.map(({ code, path }) => [code, path])).toEqual([["doubled", "servers[1].agent"]]);
    const unnamed = [{ url: "ws://h:1" }, { url: "ws://h:2", agent: "" }, { url: "ws://h:3", agent: null }];
    const spec = readClient(client({ servers: unnamed }));
    expect(warningsOf(spec)).toEqual([]);
    expect(spec.servers.map(({ agent }) => agent)).toEqual([null, null, null]);
  });

  it("is a name for TLS where there is none", () => {
    const { warnings } = readClient(client({ servers: [{ ...server, hostname: "example.org" }] }));
    expect(warnings.map(({ code, path }) => [code, path])).toEqual([["no-effect", "servers[0].hostname"]]);
  });

  it("is a subprotocol for a fuzzing server, which selects none", () => {
    const { warnings } = readServer({ url: "ws://h:1", cases: ["*"], protocols: ["chat"] });
    expect(warnings.map(({ code, path }) => [code, path])).toEqual([["no-effect", "protocols"]]);
    expect(readServer({ url: "ws://h:1", cases: ["*"], protocols: [] }).warnings).toEqual([]);
  });
});

describe("options", () => {
  const both = {
    utf8validateIncoming: false,
    maxFramePayloadSize: 10,
    maxMessagePayloadSize: 20,
    autoFragmentSize: 30,
    failByDrop: true,
    echoCloseCodeReason: true,
    openHandshakeTimeout: 0.25,
    closeHandshakeTimeout: 0,
  };
  const read = {
    ...both,
    openHandshakeTimeout: 250,
  };

  it("are seconds in the file and ms here, and 0 only where the file says 0", () => {
    const options = { ...both, serverConnectionDropTimeout: 0.0001, maskClientFrames: false };
    const spec = readClient(client({ options: { ...options, acceptMaskedServerFrames: true } }));
    expect(spec.servers[0]?.options).toMatchObject({
      ...read,
      serverConnectionDropTimeout: 1,
      maskClientFrames: false,
      acceptMaskedServerFrames: true,
    });
    const served = readServer({
      url: "ws://h:1",
      cases: ["*"],
      options: { ...both, maskServerFrames: true, requireMaskedClientFrames: false },
    });
    expect(served.options).toMatchObject({
      ...read,
      maskServerFrames: true,
      requireMaskedClientFrames: false,
    });
    expect([...warningsOf(spec), ...warningsOf(served)]).toEqual([]);
  });

  it("of a server go over those of all, and null says nothing", () => {
    const spec = readClient(
      client({
        options: { failByDrop: true, closeHandshakeTimeout: 7, openHandshakeTimeout: null },
        servers: [server, { url: "ws://h:2", options: { failByDrop: false, closeHandshakeTimeout: null } }],
      }),
    );
    expect(spec.servers.map(({ options }) => options)).toEqual([
      { ...defaultOptions, failByDrop: true, closeHandshakeTimeout: 7000 },
      { ...defaultOptions, failByDrop: false, closeHandshakeTimeout: 7000 },
    ]);
  });

  it("are checked for a server of the command line too", () => {
    const spec = readClient({ cases: ["*"], options: { failByDrop: true } }, { wsuri: "ws://h:1" });
    expect(spec.servers[0]?.options.failByDrop).toBe(true);
  });

  it("get a warning where they have no effect and the original's would", () => {
    const unheard = { allowHixie76: true };
    const usual = { allowHixie76: false };
    const clientSpec = (options: object) => readClient(client({ options }));
    const serverSpec = (options: object) => readServer({ url: "ws://h:1", cases: ["*"], options });
    const paths = ({ warnings }: ReturnType<typeof clientSpec | typeof serverSpec>) =>
      warnings.map(({ code, path }) => `${code} ${path}`);
    expect(paths(clientSpec({ ...unheard, version: 10 }))).toEqual([
      "no-effect options.allowHixie76",
      "no-effect options.version",
    ]);
    for (const version of [13, 14, 15, 16, 17, 18])
      expect(paths(clientSpec({ ...usual, version }))).toEqual([]);
    const unusual = {
      versions: [13],
      webStatus: false,
      serveFlashSocketPolicy: true,
      allowedOrigins: ["https://example.org"],
      maxConnections: 1,
    };
    expect(paths(serverSpec({ ...unheard, ...unusual }))).toEqual(
      ["allowHixie76", ...Object.keys(unusual)].map((key) => `no-effect options.${key}`),
    );
    const harmless = {
      versions: [0, 8, 13],
      webStatus: true,
      serveFlashSocketPolicy: false,
      flashSocketPolicy: "<policy/>",
      allowedOrigins: ["*"],
      maxConnections: 0,
      tcpNoDelay: true,
      applyMask: true,
      autoPingInterval: 0,
      autoPingTimeout: 0,
      autoPingSize: 4,
    };
    expect(paths(serverSpec({ ...usual, ...harmless }))).toEqual([]);
  });

  it.each([
    [{ failByDrop: 1 }, "options.failByDrop: must be true or false, not 1"],
    [{ closeHandshakeTimeout: -1 }, "options.closeHandshakeTimeout: must be at least 0"],
    [{ closeHandshakeTimeout: 1e9 }, "options.closeHandshakeTimeout: must be at most 2147483"],
    [{ maxFramePayloadSize: 1.5 }, "options.maxFramePayloadSize: must be a whole number, not 1.5"],
    [{ autoPingSize: 126 }, "options.autoPingSize: must be at most 125"],
    [{ versions: [13] }, "options.versions: there is no such option; it is one of fuzzingserver"],
    [{ toString: 1 }, "options.toString: there is no such option; known are"],
    [[], "options: must be a map, not a list"],
  ])("%j are an error", (options, line) => {
    expect(clientLines({ options })).toEqual([expect.stringContaining(line)]);
  });
});

describe("the choice of cases", () => {
  it("must match patterns from the start and not to the end", () => {
    const selected = (...cases: string[]) => countsOf(readClient(client({ cases })));
    expect(selected("1*")).toEqual({ 1: 16, 10: 1, 12: 90, 13: 126 });
    expect(idsOf(readClient(client({ cases: ["2.1*"] })))).toEqual(["2.1", "2.10", "2.11"]);
    expect(idsOf(readClient(client({ cases: ["1.1.2", "1.1.1", "1.1.1*", "1.1.2"] })))).toEqual([
      "1.1.1",
      "1.1.2",
    ]);
  });

  it("must match what is left out for an agent from the start to the end, agent and case", () => {
    const { excludes } = readClient(
      client({ "exclude-agent-cases": { "m*": ["2.1*", "9.1.1"], "*x": ["*"] } }),
    );
    expect(["2.1", "2.10", "9.1.1", "9.1.2", "12.1.1"].map((id) => excludes("mine", id))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(["m", "xm", "mx", "M"].map((agent) => excludes(agent, "2.1"))).toEqual([true, false, true, false]);
    expect(readClient(client({ "exclude-agent-cases": { mine: ["2.1"] } })).excludes("mine", "2.10")).toBe(
      false,
    );
  });

  it("must leave something", () => {
    expect(clientLines({ "exclude-cases": ["2.*", "*"] })).toEqual([
      "spec.json:11:20 exclude-cases: excludes all 1 cases",
    ]);
    expect(clientLines({ cases: [""] })).toEqual([
      'spec.json:8:12 cases: selects no case; take all with "*"',
    ]);
    expect(clientLines({ cases: ["8.*"] })).toEqual([
      'spec.json:8:12 cases: selects no case; take all with "*"',
    ]);
    expect(linesOf(() => readClient({ servers: [server] }))).toEqual([
      'spec.json:1:1: missing key `cases`; take all with "cases": ["*"]',
    ]);
  });

  it("can be made by the command line instead, list by list", () => {
    const spec = client({ cases: ["1.*", "no such"], "exclude-cases": ["1.1.1"] });
    expect(idsOf(readClient(spec, { cases: ["1.1.*"] }))).toEqual([
      "1.1.2",
      "1.1.3",
      "1.1.4",
      "1.1.5",
      "1.1.6",
      "1.1.7",
      "1.1.8",
    ]);
    expect(idsOf(readClient(client({}), { exclude: [] }))).toEqual(["1.1.1"]);
    expect(linesOf(() => readClient(client({}), { cases: ["9.1"], exclude: ["7.1.99"] }))).toEqual([
      "command line: --cases: there is no case `9.1`; for all of it write `9.1.*`",
      "command line: --exclude: there is no case `7.1.99`; did you mean `7.1.1`?",
    ]);
    expect(warningsOf(readClient(client({}), { exclude: ["8.*"] }))).toEqual([
      "matches-nothing command line: --exclude: `8.*` matches no case",
    ]);
  });
});

describe("servers", () => {
  it.each([{}, { servers: [] }, { servers: null }])("%j leaves --wsuri, which is then needed", (servers) => {
    const spec = { cases: ["*"], ...servers };
    expect(readClient(spec, { wsuri: "wss://h/x" }).servers).toEqual([
      {
        url: "wss://h/x",
        to: { host: "h", port: 443, resource: "/x", tls: { serverName: null, verify: false } },
        agent: null,
        headerLines: [],
        protocols: [],
        options: defaultOptions,
      },
    ]);
    expect(linesOf(() => readClient(spec))).toEqual([
      "spec.json:1:1: names no `servers`; add them, or give one URL with --wsuri",
    ]);
    expect(linesOf(() => readClient(spec, { wsuri: "h:9001" }))).toEqual([
      "command line: --wsuri: `h:9001` does not begin with ws:// or wss://; write `ws://h:9001`",
    ]);
  });

  it("of the spec count before --wsuri, as in the original, but not in silence", () => {
    const spec = readClient(client({}), { wsuri: "ws://other:1" });
    expect(spec.servers.map(({ url }) => url)).toEqual([server.url]);
    expect(spec.warnings.map(({ code, path }) => [code, path])).toEqual([["no-effect", "--wsuri"]]);
  });

  it.each([
    [{ url: "ws://h:0" }, "servers[0].url: `ws://h:0` cannot be connected to"],
    [{ url: "ws://h:1/#x" }, "servers[0].url: `ws://h:1/#x` has a fragment"],
    [{ url: "ws://h:99999" }, "servers[0].url: `ws://h:99999` is not a URL"],
    [{ url: 5 }, "servers[0].url: must be text, not 5"],
    [{ url: "ws://h", protocols: ["a b"] }, "servers[0].protocols[0]: is no name of a subprotocol"],
    [{ url: "ws://h", origin: "a\r\nX-Other: b" }, "servers[0].origin: must be printable ASCII"],
    [{ url: "ws://h", options: { maskClient: 1 } }, "servers[0].options.maskClient: there is no such option"],
  ])("%j is an error", (wrong, line) => {
    expect(clientLines({ servers: [wrong] })).toEqual([expect.stringContaining(line)]);
  });
});

describe("where a fuzzing server listens", () => {
  const lines = (keys: object, flags = {}) => linesOf(() => readServer({ cases: ["1.1.1"], ...keys }, flags));

  it.each([
    [{}, "spec.json:1:1: missing key `url`; such as ws://127.0.0.1:9001"],
    [{ url: null }, "spec.json:1:1: missing key `url`; such as ws://127.0.0.1:9001"],
    [{ url: 9001 }, 'spec.json:5:10 url: must be text, not 9001; put it in quotes: "9001"'],
    [
      { url: "ws://h:1/?a=b" },
      "spec.json:5:10 url: `ws://h:1/?a=b` has a query, which a server cannot have; take it out",
    ],
    [{ url: "wss://h:1" }, "spec.json:5:10 url: wss:// needs a `key`; add it to the spec, or give --key"],
    [
      { url: "wss://h:1", key: "k.pem" },
      "spec.json:5:10 url: wss:// needs a `cert`; add it to the spec, or give --cert",
    ],
    [
      { url: "wss://h:1", key: "no/k.pem", cert: "no/c.pem" },
      "spec.json:6:10 key: `no/k.pem` cannot be read (ENOENT)",
    ],
  ])("%j is an error", (keys, line) => {
    expect(lines(keys)).toEqual([line]);
  });

  it("may be any free port", () => {
    expect(readServer({ url: "ws://h:0", cases: ["*"] }).port).toBe(0);
    expect(readServer({ url: "wss://h", cases: ["*"] }.url ? { url: "ws://h", cases: ["*"] } : {}).port).toBe(
      80,
    );
  });

  it("has key and certificate from flags, which count before the spec's", async () => {
    using certificates = await makeCertificates();
    const { TLS_CERT: cert, TLS_KEY: key } = certificates.env;
    const pair = { key: certificates.key, cert: certificates.cert };
    const spec = { url: "wss://h", cases: ["*"] };
    expect(readServer(spec, { key, cert })).toMatchObject({ port: 443, tls: pair });
    expect(readServer({ ...spec, key: "no", cert: "no" }, { key, cert }).tls).toEqual(pair);
    expect(lines({ url: "wss://h", cert }, { key: cert })).toEqual([
      expect.stringContaining(
        `command line: --key: \`${cert}\` is no key in PEM that fits the certificate (`,
      ),
    ]);
    expect(lines({ url: "wss://h", cert: key, key })).toEqual([
      expect.stringContaining(`cert: \`${key}\` is no certificate in PEM (`),
    ]);
    using others = await makeCertificates();
    expect(lines({ url: "wss://h", cert, key: others.env.TLS_KEY })).toEqual([
      expect.stringContaining("is no key in PEM that fits the certificate ("),
    ]);
  });

  it("has files that are relative to where the program runs", async () => {
    using certificates = await makeCertificates();
    const { TLS_CERT: cert, TLS_KEY: key } = certificates.env;
    const named = { key: basename(key), cert: basename(cert) };
    expect(readKeyPair(named, dirname(cert))).toEqual({ key: certificates.key, cert: certificates.cert });
  });

  it("needs neither without TLS, and says so", () => {
    const spec = readServer({ url: "ws://h", cases: ["*"], key: "k.pem" }, { cert: "c.pem" });
    expect(spec.tls).toBeNull();
    expect(spec.warnings.map(({ code, path }) => [code, path])).toEqual([
      ["no-effect", "--cert"],
      ["no-effect", "key"],
    ]);
  });
});

describe("the folder for reports", () => {
  it("is relative to where the program runs, has the original's default, and --out counts first", () => {
    expect(readClient(client({})).outdir).toBe("/srv/reports/servers");
    expect(readServer({ url: "ws://h", cases: ["*"] }).outdir).toBe("/srv/reports/clients");
    expect(readClient(client({ outdir: "../out" })).outdir).toBe("/out");
    expect(readClient(client({ outdir: "/reports" }), { out: "mine" }).outdir).toBe("/srv/mine");
  });
});

describe("text that is no spec", () => {
  it.each([
    ["", "spec.json:1:1: a value is missing before the end of the file"],
    ["[]", "spec.json:1:1: must be a map, not a list"],
    ['{\n  "cases": ["*"],\n}', "spec.json:2:17: there is a comma behind the last one; take it out"],
    ['{\n  // all\n  "cases": ["*"]\n}', "spec.json:2:3: JSON has no comments; take it out"],
  ])("%j", (text, line) => {
    expect(linesOf(() => readClient(text))).toEqual([line]);
  });
});
