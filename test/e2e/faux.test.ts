import { rmSync } from "node:fs";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { catalogue, selectCases } from "../../fuzzer/catalogue.ts";
import { judge } from "../../fuzzer/judge.ts";
import { profiles } from "../../fuzzer/profile.ts";
import type { Role } from "../../fuzzer/record.ts";
import { FuzzingServer } from "../../fuzzer/server.ts";
import type { Running } from "../../orchestrator/engines/engine.ts";
import { processEngine } from "../../orchestrator/engines/process.ts";
import { fauxTarget, isListening, temporaryDir, until } from "../support/faux.ts";

let dir = "";
let running: Running | undefined;
beforeEach(() => {
  dir = temporaryDir();
});
afterEach(async () => {
  await running?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const REQUEST = [
  "GET / HTTP/1.1",
  "Host: 127.0.0.1",
  "Upgrade: websocket",
  "Connection: Upgrade",
  // The key of RFC 6455 section 1.3.
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
].join("\r\n");

async function launch(program: string, role: Role, env: Readonly<Record<string, string>>): Promise<Running> {
  const engine = processEngine({ cacheDir: dir, graceMs: 200 });
  const { signal } = new AbortController();
  const prepared = await engine.prepare(fauxTarget(program), { signal });
  running = await engine.start(prepared, { role, env, limits: {}, logFile: null, signal });
  return running;
}

/** Starts a server target; returns its URL once it listens. */
async function start(program: string, env = {}): Promise<string> {
  const { url } = await launch(program, "server", env);
  if (url === null) throw new Error("a server has a URL");
  await until("it listens", () => isListening(url));
  return url;
}

interface Wire {
  /** All octets so far. */
  received(): Buffer;
  closed(): boolean;
  send(octets: Buffer): boolean;
}

function dial(url: string): Wire {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  const chunks: Buffer[] = [];
  let closed = false;
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => {});
  socket.on("close", () => {
    closed = true;
  });
  socket.write(`${REQUEST}\r\n\r\n`);
  return {
    received: () => Buffer.concat(chunks),
    closed: () => closed,
    send: (octets) => socket.write(octets),
  };
}

const answered = (wire: Wire): Promise<void> =>
  until("an answer came", () => wire.received().includes("\r\n\r\n"));
const bodyOf = (wire: Wire): Buffer => wire.received().subarray(wire.received().indexOf("\r\n\r\n") + 4);
/** A text frame masked with zeros. */
const HELLO = Buffer.from("818500000000" + Buffer.from("Hello").toString("hex"), "hex");
const HELLO_BACK = Buffer.from("8105" + Buffer.from("Hello").toString("hex"), "hex");

describe("faux targets", () => {
  it("echo answers as RFC 6455 section 1.3 does, echoes and closes", async () => {
    const wire = dial(await start("echo"));
    await answered(wire);
    expect(wire.received().toString("latin1")).toContain(
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    );
    wire.send(HELLO.subarray(0, 7));
    wire.send(HELLO.subarray(7));
    await until("the echo came", () => bodyOf(wire).equals(HELLO_BACK));
    wire.send(Buffer.from("89800000000088820000000003e8", "hex"));
    await until("pong and close came", () =>
      bodyOf(wire).subarray(7).equals(Buffer.from("8a00880203e8", "hex")),
    );
    await until("the connection is gone", () => wire.closed());
  });

  it("plain-http knows no WebSocket", async () => {
    const wire = dial(await start("plain-http"));
    await answered(wire);
    expect(wire.received().toString("latin1")).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  it("huge-header sends 5 MB before the handshake is over", async () => {
    const wire = dial(await start("huge-header"));
    await answered(wire);
    expect(wire.received().indexOf("\r\n\r\n")).toBeGreaterThan(4_900_000);
  });

  it("silent says nothing", async () => {
    const wire = dial(await start("silent"));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect([wire.received().length, wire.closed()]).toEqual([0, false]);
  });

  it("random-octets goes on and on after the handshake", async () => {
    const wire = dial(await start("random-octets"));
    await until("a lot came", () => wire.received().length > 1_000_000);
    expect(wire.received().toString("latin1", 0, 12)).toBe("HTTP/1.1 101");
  });

  it("never-reads lets octets pile up", async () => {
    const wire = dial(await start("never-reads"));
    await answered(wire);
    // More than any kernel buffers on both sides: a peer that reads would have taken it in a moment.
    wire.send(Buffer.alloc(32 * 1024 * 1024));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(wire.send(Buffer.alloc(1))).toBe(false);
    expect(wire.closed()).toBe(false);
  });

  it("dies-on-connection echoes until its time has come", async () => {
    // The first connection is that of the check that it listens.
    const url = await start("dies-on-connection", { DIE_ON: "2" });
    const wire = dial(url);
    await answered(wire);
    wire.send(HELLO);
    await until("the echo came", () => bodyOf(wire).equals(HELLO_BACK));
    await answered(dial(url));
    expect(await running?.exited).toMatchObject({ code: 139 });
  });

  it("dies-on-opcode dies of one frame, every time", async () => {
    const wire = dial(await start("dies-on-opcode"));
    await answered(wire);
    wire.send(HELLO);
    await until("the echo came", () => bodyOf(wire).equals(HELLO_BACK));
    wire.send(Buffer.from("838000000000", "hex"));
    expect(await running?.exited).toMatchObject({ signal: "SIGSEGV" });
  });

  it("echo-client drives the fuzzing server through its list, or gives up on the way", async () => {
    const { entries } = selectCases(catalogue, { cases: ["1.1.1", "1.1.2", "1.2.1"] });
    const seen: string[] = [];
    const server = await FuzzingServer.listen({
      host: "127.0.0.1",
      port: 0,
      cases: entries.map((entry) => entry.case),
      profile: profiles.quick,
      onCaseFinished: (played, record, agent) =>
        seen.push(`${played.id} ${judge(played, record).behavior} ${agent}`),
      onUpdateReports: (agent) => seen.push(`reports ${agent}`),
    });
    const env = { FUZZER_URL: server.url, AGENT: "an agent/1" };
    const client = await launch("echo-client", "client", env);
    expect(await client.exited).toMatchObject({ code: 0 });
    const all = ["1.1.1 OK an agent/1", "1.1.2 OK an agent/1", "1.2.1 OK an agent/1"];
    expect(seen).toEqual([...all, "reports an agent/1"]);
    const quitter = await launch("echo-client", "client", { ...env, GIVE_UP_AFTER: "2" });
    expect(await quitter.exited).toMatchObject({ code: 3 });
    expect(seen).toEqual([...all, "reports an agent/1", ...all.slice(0, 2)]);
    await server.close();
  });
});
