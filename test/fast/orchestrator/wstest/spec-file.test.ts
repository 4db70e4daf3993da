import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FuzzingMode } from "../../../../orchestrator/wstest/options.ts";
import { defaultSpecs, readSpecFile } from "../../../../orchestrator/wstest/spec-file.ts";
import { readClientSpec, readServerSpec } from "../../../../orchestrator/wstest/spec.ts";
import { formatProblem } from "../../../../orchestrator/config/problem.ts";
import { linesOf } from "../samples.ts";
import { suite } from "./samples.ts";

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "wstest-spec-"));
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

const noFlags = { spec: null, wsuri: null, key: null, cert: null, out: null, cases: null, exclude: null };

describe.each<[FuzzingMode]>([["fuzzingclient"], ["fuzzingserver"]])("without --spec, mode %s", (mode) => {
  const written = () => join(cwd, `${mode}.json`);

  it("writes the default spec where there is none, says so, and uses it", () => {
    const { file, text, warnings } = readSpecFile(mode, null, cwd);
    expect(file).toBe(`${mode}.json`);
    expect(JSON.parse(text)).toEqual(defaultSpecs[mode]);
    expect(readFileSync(written(), "utf8")).toBe(text);
    expect(warnings.map((warning) => `${warning.code} ${formatProblem(warning)}`)).toEqual([
      `default-written ${mode}.json: did not exist, so the default spec was written to it and is used`,
    ]);
  });

  it("reads the one that is there, and leaves it alone", () => {
    writeFileSync(written(), "{}");
    expect(readSpecFile(mode, null, cwd)).toEqual({ file: `${mode}.json`, text: "{}", warnings: [] });
    expect(readFileSync(written(), "utf8")).toBe("{}");
  });

  it("ends where it cannot be read", () => {
    mkdirSync(written());
    expect(linesOf(() => readSpecFile(mode, null, cwd))).toEqual([`${mode}.json: cannot be read (EISDIR)`]);
  });

  it("ends where it cannot be written", () => {
    const gone = join(cwd, "gone");
    expect(linesOf(() => readSpecFile(mode, null, gone))).toEqual([
      `${mode}.json: does not exist and cannot be written (ENOENT); name a spec file with --spec`,
    ]);
  });
});

describe("the default specs", () => {
  it("are the original's", () => {
    expect(readClientSpec(noFlags, { cwd, catalogue: suite })).toMatchObject({
      file: "fuzzingclient.json",
      outdir: join(cwd, "reports/servers"),
      servers: [{ url: "ws://127.0.0.1:9001", agent: null }],
    });
    expect(readServerSpec(noFlags, { cwd, catalogue: suite })).toMatchObject({
      file: "fuzzingserver.json",
      outdir: join(cwd, "reports/clients"),
      host: "127.0.0.1",
      port: 9001,
      tls: null,
    });
    expect(readClientSpec(noFlags, { cwd, catalogue: suite }).cases).toHaveLength(517);
  });

  it("name a server, so --wsuri has no effect, as in the original", () => {
    const { servers, warnings } = readClientSpec(
      { ...noFlags, wsuri: "ws://h:1" },
      { cwd, catalogue: suite },
    );
    expect(servers.map(({ url }) => url)).toEqual(["ws://127.0.0.1:9001"]);
    expect(warnings.map(({ code, path }) => [code, path])).toEqual([
      ["default-written", ""],
      ["no-effect", "--wsuri"],
    ]);
  });
});

describe("with --spec", () => {
  it("a file that is not there is an error, and none is written", () => {
    expect(linesOf(() => readSpecFile("fuzzingclient", "config/x.json", cwd))).toEqual([
      "config/x.json: there is no such file",
    ]);
    expect(existsSync(join(cwd, "fuzzingclient.json"))).toBe(false);
  });

  it("a file is relative to the folder, may begin with a byte order mark, and is named as the user did", () => {
    mkdirSync(join(cwd, "config"));
    writeFileSync(join(cwd, "config/x.json"), "\ufeff{}");
    expect(readSpecFile("fuzzingclient", "config/x.json", cwd)).toEqual({
      file: "config/x.json",
      text: "{}",
      warnings: [],
    });
    expect(readSpecFile("fuzzingclient", join(cwd, "config/x.json"), "/").text).toBe("{}");
  });

  it("a file must be text of some length", () => {
    writeFileSync(join(cwd, "x.json"), Buffer.from([0x22, 0xff, 0x22]));
    expect(linesOf(() => readSpecFile("fuzzingclient", "x.json", cwd))).toEqual([
      "x.json: is not UTF-8 text",
    ]);
    writeFileSync(join(cwd, "x.json"), " ".repeat((1 << 20) + 1));
    expect(linesOf(() => readSpecFile("fuzzingclient", "x.json", cwd))).toEqual([
      "x.json: is longer than 1048576 octets",
    ]);
  });

  it("a file need not be writable", () => {
    writeFileSync(join(cwd, "x.json"), "{}");
    chmodSync(join(cwd, "x.json"), 0o400);
    expect(readSpecFile("fuzzingclient", "x.json", cwd).text).toBe("{}");
  });
});
