import { connect as connectTcp, createServer } from "node:net";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { type Certificates, makeCertificates } from "../../orchestrator/certificates.ts";
import {
  type Closure,
  connect,
  type ConnectOptions,
  driveEcho,
  type Message,
  type OpenConnection,
  serve,
  serveEcho,
  type ServeOptions,
} from "../../reference-impl/index.ts";

import { until } from "../support/faux.ts";

const host = "127.0.0.1";

const text = (words: string): Message => ({ binary: false, payload: Buffer.from(words) });

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

async function server(options: Partial<ServeOptions> = {}, secure = true) {
  const { onConnection, ...rest } = options;
  const setup = { host, port: 0, ...(secure && { tls: certificates }), ...rest };
  const started = onConnection ? await serve({ ...setup, onConnection }) : await serveEcho(setup);
  leftovers.push(() => started.close());
  return started;
}

/** A client that keeps what it gets. */
async function client(url: string, options: ConnectOptions = {}) {
  const messages: Message[] = [];
  const connection = await connect(url, {
    ca: certificates.ca,
    ...options,
    onOpen: () => ({ onMessage: (message) => void messages.push(message) }),
  });
  leftovers.push(() => connection.drop());
  return { connection, messages };
}

/** A TCP server that says nothing. */
async function silentServer(): Promise<number> {
  const listener = createServer((socket) => {
    socket.on("error", () => {});
    leftovers.push(() => socket.destroy());
  });
  await new Promise<void>((resolve) => void listener.listen(0, host, resolve));
  leftovers.push(() => void listener.close());
  const address = listener.address();
  return typeof address === "object" ? address!.port : 0;
}

/** Messages of many lengths, of text that compresses and of octets that do not. */
function manyMessages(): Message[] {
  let seed = 1;
  const octet = () => (seed = (seed * 48_271) % 2_147_483_647) >>> 8;
  return [0, 1, 125, 126, 1_000, 65_535, 65_536, 300_000, 2_000_000, 5, 64].map((length, at) => ({
    binary: at % 2 === 0,
    payload:
      at % 2 === 0 ? (Buffer.from({ length }).map(octet) as Buffer) : Buffer.alloc(length, "words over "),
  }));
}

function expectSame(found: readonly Message[], wanted: readonly Message[]): void {
  expect(found.map(({ binary, payload }) => [binary, payload.length])).toEqual(
    wanted.map(({ binary, payload }) => [binary, payload.length]),
  );
  expect(found.every(({ payload }, at) => payload.equals(wanted[at]!.payload))).toBe(true);
}

describe.each([
  ["TCP", false],
  ["TLS", true],
])("our client and our server over %s", (_name, secure) => {
  const open = async (options: Partial<ServeOptions> = {}) => {
    const started = await server(options, secure);
    expect(started.url).toMatch(secure ? /^wss:/ : /^ws:/);
    return started;
  };

  it.each<readonly [string, ServeOptions["deflate"], ConnectOptions["deflate"], string | null]>([
    ["compress by default", undefined, undefined, "permessage-deflate"],
    ["do not when the server does not", false, {}, null],
    ["do not when the client does not", {}, false, null],
    [
      "take nothing over, when the client wants it so",
      {},
      { serverNoContextTakeover: true, clientNoContextTakeover: true },
      "permessage-deflate; server_no_context_takeover",
    ],
    [
      "take nothing over, when the server wants it so",
      { serverNoContextTakeover: true, clientNoContextTakeover: true },
      {},
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
    ],
    [
      "keep their windows small",
      { serverMaxWindowBits: 10, clientMaxWindowBits: 8 },
      { serverMaxWindowBits: 9 },
      "permessage-deflate; server_max_window_bits=9; client_max_window_bits=8",
    ],
  ])("%s, and exchange messages of all sizes", async (_what, deflate, offer, agreed) => {
    const opened: OpenConnection[] = [];
    const { url } = await open({
      ...(deflate !== undefined && { deflate }),
      onConnection(connection) {
        opened.push(connection);
        return { onMessage: (message) => void connection.send(message) };
      },
    });
    const { connection, messages } = await client(url, offer === undefined ? {} : { deflate: offer });
    const header = connection.head.fields.find(({ name }) => name === "Sec-WebSocket-Extensions");
    expect(header?.value ?? null).toBe(agreed);
    expect([connection.deflate === null, opened[0]!.deflate === null]).toEqual(
      Array(2).fill(agreed === null),
    );
    const sent = [...manyMessages(), ...manyMessages()];
    for (const message of sent) connection.send(message);
    await until("all is echoed", () => messages.length === sent.length);
    expectSame(messages, sent);
    connection.close(1000, "done");
    expect(await connection.closed).toMatchObject({ clean: true, received: { code: 1000 } });
  });

  it("do not wait for each other when the client sends much", async () => {
    const { url } = await open();
    const payload = Buffer.alloc(1_000_000, "a");
    let messages = 0;
    const { closed } = await connect(url, {
      ca: certificates.ca,
      holdReadingAt: 1_000_000,
      deflateThreshold: 2_000_000,
      onOpen(opened) {
        for (let i = 0; i < 40; i++) opened.send({ binary: true, payload });
        opened.ping();
        return { onMessage: () => void (messages += 1), onPong: () => void opened.close(1000) };
      },
    });
    expect(await closed).toMatchObject({ clean: true });
    expect(messages).toBe(40);
  });

  it("part with 1001 when the server goes, and know when TCP is dropped", async () => {
    const closures: Closure[] = [];
    const started = await open({
      onConnection: () => ({ onClosed: (closure) => void closures.push(closure) }),
    });
    const one = await client(started.url);
    one.connection.drop();
    expect(await one.connection.closed).toMatchObject({ clean: false });
    await until("the server knows", () => closures.length === 1);
    expect(closures[0]).toMatchObject({ clean: false, received: null });
    const other = await client(started.url);
    await started.close();
    expect(await other.connection.closed).toMatchObject({ clean: true, received: { code: 1001 } });
  });

  it("stop a bomb, and close in order", async () => {
    const closures: Closure[] = [];
    const { url } = await open({
      maxMessage: 100_000,
      onConnection: () => ({ onClosed: (closure) => void closures.push(closure) }),
    });
    const { connection } = await client(url);
    connection.send({ binary: true, payload: Buffer.alloc(10_000_000) });
    expect(await connection.closed).toMatchObject({ clean: true, received: { code: 1009 } });
    await until("the server knows", () => closures.length === 1);
    expect(closures[0]).toMatchObject({ clean: true, failure: { code: 1009 } });
  });

  it("are known by their products", async () => {
    const opened: OpenConnection[] = [];
    const { url } = await open({
      product: "server/1",
      onConnection(connection) {
        opened.push(connection);
        return {};
      },
    });
    const { connection } = await client(url, { product: "client/2" });
    expect(opened[0]!.head.raw).toContain("\r\nUser-Agent: client/2\r\n");
    expect(connection.head.raw).toContain("\r\nServer: server/1\r\n");
  });

  it("play a driver's cases", async () => {
    const visits: string[] = [];
    const { url } = await open({
      onConnection(connection) {
        visits.push(connection.resource);
        if (connection.resource === "/getCaseCount") connection.send(text("2"));
        connection.close();
        return {};
      },
    });
    expect(await driveEcho({ url, agent: "me", ca: certificates.ca })).toMatchObject({
      cases: 2,
      unopened: 0,
      reported: true,
    });
    expect(visits).toHaveLength(4);
  });
});

describe("the platform's own client", () => {
  it("understands what our server compresses", async () => {
    const { url } = await server({}, false);
    const socket = new WebSocket(url);
    leftovers.push(() => socket.close());
    const found: unknown[] = [];
    socket.addEventListener("message", ({ data }) => void found.push(data));
    await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
    expect(socket.extensions).toBe("permessage-deflate");
    const sent = manyMessages()
      .filter(({ binary }) => !binary)
      .map(({ payload }) => payload.toString());
    for (const message of [...sent, ...sent]) socket.send(message);
    await until("all is echoed", () => found.length === 2 * sent.length);
    expect(found).toEqual([...sent, ...sent]);
  });
});

describe("certificates", () => {
  it("must be of an authority that the client trusts, unless it does not look", async () => {
    const { url } = await server();
    await expect(connect(url)).rejects.toMatchObject({ name: "OpeningError", status: null });
    await expect(connect(url)).rejects.toThrow(/certificate|issuer/i);
    const { connection } = await client(url, { verify: false });
    expect(connection.state).toBe("open");
  });

  it("must be for the host that is named", async () => {
    using other = await makeCertificates(["example.test"]);
    const { url } = await server({ tls: other });
    await expect(connect(url, { ca: other.ca })).rejects.toThrow(/127\.0\.0\.1/);
    const byName = await server();
    const named = byName.url.replace(host, "localhost");
    expect((await client(named)).connection.state).toBe("open");
  });

  it("must fit their key", async () => {
    using other = await makeCertificates();
    await expect(server({ tls: { cert: certificates.cert, key: other.key } })).rejects.toThrow(/key/i);
  });
});

describe("a peer that does not speak TLS", () => {
  it("is refused by our server, which says why and goes on", async () => {
    const refusals: string[] = [];
    const { url, port } = await server({ onRefused: ({ text: why }) => void refusals.push(why) });
    await expect(connect(`ws://${host}:${port}`)).rejects.toMatchObject({ name: "OpeningError" });
    await until("the server knows", () => refusals.length === 1);
    expect(refusals[0]).toMatch(/before the opening handshake was finished: .*(request|version)/i);
    expect((await client(url)).connection.state).toBe("open");
  });

  it("is dropped by our server when it says nothing", async () => {
    const refusals: string[] = [];
    const { port } = await server({
      openingTimeout: 50,
      onRefused: ({ text: why }) => void refusals.push(why),
    });
    const socket = connectTcp({ host, port });
    leftovers.push(() => socket.destroy());
    await new Promise((resolve) => void socket.once("close", resolve).resume());
    expect(refusals).toEqual([expect.stringContaining("in time")]);
  });

  it("is no server for our client", async () => {
    const plain = await server({ openingTimeout: 50 }, false);
    await expect(connect(plain.url.replace("ws:", "wss:"))).rejects.toMatchObject({ name: "OpeningError" });
  });

  it("is given up when the caller wants it", async () => {
    const port = await silentServer();
    const aborter = new AbortController();
    const waiting = connect(`wss://${host}:${port}`, { signal: aborter.signal });
    setTimeout(() => aborter.abort(), 50);
    await expect(waiting).rejects.toThrow(/aborted/);
  });
});
