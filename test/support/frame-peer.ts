import type { Socket } from "node:net";

import { encodeFrame, FrameDecoder, type FrameStart, type HeaderFields } from "../../wire/frame.ts";
import { acceptKey, HeadReader } from "../../wire/handshake.ts";

/** A frame that came. */
export interface PeerFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly payload: Buffer;
}

/** What a peer does at some events of its connection; none of it is needed. */
export interface PeerHooks {
  /** The opening handshake is done. */
  readonly onOpen?: (peer: FramePeer) => void;
  /** The first two octets of a frame are there. */
  readonly onStart?: (start: FrameStart, peer: FramePeer) => void;
  readonly onFrame?: (frame: PeerFrame, peer: FramePeer) => void;
  /** TCP is gone. */
  readonly onGone?: (peer: FramePeer) => void;
}

/** The least that can be called an endpoint, over a socket: it reads heads and frames, and checks nothing. */
export class FramePeer {
  readonly socket: Socket;
  readonly role: "client" | "server";
  /** The head that came from the other side, or as much of it as came. */
  head = "";
  readonly frames: PeerFrame[] = [];
  /** Octets of each read behind the head. */
  readonly reads: Buffer[] = [];

  readonly #hooks: PeerHooks;
  readonly #heads = new HeadReader();
  readonly #decoder = new FrameDecoder();
  #open = false;
  #payload: Buffer[] = [];

  constructor(socket: Socket, role: "client" | "server", hooks: PeerHooks = {}) {
    this.socket = socket;
    this.role = role;
    this.#hooks = hooks;
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", (octets: Buffer) => this.#receive(octets));
    socket.on("close", () => hooks.onGone?.(this));
  }

  send(fields: Omit<HeaderFields, "length">, payload: Buffer | string = ""): void {
    const maskKey = this.role === "client" ? Buffer.from("0a0b0c0d", "hex") : null;
    this.socket.write(encodeFrame({ maskKey, ...fields }, Buffer.from(payload)));
  }

  sendClose(code: number): void {
    this.send({ opcode: 8 }, Buffer.of(code >> 8, code & 255));
  }

  #receive(octets: Buffer): void {
    if (this.#open) {
      this.#readFrames(octets);
      return;
    }
    const progress = this.#heads.push(octets);
    this.head = progress.state === "done" ? progress.head.raw : this.#heads.raw;
    if (progress.state !== "done") return;
    this.#open = true;
    if (this.role === "server") this.#answer();
    this.#hooks.onOpen?.(this);
    if (progress.rest.length > 0) this.#readFrames(progress.rest);
  }

  #answer(): void {
    const key = /^sec-websocket-key: *(\S+)/im.exec(this.head)?.[1] ?? "";
    const lines = [
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Accept: ${acceptKey(key)}`,
    ];
    this.socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  }

  #readFrames(octets: Buffer): void {
    this.reads.push(Buffer.from(octets));
    this.#decoder.push(octets);
    for (let event = this.#decoder.next(); event !== null; event = this.#decoder.next()) {
      if (event.type === "start") this.#hooks.onStart?.(event.start, this);
      else if (event.type === "payload") this.#payload.push(Buffer.from(event.data));
      else if (event.type === "end") this.#endFrame();
    }
  }

  #endFrame(): void {
    const { opcode, fin } = this.#decoder.header!;
    const frame = { opcode, fin, payload: Buffer.concat(this.#payload) };
    this.#payload = [];
    this.frames.push(frame);
    this.#hooks.onFrame?.(frame, this);
  }
}

/** Echoes data messages of one frame, and answers a close frame with its own payload; a server then drops TCP. */
export const echo: PeerHooks = {
  onFrame({ opcode, fin, payload }, peer) {
    if (opcode === 8) {
      peer.send({ opcode }, payload);
      if (peer.role === "server") peer.socket.end();
    } else if (opcode <= 2 && fin) {
      peer.send({ opcode }, payload);
    }
  },
};

/** A request that opens a connection, with the lines given instead or besides. */
export function openingRequestOf(resource: string, ...extra: readonly string[]): string {
  const lines = [
    `GET ${resource} HTTP/1.1`,
    "Host: 127.0.0.1",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    ...extra,
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}
