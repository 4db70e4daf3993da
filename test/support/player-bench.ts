import type { Case } from "../../fuzzer/case.ts";
import { catalogue } from "../../fuzzer/catalogue.ts";
import { Player, type PlayerSetup } from "../../fuzzer/player.ts";
import type { CaseRecord, Role } from "../../fuzzer/record.ts";
import type { HeaderFields } from "../../wire/frame.ts";
import { acceptKey, parseHead } from "../../wire/handshake.ts";

import { NotedTransport, peerFrame } from "./endpoint-bench.ts";

/** A case that does nothing and expects nothing, with changes. */
export function caseWith(changes: Partial<Case>): Case {
  return {
    id: "99.1",
    title: "A case of the tests",
    description: "",
    expectation: "",
    citations: [],
    script: [],
    expected: {},
    close: { byFuzzer: true, codes: [1000], clean: true },
    onMessage: { rule: "compare" },
    onEnd: "base",
    ...changes,
  };
}

/** A case of the suite. */
export function caseOf(id: string): Case {
  const entry = catalogue.byId.get(id);
  if (entry === undefined) throw new RangeError(`there is no case ${id}`);
  return entry.case;
}

/** The key that a player with zeros for random octets sends. */
export const zeroKey = Buffer.alloc(16).toString("base64");

/** A response that opens the connection; lines can be replaced by the name of their field, or left out. */
export function openingResponseOf(changes: Readonly<Record<string, string | null>> = {}): Buffer {
  const fields: Record<string, string | null> = {
    "": "HTTP/1.1 101 Switching Protocols",
    Upgrade: "Upgrade: websocket",
    Connection: "Connection: Upgrade",
    "Sec-WebSocket-Accept": `Sec-WebSocket-Accept: ${acceptKey(zeroKey)}`,
    ...changes,
  };
  const lines = Object.values(fields).filter((line) => line !== null);
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

/** The request of a client target. */
export const openingRequestHead = parseHead(
  "GET /runCase?case=1&agent=a HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n\r\n",
);

/** A player with a transport that takes notes, and a clock that is moved by hand. Random octets are zeros. */
export class PlayerBench {
  readonly transport = new NotedTransport();
  readonly player: Player;
  readonly role: Role;
  now = 1_000_000;

  constructor(played: Case, setup: Partial<PlayerSetup> & { readonly role: Role }) {
    this.role = setup.role;
    this.player = new Player(played, {
      transport: this.transport,
      wallClock: () => 1_700_000_000_000,
      random: (octets) => Buffer.alloc(octets),
      ...setup,
    });
  }

  /** Begins the opening handshake with a server target. */
  connect(): this {
    this.player.connected(this.now, { host: "127.0.0.1", port: 9001, resource: "/" });
    return this;
  }

  /** Completes the opening handshake; what was written in it is forgotten, but for the case's own octets. */
  open(): this {
    if (this.role === "client") {
      this.player.accepted(this.now, openingRequestHead, zeroKey);
    } else {
      this.connect();
      this.receiveOctets(openingResponseOf());
    }
    this.transport.writes.shift();
    return this;
  }

  receiveOctets(octets: Buffer): void {
    this.player.receive(this.now, Buffer.from(octets));
  }

  /** A frame from the peer. */
  receive(fields: Omit<HeaderFields, "length">, payload: Buffer = Buffer.alloc(0)): void {
    this.receiveOctets(peerFrame(this.role === "client" ? "server" : "client", fields, payload));
  }

  /** Lets so many ms pass. */
  pass(ms: number): void {
    const until = this.now + ms;
    for (let next = this.player.deadline; next !== null && next <= until; next = this.player.deadline) {
      this.now = next;
      this.player.tick(next);
    }
    this.now = until;
  }

  /** TCP is gone. */
  lose(): CaseRecord {
    this.player.lost(this.now);
    return this.player.record!;
  }
}
