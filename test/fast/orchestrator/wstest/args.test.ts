import { describe, expect, it } from "vitest";
import { type ArgsReading, readArgs, suiteVersion } from "../../../../orchestrator/wstest/args.ts";
import { modes } from "../../../../orchestrator/wstest/modes.ts";
import { formatProblem } from "../../../../orchestrator/config/problem.ts";

interface Said {
  readonly reading: ArgsReading;
  readonly out: string;
  readonly err: string;
}

/** What becomes of a command line, written with blanks between the words. */
function read(line: string): Said {
  return readWords(line.split(" ").filter((word) => word !== ""));
}

function readWords(argv: readonly string[]): Said {
  const said = { out: "", err: "" };
  const reading = readArgs(argv, {
    name: "wstest",
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
  });
  return { reading, ...said };
}

/** The arguments and warnings of a command line that is fine. */
function run(line: string) {
  const { reading, err } = read(line);
  if (reading.status !== "run") throw new Error(`not to be run: ${err}`);
  return { args: reading.args, warnings: reading.warnings.map(formatProblem) };
}

const noFuzzingFlags = {
  spec: null,
  wsuri: null,
  key: null,
  cert: null,
  debug: false,
  accept: null,
  junit: null,
  jobs: null,
  profile: "full",
  corpora: null,
  cases: null,
  exclude: null,
  out: null,
};

describe("command lines that people have in their scripts", () => {
  it.each([
    ["-m fuzzingclient -s /config/fuzzingclient.json", { spec: "/config/fuzzingclient.json" }],
    ["--mode fuzzingclient --spec config/fuzzingclient.json", { spec: "config/fuzzingclient.json" }],
    ["--mode=fuzzingclient --spec=x.json", { spec: "x.json" }],
    ["-mfuzzingclient -sx.json", { spec: "x.json" }],
    ["--mode fuzzingclient -w ws://host.docker.internal:4000", { wsuri: "ws://host.docker.internal:4000" }],
    ["-m fuzzingclient", {}],
    ["-d -m fuzzingclient", { debug: true }],
  ])("%s", (line, flags) => {
    expect(run(line)).toEqual({
      args: { mode: "fuzzingclient", ...noFuzzingFlags, ...flags },
      warnings: [],
    });
  });

  it.each([
    ["-m fuzzingserver --spec spec.json --webport=0", { spec: "spec.json" }],
    ["-m fuzzingserver -u 0", {}],
    ["-m fuzzingserver -k key.pem -c cert.pem", { key: "key.pem", cert: "cert.pem" }],
  ])("%s", (line, flags) => {
    expect(run(line)).toEqual({
      args: { mode: "fuzzingserver", ...noFuzzingFlags, ...flags },
      warnings: [],
    });
  });

  it.each([
    ["-m testeeserver -w ws://127.0.0.1:9001", {}],
    ["-m echoserver -w wss://127.0.0.1:9001 -k k -c c", { key: "k", cert: "c" }],
    ["-m testeeclient -w ws://127.0.0.1:9001 -i mine", { ident: "mine" }],
    ["-m testeeclient -w ws://127.0.0.1:9001 --ident= -d", { ident: "", debug: true }],
    ["-m echoclient -w ws://127.0.0.1:9001/?x=1", {}],
  ])("%s", (line, flags) => {
    const [, mode, , wsuri] = line.split(" ");
    expect(run(line)).toEqual({
      args: { mode, wsuri, ident: null, key: null, cert: null, debug: false, ...flags },
      warnings: [],
    });
  });

  it("get a warning for each flag that does nothing, and go on", () => {
    const warned = (line: string) => run(line).warnings;
    expect(warned("-m fuzzingclient -u 8080 -i x -k k -c c -o out -t set")).toEqual(
      ["webport", "ident", "key", "cert", "outfile", "testset"].map(
        (flag) => `command line: --${flag}: has no effect in mode \`fuzzingclient\``,
      ),
    );
    expect(warned("-m fuzzingserver -w ws://127.0.0.1:9001 -u 8080")).toEqual([
      "command line: --wsuri: has no effect in mode `fuzzingserver`",
      "command line: --webport: has no effect in mode `fuzzingserver`",
    ]);
    expect(run("-m fuzzingserver -w ws://127.0.0.1:9001").args.wsuri).toBeNull();
    expect(warned("-m testeeserver -w ws://127.0.0.1:9001 -i x -s y")).toEqual([
      "command line: --spec: has no effect in mode `testeeserver`",
      "command line: --ident: has no effect in mode `testeeserver`",
    ]);
    expect(warned("-m echoclient -w ws://127.0.0.1:9001 -k k")).toHaveLength(1);
  });
});

describe("what the original does not have", () => {
  it("is read for both fuzzing modes", () => {
    const line =
      "--accept strict --junit j.xml --jobs 1 --profile quick --corpora c --out o --cases 1.*,2.* 5.1 --exclude 1.1.1 --exclude 2.*";
    for (const mode of ["fuzzingclient", "fuzzingserver"]) {
      expect(run(`-m ${mode} ${line}`)).toEqual({
        args: {
          mode,
          ...noFuzzingFlags,
          accept: "strict",
          junit: "j.xml",
          jobs: 1,
          profile: "quick",
          corpora: "c",
          out: "o",
          cases: ["1.*", "2.*", "5.1"],
          exclude: ["1.1.1", "2.*"],
        },
        warnings: [],
      });
    }
  });

  it.each([
    "accept lenient",
    "junit x",
    "jobs 2",
    "profile full",
    "corpora x",
    "cases 1.*",
    "exclude 1.*",
    "out x",
  ])("has no meaning for a peer: --%s", (flag) => {
    const { reading, err } = read(`-m testeeserver -w ws://127.0.0.1:9001 --${flag}`);
    expect(reading).toEqual({ status: "exit", code: 2 });
    expect(err).toBe(`wstest: --${flag.split(" ")[0]} has no meaning in mode \`testeeserver\`\n`);
  });
});

describe("command lines that cannot be", () => {
  it.each([
    ["", "a mode is needed: --mode, one of `fuzzingserver`, `fuzzingclient`, `testeeserver`"],
    ["-m fuzzingclent", "there is no mode `fuzzingclent`; did you mean `fuzzingclient`?"],
    ["-m FuzzingServer", "there is no mode `FuzzingServer`; did you mean `fuzzingserver`?"],
    ["-m spam", "there is no mode `spam`; modes are `fuzzingserver`,"],
    ["-m massconnect", "mode `massconnect` is not part of this drop-in, which has `fuzzingserver`,"],
    ["-m broadcastserver -w ws://h:1", "mode `broadcastserver` is not part of this drop-in"],
    ["-m broadcastclient -w ws://h:1", "mode `broadcastclient` is not part of this drop-in"],
    ["-m serializer -o x", "mode `serializer` is not part of this drop-in"],
    ["-m wsperfcontrol", "mode `wsperfcontrol` is not part of this drop-in"],
    ["-m wsperfmaster", "mode `wsperfmaster` is not part of this drop-in"],
    ["-m testeeserver", "mode `testeeserver` needs a URL: --wsuri ws://127.0.0.1:9001"],
    [
      "-m echoclient -w 127.0.0.1:9001",
      "--wsuri: `127.0.0.1:9001` does not begin with ws:// or wss://; write `ws://127.0.0.1:9001`",
    ],
    [
      "-m testeeclient -w https://h/x",
      "--wsuri: `https://h/x` does not begin with ws:// or wss://; write `wss://h/x`",
    ],
    ["-m testeeclient -w ws://h:0", "--wsuri: `ws://h:0` cannot be connected to: port 0"],
    [
      "-m testeeserver -w ws://h/?x=1",
      "--wsuri: `ws://h/?x=1` has a query, which a server cannot have; take it out",
    ],
    [
      "-m fuzzingserver -u 65536",
      "option '-u, --webport <port>' argument '65536' is invalid. a number from 0 to 65535",
    ],
    ["-m fuzzingserver -u -1", "option '-u, --webport <port>' argument '-1' is invalid"],
    ["-m fuzzingclient --jobs 0", "option '--jobs <n>' argument '0' is invalid. a whole number from 1"],
    ["-m fuzzingclient --accept all", "Allowed choices are default, strict, lenient."],
    ["-m fuzzingclient --profile slow", "Allowed choices are quick, full."],
    ["-m fuzzingclient --sepc x", "unknown option '--sepc' (Did you mean --spec?)"],
    ["-m", "option '-m, --mode <mode>' argument missing"],
    ["-m fuzzingclient more", "too many arguments"],
  ])("%s", (line, message) => {
    const { reading, out, err } = read(line);
    expect(reading).toEqual({ status: "exit", code: 2 });
    expect(out).toBe("");
    expect(err).toMatch(/^wstest: [^\n]*\n$/);
    expect(err).toContain(message);
  });

  it("are quoted without harm to a terminal", () => {
    expect(readWords(["-m", "\u001b[2J\n"]).err).toMatch(/^wstest: there is no mode `\\x1b\[2J/);
  });
});

describe("what ends well at once", () => {
  it.each(["-a", "--autobahnversion", "--version", "-m nonsense -a"])("%s prints versions", (line) => {
    const { reading, out, err } = read(line);
    expect(reading).toEqual({ status: "exit", code: 0 });
    expect(out).toMatch(/^wsmatrix \d+\.\d+\.\d+\S*\nAutobahnTestSuite /);
    expect(out).toContain(suiteVersion);
    expect(err).toBe("");
  });

  it.each(["-h", "--help", "-m fuzzingserver --help"])(
    "%s prints all modes, options and some examples",
    (line) => {
      const { reading, out } = read(line);
      expect(reading).toEqual({ status: "exit", code: 0 });
      for (const word of [...modes, "Examples:", "--accept", "--webport", "--corpora", "Exit codes:"]) {
        expect(out).toContain(word);
      }
    },
  );
});
