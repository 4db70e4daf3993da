import { createServer, type Server } from "node:net";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { destinationOf, dial } from "../../fuzzer/client.ts";
import { judge } from "../../fuzzer/judge.ts";
import { profiles } from "../../fuzzer/profile.ts";
import { FuzzingServer } from "../../fuzzer/server.ts";
import { type Certificates, makeCertificates } from "../../orchestrator/certificates.ts";
import type { PeerArgs } from "../../orchestrator/wstest/args.ts";
import type { PeerMode } from "../../orchestrator/wstest/modes.ts";
import { runPeer } from "../../orchestrator/wstest/peers.ts";
import { connect, type Message, type OpenConnection, serve } from "../../reference-impl/index.ts";

import { until } from "../support/faux.ts";
import { caseOf } from "../support/player-bench.ts";

const host = "127.0.0.1";

/** Of each kind one, with and without compression. */
const ids = ["1.1.2", "5.19", "6.6.2", "7.5.1", "9.7.1", "12.1.1", "13.3.2", "13.7.11"];

let certificates: Certificates;
beforeAll(async () => {
  certificates = await makeCertificates();
});
afterAll(() => certificates[Symbol.dispose]());

/** What a test leaves to be ended. */
const leftovers: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of leftovers.splice(0).toReversed()) await end();
});

/** Starts a peer; it is ended with the test. */
function start(mode: PeerMode, wsuri: string, more: Partial<PeerArgs> = {}) {
  const args: PeerArgs = { mode, wsuri, ident: null, key: null, cert: null, debug: false, ...more };
  const lines: string[] = [];
  const ending = new AbortController();
  const code = runPeer(args, { say: (line) => void lines.push(line), signal: ending.signal });
  const stop = () => ending.abort();
  leftovers.push(async () => {
    stop();
    await code;
  });
  return { code, lines, stop };
}

/** Starts a server peer at a free port. */
async function startServer(mode: PeerMode, scheme: "ws" | "wss" = "ws", more: Partial<PeerArgs> = {}) {
  const peer = start(mode, `${scheme}://anywhere.example:0`, more);
  await until("it listens", () => peer.lines.length > 0);
  const port = Number(/port (\d+)/.exec(peer.lines[0]!)?.[1]);
  return { ...peer, port, url: `${scheme}://${host}:${port}` };
}

async function client(url: string) {
  const messages: Message[] = [];
  const connection = await connect(url, {
    verify: false,
    onOpen: () => ({ onMessage: (message) => void messages.push(message) }),
  });
  leftovers.push(() => connection.drop());
  return { connection, messages };
}

const pem = () => ({ key: certificates.env.TLS_KEY, cert: certificates.env.TLS_CERT });

describe("testeeserver", () => {
  it.each(["ws", "wss"] as const)("passes the fuzzer's cases over %s", async (scheme) => {
    const { url } = await startServer("testeeserver", scheme, scheme === "wss" ? pem() : {});
    for (const id of ids) {
      const played = caseOf(id);
      const result = await dial(played, destinationOf(url), { profile: profiles.quick });
      if (!result.connected) throw new Error(result.reason);
      expect([id, judge(played, result.record)]).toMatchObject([id, { behavior: "OK", behaviorClose: "OK" }]);
    }
  });

  it("takes compression as it is offered, is known by name, and ends with 0", async () => {
    const { url, code, stop } = await startServer("testeeserver");
    const { connection } = await client(url);
    const header = (name: string) => connection.head.fields.find((field) => field.name === name)?.value;
    expect(header("Sec-WebSocket-Extensions")).toBe("permessage-deflate");
    expect(header("Server")).toMatch(/^wsmatrix\/\d/);
    stop();
    expect(await connection.closed).toMatchObject({ clean: true, received: { code: 1001 } });
    expect(await code).toBe(0);
  });

  it("listens by IPv6 too, where there is any, whatever host the URL names", async () => {
    const { port } = await startServer("testeeserver");
    const { connection, messages } = await client(`ws://[::1]:${port}`);
    connection.send({ binary: false, payload: Buffer.from("hi") });
    await until("there is an echo", () => messages.length > 0);
    expect(messages[0]!.payload.toString()).toBe("hi");
  });

  it("tells of each connection when asked to, and of refused ones in any case", async () => {
    const { url, port, lines } = await startServer("testeeserver", "ws", { debug: true });
    const { connection } = await client(`${url}/some?path`);
    connection.close(1000);
    await until("it is told", () => lines.length === 3);
    expect(lines.slice(1)).toEqual(["open: /some?path, compressed", "closed: /some?path"]);
    await fetch(`http://${host}:${port}/`);
    expect(lines[3]).toMatch(/^refused: Upgrade must/);
  });
});

describe("echoserver", () => {
  it("echoes, and compresses nothing", async () => {
    const { url } = await startServer("echoserver");
    const { connection, messages } = await client(url);
    expect(connection.deflate).toBeNull();
    connection.send({ binary: true, payload: Buffer.from("hi") });
    await until("there is an echo", () => messages.length > 0);
    expect(messages).toMatchObject([{ binary: true, payload: Buffer.from("hi") }]);
  });
});

describe("testeeclient", () => {
  /** A fuzzing server, and what it saw. */
  async function fuzzer(tls = false) {
    const verdicts: string[] = [];
    const agents = new Set<string>();
    const heads: string[] = [];
    let done = 0;
    const server = await FuzzingServer.listen({
      host,
      port: 0,
      cases: ids.map(caseOf),
      profile: profiles.quick,
      ...(tls && { tls: certificates }),
      onCaseFinished(played, record, agent) {
        const { behavior, behaviorClose } = judge(played, record);
        verdicts.push(`${played.id} ${behavior} ${behaviorClose}`);
        heads.push(record.httpRequest ?? "");
        agents.add(agent);
      },
      onUpdateReports: () => void (done += 1),
    });
    leftovers.push(() => server.close());
    return { url: server.url, verdicts, agents, heads, done: () => done };
  }

  it.each([
    ["ws", false],
    ["wss, whatever the certificate", true],
  ])("passes the fuzzer's cases over %s, and exits with 0", async (_name, tls) => {
    const { url, verdicts, agents, heads, done } = await fuzzer(tls);
    const { code, lines } = start("testeeclient", url, { ident: "me & mine" });
    expect(await code).toBe(0);
    expect(verdicts).toEqual(ids.map((id) => `${id} OK OK`));
    expect([...agents]).toEqual(["me & mine"]);
    expect(done()).toBe(1);
    expect(lines).toEqual([`${ids.length} cases played`]);
    for (const head of heads) {
      expect(head).toContain("\r\nUser-Agent: me & mine\r\n");
      expect(head).toContain("\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n");
    }
  });

  it("is called wsmatrix, by default; a path of the URL does not matter", async () => {
    const { url, agents, heads } = await fuzzer();
    expect(await start("testeeclient", `${url}/some/path?a=b`).code).toBe(0);
    expect([...agents]).toEqual([expect.stringMatching(/^wsmatrix\/\d+\.\d+\.\d+$/)]);
    expect(heads[0]).toMatch(/\r\nUser-Agent: wsmatrix\/\d/);
  });

  it("may have any name", async () => {
    const { url, agents, heads } = await fuzzer();
    expect(await start("testeeclient", url, { ident: "café\r\nX: y" }).code).toBe(0);
    expect([...agents]).toEqual(["café\r\nX: y"]);
    expect(heads[0]).toContain("\r\nUser-Agent: caf???X: y\r\n");
  });

  it("says what to do when there is no fuzzing server, and exits with 3", async () => {
    const gone = await fuzzerlessPort();
    const { code, lines } = start("testeeclient", `ws://${host}:${gone}`);
    expect(await code).toBe(3);
    expect(lines).toEqual([expect.stringMatching(/ECONNREFUSED.*; start a fuzzing server there first/)]);
    const other = await startServer("echoserver");
    const second = start("testeeclient", other.url);
    setTimeout(other.stop, 100);
    expect(await second.code).toBe(3);
    expect(second.lines.at(-1)).toMatch(/does not tell the count of its cases; start a fuzzing server/);
  });

  it("stops when it is told to, and exits with 130", async () => {
    const server = await serve({
      host,
      port: 0,
      onConnection(connection) {
        if (connection.resource === "/getCaseCount") {
          connection.send({ binary: false, payload: Buffer.from("9") });
          connection.close();
        } else {
          tested.stop();
        }
        return {};
      },
    });
    leftovers.push(() => server.close());
    const tested = start("testeeclient", server.url);
    expect(await tested.code).toBe(130);
  });
});

describe("echoclient", () => {
  async function speaker() {
    const heard: Message[] = [];
    const opened: OpenConnection[] = [];
    const server = await serve({
      host,
      port: 0,
      onConnection(connection) {
        opened.push(connection);
        connection.send({ binary: false, payload: Buffer.from("hello?") });
        return {
          onMessage(message) {
            heard.push(message);
            if (connection.resource.endsWith("close=1")) connection.close(3000);
          },
        };
      },
    });
    leftovers.push(() => server.close());
    return { url: server.url, heard, opened };
  }

  it("connects once, echoes until the connection is closed, and exits with 0", async () => {
    const { url, heard, opened } = await speaker();
    const { code, lines } = start("echoclient", `${url}/a?close=1`);
    expect(await code).toBe(0);
    expect(heard.map(({ payload }) => payload.toString())).toEqual(["hello?"]);
    expect(opened).toHaveLength(1);
    expect(opened[0]!.deflate).toBeNull();
    expect(lines).toEqual([`connected to ${url}/a?close=1`, "closed with 3000"]);
  });

  it("goes when it is told to", async () => {
    const { url, heard } = await speaker();
    const { code, stop } = start("echoclient", url);
    await until("it has echoed", () => heard.length > 0);
    stop();
    expect(await code).toBe(0);
  });

  it("says what to do when there is no server, and exits with 3", async () => {
    const { code, lines } = start("echoclient", `ws://${host}:${await fuzzerlessPort()}`);
    expect(await code).toBe(3);
    expect(lines).toEqual([expect.stringMatching(/^cannot connect: .*ECONNREFUSED.*; start a/)]);
  });
});

describe("a server that cannot listen", () => {
  it("names the port and what to do, and exits with 3", async () => {
    const { port } = await startServer("echoserver");
    const { code, lines } = start("testeeserver", `ws://${host}:${port}`);
    expect(await code).toBe(3);
    expect(lines).toEqual([
      `cannot listen at port ${port}: it is in use; end the program that uses it, or name another port in --wsuri`,
    ]);
  });

  it("for want of files says which, and exits with 2", async () => {
    const { key, cert } = pem();
    const nonsense = join(certificates.env.TLS_CERT, "..", "nonsense.pem");
    writeFileSync(nonsense, "no PEM");
    for (const [files, text] of [
      [{}, /needs a key and a certificate: give both --key and --cert/],
      [{ key }, /needs a key and a certificate/],
      [{ key: "missing.pem", cert }, /^--key: `missing.pem` cannot be read \(ENOENT\)/],
      [{ key, cert: nonsense }, /^--cert: .*nonsense.pem` is no certificate/],
    ] as const) {
      const { code, lines } = start("testeeserver", "wss://127.0.0.1:0", files);
      expect(await code).toBe(2);
      expect(lines).toEqual([expect.stringMatching(text)]);
    }
  });
});

/** A port at which nobody listens. */
async function fuzzerlessPort(): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, host, resolve));
  const address = server.address();
  await new Promise((resolve) => void server.close(resolve));
  return typeof address === "object" ? address!.port : 0;
}
