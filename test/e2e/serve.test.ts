import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, it } from "vitest";

import { faux, scratch, wsmatrix } from "../support/cli.ts";

interface Served {
  readonly url: string;
  readonly stop: () => Promise<unknown>;
}

/** Starts `wsmatrix serve`, and waits until it says where. */
async function serve(dir: string): Promise<Served> {
  const server = wsmatrix(["serve", dir]);
  const url = await new Promise<string>((resolve, reject) => {
    let said = "";
    server.stderr.on("data", (text: Buffer) => {
      said += text.toString();
      const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(said);
      if (found !== null) resolve(found[0]);
    });
    server.then(() => reject(new Error(said)), reject);
  });
  return { url, stop: () => (server.kill("SIGINT"), server) };
}

/** Messages of the stream of progress, until one fits. */
async function waitFor(
  url: string,
  fits: (message: { done: number; words: string }) => boolean,
): Promise<void> {
  const response = await fetch(`${url}live`, { signal: AbortSignal.timeout(60_000) });
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk, { stream: true });
    const messages = text.split("\n\n");
    text = messages.pop()!;
    if (
      messages.some((message) =>
        fits(JSON.parse(message.replace(/^data: /, "")) as { done: number; words: string }),
      )
    )
      return;
  }
}

/** A run of a few cases that all pass. */
async function smallRun(cases: string): Promise<string> {
  const dir = scratch();
  const args = ["run", "--command", faux("echo"), "--role", "server", "--cases", cases, "--fail-on", "never"];
  await wsmatrix([...args, "--out", dir, "--reporter", "plain"]);
  return dir;
}

describe("wsmatrix site and show", () => {
  it("make a site, and say the same in the terminal", async () => {
    const dir = await smallRun("1.1.*");
    const out = join(scratch(), "site");
    const site = await wsmatrix(["site", dir, "--out", out]);
    expect(site).toMatchObject({ exitCode: 0, stdout: "" });
    expect(site.stderr).toMatch(/site: \d+ files, .* of 1 runs, in /);
    expect(readFileSync(join(out, "index.html"), "utf8")).toContain("8 pass of 8");
    const again = await wsmatrix(["site", dir, "--out", dirname(out)]);
    expect(again).toMatchObject({ exitCode: 2 });
    expect(again.stderr).toContain("holds something else than a site");

    expect((await wsmatrix(["show", dir])).stdout).toMatch(/own\/server\/plain +8 pass of 8/);
    expect((await wsmatrix(["show", dir, "own/server/plain"])).stdout).toContain("8 pass of 8");
    const capture = join(dirname(out), "case.pcapng");
    const shown = await wsmatrix(["show", dir, "own/server/plain", "1.1.2", "--pcapng", capture]);
    expect(shown.stdout).toMatch(/1\.1\.2 {2}OK \/ OK[\s\S]*text frame/);
    expect(readFileSync(capture).readUInt32LE(0)).toBe(0x0a0d0d0a);
    const wrong = await wsmatrix(["show", dir, "own/servr/plain"]);
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain("did you mean `own/server/plain`?");
    expect((await wsmatrix(["show", join(dir, "nowhere")])).exitCode).toBe(2);
  });
});

describe("wsmatrix serve", () => {
  it("follows a run while it goes on", async () => {
    const whole = scratch();
    const args = [
      "run",
      "--command",
      faux("echo"),
      "--role",
      "server",
      "--cases",
      "1.*",
      "--fail-on",
      "never",
    ];
    await wsmatrix([...args, "--out", whole, "--reporter", "plain"]);
    const half = scratch();
    cpSync(whole, half, { recursive: true });
    const events = readFileSync(join(whole, "events.jsonl"), "utf8").split("\n");
    const upTo = events.findIndex((line) => line.includes('"case-finished"')) + 3;
    const run = JSON.parse(readFileSync(join(whole, "run.json"), "utf8")) as object;
    writeFileSync(join(half, "events.jsonl"), `${events.slice(0, upTo).join("\n")}\n{"type":"case-fin`);
    writeFileSync(join(half, "run.json"), JSON.stringify({ ...run, state: "running", finishedAt: null }));

    const { url, stop } = await serve(half);
    try {
      await waitFor(url, ({ done, words }) => done === 3 && words.startsWith("3 of 16 cases"));
      const before = await (await fetch(url)).text();
      expect(before).toContain('data-live="yes"');
      expect(before).toContain("13 of 16 planned cases have no verdict");

      writeFileSync(join(half, "events.jsonl"), readFileSync(join(whole, "events.jsonl")));
      writeFileSync(join(half, "run.json"), JSON.stringify(run));
      await waitFor(url, ({ done, words }) => done === 16 && words.startsWith("complete"));
      const after = await (await fetch(url)).text();
      expect(after).not.toContain("What is missing");
      expect((await fetch(`${url}data/records/own_server_plain/1.js`)).status).toBe(200);
    } finally {
      await stop();
    }
  });

  it("answers to this machine only, and has no files but those of the site", async () => {
    const dir = await smallRun("1.1.1");
    const { url, stop } = await serve(dir);
    try {
      expect((await fetch(url)).headers.get("content-type")).toContain("text/html");
      expect((await fetch(`${url}run.json`)).status).toBe(404);
      expect((await fetch(`${url}..%2f..%2fetc%2fpasswd`)).status).toBe(404);
      expect((await fetch(url, { method: "POST" })).status).toBe(405);
      expect((await fetch(`${url}live`)).status).toBe(404);
    } finally {
      await stop();
    }
  });
});
