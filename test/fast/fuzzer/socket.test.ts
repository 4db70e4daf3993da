import { EventEmitter } from "node:events";
import type { Socket } from "node:net";

import { describe, expect, it } from "vitest";

import type { Case } from "../../../fuzzer/case.ts";
import { Player } from "../../../fuzzer/player.ts";
import type { CaseRecord } from "../../../fuzzer/record.ts";
import { maxWaiting, SocketTransport } from "../../../fuzzer/socket.ts";

import { peerFrame } from "../../support/endpoint-bench.ts";
import { hex } from "../../support/octets.ts";
import { caseWith, openingRequestHead, zeroKey } from "../../support/player-bench.ts";

/** As much of a socket as the transport uses. What leaves is noted; nothing happens by itself. */
class FakeSocket extends EventEmitter {
  readonly did: string[] = [];
  readonly written: Buffer[] = [];
  writable = true;
  writableLength = 0;
  #paused = false;

  setNoDelay(): void {}

  write(octets: Buffer): void {
    this.written.push(octets);
  }

  destroySoon(): void {
    this.did.push("end");
  }

  resetAndDestroy(): void {
    this.did.push("reset");
  }

  destroy(): void {
    this.did.push("destroy");
  }

  isPaused(): boolean {
    return this.#paused;
  }

  pause(): void {
    this.#paused = true;
    this.did.push("pause");
  }

  resume(): void {
    this.#paused = false;
    this.did.push("resume");
  }
}

function playing(played: Case = caseWith({})) {
  const socket = new FakeSocket();
  const transport = new SocketTransport(socket as unknown as Socket);
  const player = new Player(played, { role: "client", transport });
  const records: CaseRecord[] = [];
  transport.drive(player, (record) => void records.push(record));
  transport.enter((now) => player.accepted(now, openingRequestHead, zeroKey));
  const octets = () => Buffer.concat(socket.written.splice(0)).toString("hex");
  return { socket, transport, player, records, octets };
}

/** Frames of the peer. Each is made anew, since what is received is given away and unmasked in place. */
const ping = () => peerFrame("server", { opcode: 9 });
const close = () => peerFrame("server", { opcode: 8 }, hex("03e8"));

describe("the transport over a socket", () => {
  it("writes what one event caused as one piece", () => {
    const script = [1, 2, 3].map(() => ({ step: "frame", opcode: 9, payload: { hex: "" } }) as const);
    const { socket } = playing(caseWith({ script, suppressClose: true }));
    expect(socket.written).toHaveLength(1);
    expect(socket.written[0]!.subarray(-6)).toEqual(hex("8900 8900 8900"));
    socket.emit("data", Buffer.concat([ping(), ping()]));
    expect(socket.written[1]).toEqual(hex("8a00 8a00"));
    socket.emit("data", peerFrame("server", { opcode: 10 }));
    expect(socket.written).toHaveLength(2);
    socket.emit("close");
  });

  it("writes thousands of frames as one piece too, in their order", () => {
    const count = 10_000;
    const payload = (at: number) => at.toString(16).padStart(4, "0");
    const frame = (at: number) => ({ step: "frame", opcode: 2, payload: { hex: payload(at) } }) as const;
    const script = Array.from({ length: count }, (_, at) => frame(at));
    const { socket } = playing(caseWith({ script, suppressClose: true }));
    expect(socket.written).toHaveLength(1);
    const wanted = script.map((_, at) => `8202${payload(at)}`).join("");
    expect(socket.written[0]!.subarray(-4 * count).toString("hex") === wanted).toBe(true);
    socket.emit("close");
  });

  it("writes what is left before an orderly drop, and nothing before a reset", () => {
    const orderly = playing();
    orderly.octets();
    orderly.socket.emit("data", close());
    expect([orderly.octets(), orderly.socket.did]).toEqual(["880203e8", ["end"]]);
    const aborted = playing();
    aborted.octets();
    aborted.transport.enter((now) => aborted.player.perform(now, [{ step: "close", code: 1000 }]));
    expect(aborted.octets()).toBe("880203e8");
    aborted.socket.emit("data", Buffer.concat([ping(), close()]));
    expect([aborted.octets(), aborted.socket.did]).toEqual(["", ["reset"]]);
    orderly.socket.emit("close");
    aborted.socket.emit("close");
  });

  it.each(["end", "close"])("hands over the record at %s, once, and destroys the socket", (event) => {
    const { socket, records } = playing();
    socket.emit(event);
    expect([records.length, socket.did]).toEqual([1, ["destroy", "destroy"]]);
    socket.emit("close");
    socket.emit("data", ping());
    expect(records).toHaveLength(1);
  });

  it("gives chopped frames turns of their own", async () => {
    const script = [{ step: "frame", opcode: 1, chop: 4, payload: { hex: "616263646566" } }] as const;
    const { socket } = playing(caseWith({ script }));
    socket.written.length = 0;
    await new Promise((resolve) => void setImmediate(() => setImmediate(() => setImmediate(resolve))));
    expect(socket.written).toEqual([hex("63646566")]);
    socket.emit("close");
  });

  it("may not be entered from within", () => {
    const { socket, transport } = playing();
    expect(() => transport.enter(() => transport.enter(() => {}))).toThrow(/twice/);
    expect(() => transport.enter(() => {})).not.toThrow();
    socket.emit("close");
  });

  it("stops reading while too much waits to leave, and goes on when it has left", () => {
    const { socket } = playing();
    socket.writableLength = maxWaiting;
    socket.emit("data", ping());
    expect(socket.did).toEqual([]);
    socket.writableLength = maxWaiting + 1;
    socket.emit("data", ping());
    socket.emit("data", ping());
    expect(socket.did).toEqual(["pause"]);
    socket.writableLength = 0;
    socket.emit("drain");
    expect(socket.did).toEqual(["pause", "resume"]);
    socket.emit("close");
  });

  it("says how much waits to leave", () => {
    const { socket, transport } = playing();
    socket.writableLength = 7;
    expect(transport.queued()).toBe(7);
    socket.emit("close");
  });
});

describe("a write that fails", () => {
  const failing = (facts: Partial<NodeJS.ErrnoException>) => Object.assign(new Error("failed"), facts);

  function withInternals() {
    const made = playing();
    const internals = {
      _readableState: { errored: new Error("x") },
      _writableState: { errored: new Error("x") },
    };
    Object.assign(made.socket, internals);
    made.socket.did.length = 0;
    const destroy = (error: Error) => {
      (made.socket.destroy as (error: Error) => void)(error);
    };
    return { ...made, internals, destroy };
  }

  it.each([{ syscall: "write", code: "ECONNRESET" }, { syscall: "writev" }, { code: "EPIPE" }])(
    "does not end reading: %j",
    (facts) => {
      const { socket, internals, destroy } = withInternals();
      destroy(failing(facts));
      expect(socket.did).toEqual(["resume"]);
      expect([internals._readableState.errored, internals._writableState.errored]).toEqual([null, null]);
      socket.emit("close");
    },
  );

  it("is the end once TCP is dropped, as an error of reading always is", () => {
    const reading = withInternals();
    reading.destroy(failing({ syscall: "read", code: "ECONNRESET" }));
    expect(reading.socket.did).toEqual(["destroy"]);
    const dropped = withInternals();
    dropped.socket.emit("data", close());
    dropped.destroy(failing({ syscall: "write", code: "EPIPE" }));
    expect(dropped.socket.did).toEqual(["end", "destroy"]);
    reading.socket.emit("close");
    dropped.socket.emit("close");
  });
});
