import { connect as connectTcp, createServer, type Server, type Socket } from "node:net";

import { Connection } from "../../reference-impl/connection.ts";
import { ServerOpening } from "../../reference-impl/handshake-server.ts";
import { type OpenConnection, SocketDriver } from "../../reference-impl/socket.ts";
import { HeadReader } from "../../wire/handshake.ts";

import { splice } from "./splice.ts";
import type { PairTalk, PairTalkResult } from "./talk.ts";

/** Ms that a client may take to say what it wants. */
const headLimit = 5_000;

/** Ms that a server may take to accept a connection. */
const connectLimit = 5_000;

/** Octets of a request. */
const maxHead = 16_384;

/** Between which two a relay stands. */
export interface RelaySetup {
  /** An address of this machine that the client reaches. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly server: { readonly host: string; readonly port: number; readonly path: string };
  readonly talks: readonly PairTalk[];
  readonly onResult: (talk: number, result: PairTalkResult) => void;
}

/** Speaks Autobahn's driver URLs to a client, and joins each of its connections with the server. */
export class Relay {
  readonly #server: Server;
  readonly #setup: RelaySetup;
  readonly #sockets = new Set<Socket>();
  /** Of what is answered here. */
  readonly #drivers = new Set<SocketDriver>();
  #reported = false;

  private constructor(setup: RelaySetup) {
    this.#setup = setup;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#take(socket));
  }

  /** @throws Error of the system, when the address cannot be listened on */
  static async listen(setup: RelaySetup): Promise<Relay> {
    const relay = new Relay(setup);
    await new Promise<void>((resolve, reject) => {
      relay.#server.once("error", reject).listen(setup.port, setup.host, () => resolve());
    });
    return relay;
  }

  /** What the client is given as FUZZER_URL. */
  get url(): string {
    const address = this.#server.address();
    const { host } = this.#setup;
    const port = typeof address === "object" && address !== null ? address.port : 0;
    return `ws://${host.includes(":") ? `[${host}]` : host}:${port}`;
  }

  /** The client has said that it is done. */
  get reported(): boolean {
    return this.#reported;
  }

  /** Stops listening, and drops all connections. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {}).once("close", () => this.#sockets.delete(socket));
  }

  /** Waits for the head of a request, and lets whoever is to answer it read it again. */
  #take(socket: Socket): void {
    this.#keep(socket);
    const heads = new HeadReader(maxHead);
    const seen: Buffer[] = [];
    const alarm = setTimeout(() => socket.destroy(), headLimit);
    const onEnd = () => socket.destroy();
    const onData = (octets: Buffer) => {
      seen.push(octets);
      const progress = heads.push(octets);
      if (progress.state === "more") return;
      clearTimeout(alarm);
      socket.off("data", onData).off("end", onEnd);
      if (progress.state === "tooLarge") return void socket.destroy();
      const { head, rest } = progress;
      const wanted = this.#talkOf(head.startLine.split(" ")[1] ?? "");
      if (wanted === null) this.#answer(socket, Buffer.concat(seen));
      else void this.#join(wanted, socket, { request: head, rest });
    };
    socket
      .on("data", onData)
      .on("end", onEnd)
      .once("close", () => clearTimeout(alarm));
  }

  #talkOf(resource: string): number | null {
    if (!resource.startsWith("/runCase")) return null;
    const number = new URLSearchParams(resource.slice(resource.indexOf("?") + 1)).get("case") ?? "";
    return /^\d{1,6}$/.test(number) && this.#setup.talks[Number(number) - 1] !== undefined
      ? Number(number) - 1
      : null;
  }

  async #join(
    index: number,
    client: Socket,
    asked: Pick<Parameters<typeof splice>[0], "request" | "rest">,
  ): Promise<void> {
    const { host, port, path } = this.#setup.server;
    const talk = this.#setup.talks[index]!;
    client.pause();
    const server = await dial(host, port);
    if (server === null) {
      client.destroy();
      const failed = { deflate: null, clientClose: null, serverClose: null };
      this.#setup.onResult(index, {
        ...talk,
        ...failed,
        by: "server",
        fault: "it did not accept a connection",
      });
      return;
    }
    this.#keep(server);
    const playing = splice({ ...asked, talk, client, server, host: hostField(host, port), path });
    client.resume();
    this.#setup.onResult(index, await playing);
  }

  /** The other driver URLs are answered here. */
  #answer(socket: Socket, seen: Buffer): void {
    const connection = new Connection(new ServerOpening());
    const driver = new SocketDriver(socket, connection, {
      holdReadingAt: 65_536,
      onOpen: (open) => this.#onOpen(open),
    });
    this.#drivers.add(driver);
    socket.once("close", () => this.#drivers.delete(driver)).emit("data", seen);
  }

  #onOpen(open: OpenConnection): Record<string, never> {
    if (open.resource.startsWith("/getCaseCount"))
      open.send({ binary: false, payload: Buffer.from(String(this.#setup.talks.length)) });
    if (open.resource.startsWith("/updateReports")) this.#reported = true;
    open.close(1000);
    return {};
  }
}

function hostField(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

async function dial(host: string, port: number): Promise<Socket | null> {
  const socket = connectTcp({ host, port, allowHalfOpen: true, noDelay: true });
  return await new Promise((resolve) => {
    const give = (result: Socket | null) => {
      clearTimeout(alarm);
      if (result === null) socket.destroy();
      resolve(result);
    };
    const alarm = setTimeout(() => give(null), connectLimit);
    socket.once("connect", () => give(socket)).once("error", () => give(null));
  });
}
