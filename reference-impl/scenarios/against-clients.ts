import { createServer, type Server, type Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";

import { HeadReader } from "../../wire/handshake.ts";
import { Connection } from "../connection.ts";
import { ServerOpening } from "../handshake-server.ts";
import { deflateLimits } from "../negotiation.ts";
import { maxOpeningHead, type Opening, type OpeningProgress } from "../opening.ts";
import { writeInPieces } from "../pieces.ts";
import { defaultHoldReadingAt, type OpenConnection, SocketDriver } from "../socket.ts";
import { type Abilities, notApplicable, runScenario } from "./run-scenario.ts";
import type { Scenario, ScenarioOpening, ScenarioResult } from "./scenario.ts";
import { ScenarioFailure, Talk, type Transcript } from "./talk.ts";

/** Ms that a client may take to open the next connection. */
const nextLimit = 15_000;

/** Where a client target finds its scenarios. */
export interface ScenarioListener {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly abilities: Abilities;
}

/**
 * A server by whose driver URLs a client target finds its scenarios: each connection that a scenario needs is one
 * entry of its list.
 */
export class ScenarioServer {
  readonly #server: Server;
  readonly #drivers = new Set<SocketDriver>();
  readonly #scheme: string;
  readonly #host: string;
  readonly #entries: readonly ScenarioOpening[];
  readonly #arrivals = new Arrivals();
  readonly #results: readonly ScenarioResult[];
  readonly #played: readonly Scenario[];

  private constructor(scenarios: readonly Scenario[], setup: ScenarioListener) {
    const asked = scenarios.filter(({ roles }) => roles.includes("client"));
    this.#results = asked.flatMap((scenario) => notApplicable(scenario, setup.abilities) ?? []);
    this.#played = asked.filter((scenario) => notApplicable(scenario, setup.abilities) === null);
    this.#entries = this.#played.flatMap(({ connections, opening }) =>
      Array.from({ length: connections }, () => opening),
    );
    this.#scheme = setup.tls === null ? "ws" : "wss";
    this.#host = setup.host;
    const context = setup.tls && createSecureContext(setup.tls);
    this.#server = createServer({ allowHalfOpen: true }, (tcp) => {
      tcp.on("error", () => {});
      this.#take(context === null ? tcp : new TLSSocket(tcp, { isServer: true, secureContext: context }));
    });
  }

  /** @throws Error of the system, when the address cannot be listened on */
  static async listen(scenarios: readonly Scenario[], setup: ScenarioListener): Promise<ScenarioServer> {
    const made = new ScenarioServer(scenarios, setup);
    await new Promise<void>((resolve, reject) => {
      made.#server.once("error", reject).listen(setup.port, setup.host, () => resolve());
    });
    return made;
  }

  /** What the client is given as FUZZER_URL. */
  get url(): string {
    const address = this.#server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    return `${this.#scheme}://${this.#host.includes(":") ? `[${this.#host}]` : this.#host}:${port}`;
  }

  /**
   * Plays the scenarios as the client asks for them.
   *
   * @param gone aborted with the reason, as text, when the client is gone
   */
  async play(gone: AbortSignal, onResult: (result: ScenarioResult) => void): Promise<void> {
    for (const result of this.#results) onResult(result);
    let entry = 0;
    for (const scenario of this.#played) {
      const end = entry + scenario.connections;
      onResult(
        await runScenario(scenario, async (transcript) => {
          const connection = await this.#arrivals.at(++entry, gone);
          return connection.talk(transcript);
        }),
      );
      entry = end;
    }
  }

  /** Stops listening, and drops all connections. */
  async close(): Promise<void> {
    for (const driver of this.#drivers) driver.drop();
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()));
  }

  #take(socket: Socket): void {
    const opening = new ChosenOpening((resource) => {
      const chosen = this.#openingOf(resource);
      if (chosen.pieces) writeInPieces(socket, chosen.pieces);
      return new ServerOpening({
        deflate: chosen.deflate ? deflateLimits() : null,
        subprotocols: chosen.subprotocols ?? [],
      });
    });
    const driver = new SocketDriver(socket, new Connection(opening), {
      holdReadingAt: defaultHoldReadingAt.server,
      onOpen: (connection) => this.#onOpen(connection),
    });
    this.#drivers.add(driver);
    socket.once("close", () => this.#drivers.delete(driver));
  }

  #openingOf(resource: string): ScenarioOpening {
    return this.#entries[entryOf(resource) - 1] ?? {};
  }

  #onOpen(connection: OpenConnection): ReturnType<ConstructorParameters<typeof SocketDriver>[2]["onOpen"]> {
    const { resource } = connection;
    if (resource.startsWith("/runCase")) return this.#arrivals.add(entryOf(resource), connection);
    if (resource.startsWith("/getCaseCount"))
      connection.send({ binary: false, payload: Buffer.from(String(this.#entries.length)) });
    connection.close(1000);
    return {};
  }
}

function entryOf(resource: string): number {
  const number = new URLSearchParams(resource.slice(resource.indexOf("?") + 1)).get("case");
  return resource.startsWith("/runCase") && number !== null && /^\d{1,6}$/.test(number) ? Number(number) : 0;
}

/** Connections of the entries, in whatever order they come; the first of each entry counts. */
class Arrivals {
  readonly #come = new Map<number, PromiseWithResolvers<Arrival>>();

  add(entry: number, connection: OpenConnection): Talk["handlers"] {
    const arrival = new Arrival(connection);
    this.#of(entry).resolve(arrival);
    return arrival.handlers;
  }

  async at(entry: number, gone: AbortSignal): Promise<Arrival> {
    const { promise } = this.#of(entry);
    const limit = AbortSignal.timeout(nextLimit);
    const either = AbortSignal.any([gone, limit]);
    const aborted = new Promise<never>((_, reject) => {
      const fail = () =>
        reject(
          new ScenarioFailure(
            gone.aborted
              ? String(gone.reason)
              : `the client opened no further connection within ${nextLimit} ms`,
          ),
        );
      if (either.aborted) fail();
      else either.addEventListener("abort", fail, { once: true });
    });
    return await Promise.race([promise, aborted]);
  }

  #of(entry: number): PromiseWithResolvers<Arrival> {
    const known = this.#come.get(entry) ?? Promise.withResolvers<Arrival>();
    this.#come.set(entry, known);
    return known;
  }
}

/** A connection that has come, maybe before its scenario. */
class Arrival {
  readonly #connection: OpenConnection;
  #talk: Talk | null = null;

  constructor(connection: OpenConnection) {
    this.#connection = connection;
  }

  /** A client that echoes says nothing before it is spoken to, so nothing is lost before there is a talk. */
  get handlers(): Talk["handlers"] {
    return {
      onMessage: (message) => this.#talk?.handlers.onMessage?.(message),
      onPong: (payload) => this.#talk?.handlers.onPong?.(payload),
      onClosed: (closure) => this.#talk?.handlers.onClosed?.(closure),
    };
  }

  talk(transcript: Transcript): Talk {
    this.#talk = new Talk(this.#connection, transcript);
    return this.#talk;
  }
}

/** An opening handshake whose settings follow from what is asked for. */
class ChosenOpening implements Opening {
  readonly side = "server";
  readonly #choose: (resource: string) => ServerOpening;
  readonly #reader = new HeadReader(maxOpeningHead);
  readonly #seen: Buffer[] = [];

  constructor(choose: (resource: string) => ServerOpening) {
    this.#choose = choose;
  }

  begin(): null {
    return null;
  }

  push(octets: Buffer): OpeningProgress {
    this.#seen.push(Buffer.from(octets));
    const progress = this.#reader.push(octets);
    if (progress.state === "more") return progress;
    const resource = progress.state === "done" ? (progress.head.raw.split(" ")[1] ?? "/") : "/";
    return this.#choose(resource).push(Buffer.concat(this.#seen));
  }
}
