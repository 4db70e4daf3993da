import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";

import { cellFile, faux, runFile, scratch, wsmatrix } from "../support/cli.ts";
import { until } from "../support/faux.ts";

const own = (name: string, role: string, ...more: string[]) => {
  const dir = scratch();
  return {
    dir,
    args: ["run", "--command", faux(name), "--role", role, "--out", dir, "--reporter", "plain", ...more],
  };
};

describe.concurrent("wsmatrix run", () => {
  it("tests a server of one's own and prints one JSON object, and nothing else, on standard output", async () => {
    const { dir, args } = own("echo", "server", "--cases", "1.*,10.*", "--json");
    const { stdout, exitCode } = await wsmatrix(args);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      run: expect.any(String),
      dir,
      cells: [
        {
          target: "own",
          version: null,
          role: "server",
          variant: "plain",
          status: "ran",
          tally: { pass: 17, notRun: 0 },
        },
      ],
      exitCode: 0,
    });
  });

  it("tests a client of one's own, which is started on lists of its own", async () => {
    const { dir, args } = own("echo-client", "client", "--cases", "1.*,2.*");
    const { stdout, stderr, exitCode } = await wsmatrix(args);
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 0 });
    expect(stderr).toContain("27 pass of 27");
    expect(cellFile(dir, "own/client/plain").tally).toMatchObject({ pass: 27, notRun: 0 });
  });

  it("goes on with a client that leaves between two cases, for as long as it gets on", async () => {
    const dir = scratch();
    const command = `env GIVE_UP_AFTER=5 ${faux("echo-client")}`;
    const { exitCode } = await wsmatrix([
      "run",
      "--command",
      command,
      "--role",
      "client",
      "--cases",
      "1.*",
      "--out",
      dir,
    ]);
    expect(exitCode).toBe(0);
    expect(cellFile(dir, "own/client/plain").tally).toMatchObject({ pass: 16, notRun: 0 });
  });

  it("exits with 1 for a verdict that is not acceptable, and says how to repeat it", async () => {
    const { args } = own("echo", "server", "--cases", "3.1");
    const { stderr, exitCode } = await wsmatrix(args);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /regressed: own server 3\.1 FAILED\/FAILED .*case 3\.1 --command '.*echo\.mjs' --role server/,
    );
  });

  it("convicts the case that kills the target, and plays all others", async () => {
    const { dir, args } = own("dies-on-opcode", "server", "--cases", "4.*,1.*");
    const { exitCode } = await wsmatrix(args);
    expect(exitCode).toBe(1);
    const { status, cases, notRun } = cellFile(dir, "own/server/plain");
    expect({ status, notRun }).toEqual({ status: "ran", notRun: [] });
    expect(cases["4.1.1"]).toMatchObject({ behavior: "FAILED", behaviorClose: "FAILED" });
    expect(cases["4.1.1"]?.result).toContain("targetDied");
    expect(Object.values(cases).filter(({ result }) => result.includes("targetDied"))).toHaveLength(1);
    expect(cases["1.1.1"]).toMatchObject({ behavior: "OK", behaviorClose: "OK" });
  });

  it("gives a target up that dies at random, and keeps what was played", async () => {
    const dir = scratch();
    const command = `env DIE_ON=15 ${faux("dies-on-connection")}`;
    const args = ["run", "--command", command, "--role", "server", "--cases", "1.*,4.*,5.*", "--out", dir];
    const { exitCode } = await wsmatrix([...args, "--reporter", "plain"]);
    expect(exitCode).toBe(3);
    const { status, cases, notRun } = cellFile(dir, "own/server/plain");
    expect(status).toBe("crashed");
    expect(Object.keys(cases).length + notRun.length).toBe(46);
    expect(Object.values(cases).filter(({ result }) => result.includes("targetDied"))).toEqual([]);
  });

  it.each([
    ["exits-at-once", "crashed"],
    ["plain-http", "noncompliant"],
    ["huge-header", "noncompliant"],
    ["silent", "noncompliant"],
    ["random-octets", "noncompliant"],
    ["never-reads", "noncompliant"],
    ["never-listens", "start-timeout"],
  ])("ends the cell of %s as %s, with exit code 3", async (name, status) => {
    const { dir, args } = own(name, "server", "--cases", "1.*");
    const running = wsmatrix(args);
    const peak = peakMemory(running.pid!);
    const { exitCode } = await running;
    expect(exitCode).toBe(3);
    expect(cellFile(dir, "own/server/plain")).toMatchObject({ status, tally: { notRun: 16, failed: 0 } });
    expect(await peak).toBeLessThan(300 << 20);
  });

  it("stops at once when it is interrupted, leaves no process, and plays only the rest when it is resumed", async () => {
    const dir = scratch();
    const marker = `MARKER=${dir}`;
    const command = `env ${marker} ${faux("echo")}`;
    const selection = ["--role", "server", "--cases", "1.*,6.4.*,9.*"];
    const running = wsmatrix([
      "run",
      "--command",
      command,
      ...selection,
      "--out",
      dir,
      "--reporter",
      "plain",
    ]);
    await until("some cases have been played", () => finishedCases(dir) >= 16);
    expect(processesWith(marker)).not.toEqual([]);
    running.kill("SIGINT");
    expect((await running).exitCode).toBe(130);
    expect(runFile(dir)).toMatchObject({ state: "interrupted", exitCode: 130 });
    const before = cellFile(dir, "own/server/plain");
    const played = Object.keys(before.cases).length;
    expect(played).toBeGreaterThanOrEqual(16);
    expect(before.notRun.length).toBeGreaterThan(0);
    expect(processesWith(marker)).toEqual([]);

    const resumed = await wsmatrix(["run", "--resume", dir, "--reporter", "plain"]);
    expect(resumed.exitCode).toBe(1);
    const events = readFileSync(join(dir, "events.jsonl"), "utf8").trim().split("\n");
    const finished = events
      .map((line) => JSON.parse(line) as { type: string; case?: string })
      .filter(({ type }) => type === "case-finished");
    expect(finished.length).toBe(74);
    expect(new Set(finished.map((event) => event.case)).size).toBe(74);
    const after = cellFile(dir, "own/server/plain");
    expect(after).toMatchObject({ status: "ran", notRun: [] });
    expect(after.duration).toBeGreaterThan(before.duration);
  });

  it.each([
    ["a file that is not there", ["--matrix", "nowhere.yaml"], /nowhere\.yaml: there is no such file/],
    ["YAML that does not parse", ["--matrix", yaml("targets: [\n  - { use: ws")], /\.yaml:2:\d+: /],
    [
      "an unknown key",
      ["--matrix", yaml("targets:\n  - { usee: ws }\n")],
      /\.yaml:2:7 .*unknown key `usee`; did you mean `use`/,
    ],
    [
      "a role that is none",
      ["--matrix", yaml("targets:\n  - { use: ws, roles: [sever] }\n")],
      /\.yaml:2:24 .*no such role/,
    ],
    ["no targets", ["--matrix", yaml("targets: []\n")], /\.yaml:1:10 /],
    [
      "a pattern that selects no case",
      ["--url", "ws://127.0.0.1:1", "--cases", "99.*"],
      /`99\.\*` selects nothing/,
    ],
    [
      "a filter that selects no cell",
      ["--matrix", yaml("targets:\n  - { use: ws }\n"), "wx"],
      /`wx` selects nothing.*did you mean `ws`/,
    ],
    ["an unknown flag", ["--colour"], /unknown option '--colour'/],
    ["a role flag that is none", ["--role", "sever"], /no role `sever`/],
  ])("exits with 2 and the place for %s", async (_what, args, message) => {
    const { exitCode, stderr } = await wsmatrix(["run", ...args]);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(2);
  });

  it("says what to do where there is no matrix", async () => {
    const { exitCode, stderr } = await wsmatrix(["run"], "/");
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/no matrix here.*--url, --command or --image/);
  });
});

describe.concurrent("wsmatrix case", () => {
  it("says what a case sends and expects", async () => {
    const { stdout, exitCode } = await wsmatrix(["case", "5.19"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/RFC 6455 section 5\.4/);
    expect(stdout).toMatch(/sends a ping frame: "pongme 1!"/);
    expect(stdout).toMatch(/pong "pongme 1!".*pong "pongme 2!".*text message/);
  });

  it("plays it and shows the wire log", async () => {
    const { stdout, exitCode } = await wsmatrix([
      "case",
      "1.1.2",
      "--command",
      faux("echo"),
      "--role",
      "server",
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/-> text frame .* 125 octets/);
    expect(stdout).toMatch(/<- text frame .* 125 octets/);
    expect(stdout).toMatch(/1\.1\.2 {2}OK \/ OK/);
  });

  it("names the nearest case for one that is not there", async () => {
    const { stderr, exitCode } = await wsmatrix(["case", "5.199"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/no case `5\.199`; did you mean `5\.19`/);
  });
});

/** How many cases a run has told the results of. */
function finishedCases(dir: string): number {
  const events = join(dir, "events.jsonl");
  return existsSync(events) ? readFileSync(events, "utf8").split('"type":"case-finished"').length - 1 : 0;
}

/** A matrix in a file of its own. */
function yaml(text: string): string {
  const file = `${scratch()}.yaml`;
  writeFileSync(file, text);
  return file;
}

/** The most memory, in octets, that a process ever had; 0 where the system does not tell. */
async function peakMemory(pid: number): Promise<number> {
  let peak = 0;
  for (;;) {
    try {
      peak = Math.max(
        peak,
        Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024,
      );
    } catch {
      return peak;
    }
    await sleep(100);
  }
}

/** Processes of this machine whose environment holds a text; none where the system does not tell. */
function processesWith(marker: string): string[] {
  if (!existsSync("/proc/self/environ")) return [];
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").includes(marker);
    } catch {
      return false;
    }
  });
}
