import { connect as connectTcp, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { afterEach, describe, expect, it } from "vitest";

import {
  type Closure,
  connect,
  type ConnectOptions,
  driveEcho,
  type Message,
  type OpenConnection,
  OpeningError,
  serve,
  serveEcho,
} from "../../reference-impl/index.ts";
import { acceptKey } from "../../wire/handshake.ts";

import { until } from "../support/faux.ts";
import { hex } from "../support/octets.ts";

const host = "127.0.0.1";

const text = (words: string): Message => ({ binary: false, payload: Buffer.from(words) });

/** What a test leaves to be ended. */
const leftovers: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of leftovers.splice(0).toReversed()) await end();
});

/** A client that keeps what it gets. */
async function client(url: string, options: ConnectOptions = {}) {
  const messages: Message[] = [];
  const pongs: Buffer[] = [];
  const connection = await connect(url, {
    ...options,
    onOpen: () => ({
      onMessage: (m) => void messages.push(m),
      onPong: (payload) => void pongs.push(payload),
    }),
  });
  leftovers.push(() => connection.drop());
  return { connection, messages, pongs };
}

async function echoServer(options: Partial<Parameters<typeof serveEcho>[0]> = {}) {
  const server = await serveEcho({ host, port: 0, ...options });
  leftovers.push(() => server.close());
  return server;
}

/** A TCP server that does what the test says once a request has come. */
async function rawServer(onRequest: (socket: Socket, accept: string) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", (octets) => {
      const key = /^Sec-WebSocket-Key: (.*)\r$/m.exec(octets.toString("latin1"))![1]!;
      onRequest(
        socket,
        `HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n`,
      );
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, host, resolve));
  leftovers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return `ws://${host}:${typeof address === "object" ? address!.port : 0}`;
}

/** A TCP client that keeps what it gets. */
function rawClient(port: number, octets: string | Buffer) {
  const got: Buffer[] = [];
  const socket = connectTcp({ host, port, allowHalfOpen: true });
  leftovers.push(() => socket.destroy());
  socket.on("error", () => {}).on("data", (more) => void got.push(more));
  const ended = new Promise<void>(
    (resolve) => void socket.once("end", resolve).once("close", () => resolve()),
  );
  socket.write(octets);
  return { socket, ended, text: () => Buffer.concat(got).toString("latin1") };
}

const request = (port: number) =>
  `GET / HTTP/1.1\r\nHost: ${host}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`;

describe("our client and our server", () => {
  it("exchange messages of all sizes in order, and part in peace", async () => {
    const server = await echoServer();
    const { connection, messages, pongs } = await client(`${server.url}/a?b`);
    expect(connection.resource).toBe("/a?b");
    const sent = [0, 1, 125, 126, 65_535, 65_536, 5_000_000].map((length) => ({
      binary: length % 2 === 0,
      payload: Buffer.alloc(length, "0123456789"),
    }));
    for (const message of sent) connection.send(message);
    connection.ping(Buffer.from("still there?"));
    await until("the pong is there", () => pongs.length > 0);
    expect(pongs[0]!.toString()).toBe("still there?");
    expect(messages).toHaveLength(sent.length);
    for (const [at, { binary, payload }] of messages.entries()) {
      expect(binary).toBe(sent[at]!.binary);
      expect(payload.equals(sent[at]!.payload)).toBe(true);
    }
    connection.close(3000, "enough");
    const closure = await connection.closed;
    expect(closure).toMatchObject({
      clean: true,
      failure: null,
      sent: { code: 3000 },
      received: { code: 3000 },
    });
    expect(closure.received!.reason!.toString()).toBe("enough");
  });

  it("get along when the server speaks and closes first", async () => {
    const closures: Closure[] = [];
    const server = await serve({
      host,
      port: 0,
      onConnection(connection) {
        connection.send(text("welcome"));
        connection.close(1001, "and goodbye");
        return { onClosed: (closure) => void closures.push(closure) };
      },
    });
    leftovers.push(() => server.close());
    const { connection, messages } = await client(server.url);
    expect(await connection.closed).toMatchObject({ clean: true, received: { code: 1001 } });
    expect(messages.map(({ payload }) => payload.toString())).toEqual(["welcome"]);
    await until("the server knows", () => closures.length > 0);
    expect(closures[0]).toMatchObject({ clean: true, sent: { code: 1001 }, received: { code: 1001 } });
  });

  it("do so 100 at once", async () => {
    const server = await echoServer();
    const clients = await Promise.all(Array.from({ length: 100 }, () => client(server.url)));
    for (const [at, { connection }] of clients.entries()) connection.send(text(`number ${at}`));
    await until("all have their echo", () => clients.every(({ messages }) => messages.length === 1));
    expect(clients.map(({ messages }) => messages[0]!.payload.toString())).toEqual(
      clients.map((_, at) => `number ${at}`),
    );
    await server.close();
    const closures = await Promise.all(clients.map(({ connection }) => connection.closed));
    for (const closure of closures) expect(closure).toMatchObject({ clean: true, received: { code: 1001 } });
  });

  it.each([
    ["before it reads", true],
    ["later", false],
  ])("do not wait for each other when the client sends much %s", async (_name, atOnce) => {
    const server = await echoServer();
    const flood = (connection: OpenConnection) => {
      for (let i = 0; i < 40; i++) connection.send({ binary: true, payload: Buffer.alloc(1_000_000, i) });
      connection.ping();
    };
    let messages = 0;
    const connection = await connect(server.url, {
      holdReadingAt: 1_000_000,
      onOpen(opened) {
        if (atOnce) flood(opened);
        return { onMessage: () => void (messages += 1), onPong: () => void opened.close(1000) };
      },
    });
    if (!atOnce) flood(connection);
    expect(await connection.closed).toMatchObject({ clean: true });
    expect(messages).toBe(40);
  });
});

describe("our server", () => {
  it("writes what one turn brings forth at once, in order, the failure last", async () => {
    const server = await echoServer();
    const peer = rawClient(server.port, request(server.port));
    await until("the connection is open", () => peer.text().includes("\r\n\r\n"));
    const before = peer.text().length;
    const reads: number[] = [];
    peer.socket.on("data", (octets) => void reads.push(octets.length));
    peer.socket.write(hex("8182 00000000 6869 8980 00000000 8380 00000000"));
    await until("there is an answer", () => reads.length > 0);
    const answer = Buffer.from(peer.text().slice(before), "latin1");
    expect(answer.toString("hex")).toMatch(/^810268698a0088..03ea/);
    expect(reads).toHaveLength(1);
  });

  it("closes TCP by itself when a frame that broke a rule is never finished", async () => {
    const server = await echoServer({ brokenFrameTimeout: 10, closeTimeout: 100_000 });
    const peer = rawClient(server.port, request(server.port));
    await until("the connection is open", () => peer.text().includes("\r\n\r\n"));
    peer.socket.write(hex("81ff 0000000000010000 00000000 ff"));
    await peer.ended;
    expect(Buffer.from(peer.text(), "latin1").includes(hex("03ef"))).toBe(true);
  });

  it("does not wait for ever for the peer to close its half of TCP", async () => {
    let closed = false;
    const onClosed = () => void (closed = true);
    const server = await serve({ host, port: 0, onConnection: () => ({ onClosed }) });
    leftovers.push(() => server.close());
    const peer = rawClient(
      server.port,
      Buffer.concat([Buffer.from(request(server.port)), hex("8880 00000000")]),
    );
    await peer.ended;
    await until("the server has dropped TCP", () => closed, 10_000);
    expect(closed).toBe(true);
  });

  it("answers a bad request, and ends", async () => {
    const refusals: string[] = [];
    const server = await echoServer({ onRefused: ({ text: why }) => void refusals.push(why) });
    const peer = rawClient(server.port, `POST / HTTP/1.1\r\nHost: x\r\n\r\n`);
    await peer.ended;
    expect(peer.text()).toMatch(/^HTTP\/1\.1 405 /);
    expect(refusals).toEqual(["the method must be GET"]);
  });

  it("drops a peer that never finishes its request", async () => {
    const refusals: string[] = [];
    const server = await echoServer({
      openingTimeout: 50,
      onRefused: ({ text: why }) => void refusals.push(why),
    });
    const peer = rawClient(server.port, "GET / HTTP/1.1\r\n");
    await peer.ended;
    expect(refusals).toEqual([expect.stringContaining("in time")]);
  });

  it("stops reading from a peer that does not read, and goes on when it does", async () => {
    const [count, size] = [60, 1_000_000];
    let [received, mostBuffered] = [0, 0];
    const server = await serve({
      host,
      port: 0,
      onConnection: (connection) => ({
        onMessage(message) {
          received += 1;
          connection.send(message);
          mostBuffered = Math.max(mostBuffered, connection.buffered);
        },
      }),
    });
    leftovers.push(() => server.close());
    const peer = rawClient(server.port, request(server.port));
    await until("the connection is open", () => peer.text().includes("\r\n\r\n"));
    peer.socket.pause();
    const frame = Buffer.concat([hex("82ff 00000000000f4240 00000000"), Buffer.alloc(size)]);
    for (let i = 0; i < count; i++) peer.socket.write(frame);
    await until("nothing more is taken", async () => {
      const before = received;
      await sleep(200);
      return received === before && received > 0;
    });
    expect(received).toBeLessThan(count);
    expect(mostBuffered).toBeLessThan(4 * size);
    peer.socket.resume();
    await until("all is echoed", () => received === count);
  });
});

describe("our client", () => {
  it("says why a connection is not opened", async () => {
    const refusing = await rawServer((socket) => socket.end("HTTP/1.1 404 Not Found\r\n\r\n"));
    await expect(connect(refusing)).rejects.toMatchObject({ name: "OpeningError", status: 404 });
    const silent = await rawServer((socket) => socket.end());
    await expect(connect(silent)).rejects.toThrow(/closed before/);
    const slow = await rawServer(() => {});
    await expect(connect(slow, { openingTimeout: 50 })).rejects.toThrow(/in time/);
    const server = await serveEcho({ host, port: 0 });
    await server.close();
    await expect(connect(server.url)).rejects.toBeInstanceOf(OpeningError);
    await expect(connect(slow, { signal: AbortSignal.abort() })).rejects.toThrow(/aborted/);
    await expect(connect("ws://127.0.0.1/#x")).rejects.toBeInstanceOf(TypeError);
  });

  it("gets what comes in one segment with the response", async () => {
    const url = await rawServer((socket, accept) =>
      socket.write(Buffer.concat([Buffer.from(accept), hex("8102 6869 8802 03e8")])),
    );
    const { connection, messages } = await client(url, { closeTimeout: 20 });
    expect(await connection.closed).toMatchObject({ clean: true });
    expect(messages.map(({ payload }) => payload.toString())).toEqual(["hi"]);
  });

  it("drops TCP when the server does not, after both have closed", async () => {
    const url = await rawServer((socket, accept) =>
      socket.write(Buffer.concat([Buffer.from(accept), hex("8802 03e8")])),
    );
    const { connection } = await client(url, { closeTimeout: 20 });
    expect(await connection.closed).toMatchObject({ clean: true, received: { code: 1000 } });
  });

  it("can be dropped from outside", async () => {
    const server = await echoServer();
    const aborter = new AbortController();
    const { connection } = await client(server.url, { signal: aborter.signal });
    aborter.abort();
    expect(await connection.closed).toMatchObject({ clean: false });
  });

  it("still reads what the server said before it vanished when a write fails", async () => {
    let opened: OpenConnection | null = null;
    const url = await rawServer((socket, accept) => {
      socket.write(accept);
      socket.on("data", () => {
        // The close frame and the RST are under way; before any of it is read, our client writes into the void.
        socket.write(hex("8802 03f1"), () => {
          socket.resetAndDestroy();
          for (let i = 0; i < 3; i++) opened!.send(text("anybody?"));
        });
      });
    });
    const { connection } = await client(url);
    opened = connection;
    connection.send(text("hello"));
    expect(await connection.closed).toMatchObject({ received: { code: 1009 } });
  });
});

describe("the driver", () => {
  /** A fuzzing server of two cases: an echo, and a connection that is dropped. */
  async function fuzzer(count: string, visits: string[]): Promise<string> {
    const server = await serve({
      host,
      port: 0,
      onConnection(connection) {
        visits.push(connection.resource);
        if (connection.resource === "/getCaseCount") connection.send(text(count));
        if (connection.resource.includes("case=2&")) connection.drop();
        else if (connection.resource.includes("case=1&")) connection.send(text("echo me"));
        else connection.close();
        return {
          onMessage({ payload }) {
            visits.push(payload.toString());
            connection.close();
          },
        };
      },
    });
    leftovers.push(() => server.close());
    return server.url;
  }

  it("plays all cases, goes on after a failure, and reports", async () => {
    const visits: string[] = [];
    const problems: string[] = [];
    const url = await fuzzer("3", visits);
    const result = await driveEcho({
      url,
      agent: "me & my/agent",
      onProblem: (problem) => void problems.push(problem),
    });
    expect(result).toEqual({ cases: 3, unopened: problems.length, reported: true });
    expect(visits).toEqual([
      "/getCaseCount",
      "/runCase?case=1&agent=me%20%26%20my%2Fagent",
      "echo me",
      "/runCase?case=2&agent=me%20%26%20my%2Fagent",
      "/runCase?case=3&agent=me%20%26%20my%2Fagent",
      "/updateReports?agent=me%20%26%20my%2Fagent",
    ]);
  });

  it("plays several at once, each once", async () => {
    const visits: string[] = [];
    const url = await fuzzer("20", visits);
    await driveEcho({ url, agent: "a", concurrency: 7 });
    const numbers = visits.flatMap((visit) => /case=(\d+)/.exec(visit)?.[1] ?? []).map(Number);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    expect(visits.at(-1)).toBe("/updateReports?agent=a");
  });

  it("gives up when there is no count", async () => {
    const url = await fuzzer("many", []);
    await expect(driveEcho({ url, agent: "a" })).rejects.toThrow(/count/);
  });
});
