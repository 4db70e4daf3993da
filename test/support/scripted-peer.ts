import { isSendableCloseCode } from "../../wire/close.ts";
import { encodeFrame, Opcode } from "../../wire/frame.ts";
import { acceptKey } from "../../wire/handshake.ts";
import { mask } from "../../wire/mask.ts";
import { Utf8Validator } from "../../wire/utf8.ts";

import type { Pipe, PipeEnd } from "../../orchestrator/selfcheck/pipe.ts";
import type { VirtualClock } from "../../orchestrator/selfcheck/virtual-clock.ts";

/** The behaviour of a scripted peer, in the words of the vectors file (times in seconds). */
export interface PeerOptions {
  readonly strict?: boolean;
  readonly echo?: boolean;
  readonly pong?: boolean;
  readonly noCloseReply?: boolean;
  readonly closeReply?: number | string;
  readonly tcpDrop?: number | null;
  readonly failCode?: Readonly<Record<string, number>>;
  readonly failDrop?: boolean;
  readonly keepReading?: boolean;
  readonly dropAtOpen?: boolean;
  readonly closeAtOpen?: number;
  readonly pongAtOpen?: boolean;
  readonly msgAtOpen?: boolean;
  readonly pingAtOpen?: boolean;
  readonly delay?: number;
  readonly utf8?: "fast" | "end" | "none";
  readonly swap?: boolean;
  readonly ignoreAfterClose?: boolean;
}

const hi = Buffer.from("hi");

/** The peers that the vectors were made with: strict by default, and wrong in one way or another by option. */
export class ScriptedPeer implements PipeEnd {
  readonly #clock: VirtualClock;
  readonly #pipe: Pipe;
  readonly #isServer: boolean;
  readonly #o: PeerOptions;
  readonly #validatesText: boolean;
  #room = Buffer.alloc(0);
  /** Where what is not read yet begins in the room. */
  #begin = 0;
  #buffer = Buffer.alloc(0);
  #open = false;
  #dead = false;
  #ended = false;
  #closing = false;
  #gotClose = false;
  #skip = false;
  #message: { opcode: number; octets: Buffer } | null = null;

  constructor(clock: VirtualClock, pipe: Pipe, isServer: boolean, options: PeerOptions) {
    this.#clock = clock;
    this.#pipe = pipe;
    this.#isServer = isServer;
    this.#o = { strict: true, ...options };
    this.#validatesText = this.#o.strict === true && (options.utf8 ?? "fast") !== "none";
  }

  /** As a client: sends its request. */
  begin(): void {
    if (this.#isServer) return;
    const lines = [
      "GET / HTTP/1.1",
      "Host: 127.0.0.1:9001",
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version: 13",
    ];
    this.#pipe.write(Buffer.from(`${lines.join("\r\n")}\r\n\r\n`));
  }

  onLost(): void {
    this.#dead = true;
  }

  onOctets(octets: Buffer): void {
    if (this.#dead) return;
    this.#append(octets);
    if (!this.#open && !this.#readHead()) return;
    while (!this.#dead && !this.#ended && this.#readFrame());
  }

  /** Frames may come in thousands of pieces, so room grows by doubling. */
  #append(octets: Buffer): void {
    const length = this.#buffer.length + octets.length;
    if (this.#room.length < this.#begin + length) {
      const room = Buffer.alloc(2 * length);
      room.set(this.#buffer);
      this.#room = room;
      this.#begin = 0;
    }
    this.#room.set(octets, this.#begin + this.#buffer.length);
    this.#buffer = this.#room.subarray(this.#begin, this.#begin + length);
  }

  #consume(octets: number): void {
    this.#begin += octets;
    this.#buffer = this.#buffer.subarray(octets);
  }

  #readHead(): boolean {
    const end = this.#buffer.indexOf("\r\n\r\n");
    if (end < 0) return false;
    const head = this.#buffer.toString("latin1", 0, end);
    this.#consume(end + 4);
    this.#open = true;
    if (this.#isServer) {
      const key = /^sec-websocket-key:\s*(\S+)/im.exec(head)![1]!;
      const lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        `Sec-WebSocket-Accept: ${acceptKey(key)}`,
      ];
      this.#pipe.write(Buffer.from(`${lines.join("\r\n")}\r\n\r\n`));
    }
    this.#onOpen();
    return true;
  }

  #onOpen(): void {
    const o = this.#o;
    if (o.dropAtOpen) this.#drop();
    if (o.closeAtOpen !== undefined) this.#sendClose(code16(o.closeAtOpen));
    if (o.pongAtOpen) this.#frame(Opcode.pong, hi);
    if (o.msgAtOpen) this.#frame(Opcode.text, hi);
    if (o.pingAtOpen) this.#frame(Opcode.ping, hi);
  }

  #drop(): void {
    this.#pipe.end();
    this.#dead = true;
  }

  #frame(opcode: number, payload: Buffer): void {
    if (this.#dead) return;
    this.#pipe.write(encodeFrame({ opcode, maskKey: this.#isServer ? null : Buffer.alloc(4) }, payload));
  }

  #later(action: () => void): void {
    const delay = this.#o.delay ?? 0;
    if (delay > 0) this.#clock.later(delay * 1000, action);
    else action();
  }

  #fail(code: number, where: "midframe" | "closeframe" | "" = ""): void {
    const o = this.#o;
    if (!o.strict) return;
    if (o.failDrop) {
      this.#drop();
      return;
    }
    this.#sendClose(code16(o.failCode?.[code] ?? code));
    this.#ended = o.keepReading === false;
    if (this.#isServer && where !== "" && o.tcpDrop !== null) {
      this.#clock.later(10 + (o.tcpDrop ?? 0) * 1000, () => this.#pipe.end());
    }
  }

  #sendClose(payload: Buffer): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#frame(Opcode.close, payload);
  }

  #readFrame(): boolean {
    const b = this.#buffer;
    if (b.length < 2) return false;
    const [fin, rsv, opcode, masked] = [b[0]! >> 7 === 1, (b[0]! >> 4) & 7, b[0]! & 15, b[1]! >> 7 === 1];
    let length = b[1]! & 127;
    let at = 2;
    if (length === 126) {
      if (b.length < 4) return false;
      length = b.readUInt16BE(2);
      at = 4;
    } else if (length === 127) {
      if (b.length < 10) return false;
      length = Number(b.readBigUInt64BE(2));
      at = 10;
    }
    if (!this.#closing && this.#o.strict && this.#isBad(fin, rsv, opcode, length)) {
      this.#fail(1002, opcode === Opcode.close && length > 125 ? "closeframe" : "");
      if (this.#dead) return false;
      this.#skip = true;
    }
    const key = masked ? b.subarray(at, at + 4) : null;
    if (masked) at += 4;
    if (b.length < at) return false;
    if (b.length < at + length && !this.#isText(opcode)) return false;
    const payload = Buffer.from(b.subarray(at, at + length));
    if (key !== null) mask(payload, key);
    if (payload.length < length) {
      if (this.#isText(opcode)) this.#checkPartialText(payload);
      return false;
    }
    this.#consume(at + length);
    if (this.#skip) this.#skip = false;
    else this.#handle(opcode, fin, payload);
    return true;
  }

  #isBad(fin: boolean, rsv: number, opcode: number, length: number): boolean {
    const known = [0, 1, 2, 8, 9, 10].includes(opcode);
    const badControl = opcode > 7 && (!fin || length > 125);
    const badData = opcode === 0 ? this.#message === null : opcode <= 2 && this.#message !== null;
    return rsv !== 0 || !known || badControl || badData;
  }

  #isText(opcode: number): boolean {
    return (
      (this.#o.utf8 ?? "fast") === "fast" && (opcode === 1 || (opcode === 0 && this.#message?.opcode === 1))
    );
  }

  #checkPartialText(part: Buffer): void {
    if (this.#closing || !this.#o.strict) return;
    const whole = Buffer.concat([this.#message?.octets ?? Buffer.alloc(0), part]);
    if (!new Utf8Validator().push(whole)) this.#fail(1007, "midframe");
  }

  #handle(opcode: number, fin: boolean, payload: Buffer): void {
    if (opcode === Opcode.close) {
      this.#onClose(payload);
      return;
    }
    if (this.#closing || (this.#gotClose && this.#o.ignoreAfterClose !== false)) return;
    if (opcode === Opcode.ping) {
      if (this.#o.pong !== false) this.#later(() => this.#frame(Opcode.pong, payload));
    } else if (opcode <= 2) {
      this.#onData(opcode, fin, payload);
    }
  }

  #onClose(payload: Buffer): void {
    if (this.#gotClose) return;
    this.#gotClose = true;
    if (!this.#o.noCloseReply) this.#later(() => this.#replyToClose(payload, this.#faultOf(payload)));
  }

  #faultOf(payload: Buffer): number | null {
    if (!this.#o.strict) return null;
    if (payload.length === 1) return 1002;
    const code = payload.length >= 2 ? payload.readUInt16BE(0) : null;
    if (code !== null && (!isSendableCloseCode(code) || (code >= 1012 && code <= 1014))) return 1002;
    if (payload.length <= 2) return null;
    const validator = new Utf8Validator();
    validator.push(payload.subarray(2));
    return validator.complete ? null : 1007;
  }

  #replyToClose(payload: Buffer, fault: number | null): void {
    const o = this.#o;
    const reply = o.closeReply ?? "echo";
    if (fault !== null && o.failDrop) {
      this.#drop();
      return;
    }
    if (!this.#closing) {
      if (fault !== null) this.#sendClose(code16(o.failCode?.[fault] ?? fault));
      else if (reply === "echo") this.#sendClose(payload);
      else if (reply === "empty") this.#sendClose(Buffer.alloc(0));
      else if (typeof reply === "string" && reply.startsWith("raw:"))
        this.#sendClose(Buffer.from(reply.slice(4), "hex"));
      else if (typeof reply === "number") this.#sendClose(code16(reply));
    }
    const drop = reply === "drop" ? 0 : o.tcpDrop === undefined ? (this.#isServer ? 0 : null) : o.tcpDrop;
    if (drop !== null) this.#clock.later(drop * 1000, () => this.#pipe.end());
  }

  #onData(opcode: number, fin: boolean, payload: Buffer): void {
    if (opcode === 0) {
      if (this.#message === null && this.#o.strict) return;
      this.#message ??= { opcode: 1, octets: Buffer.alloc(0) };
      this.#message.octets = Buffer.concat([this.#message.octets, payload]);
    } else {
      this.#message = { opcode, octets: payload };
    }
    const { opcode: type, octets } = this.#message;
    if (type === 1 && this.#validatesText && this.#rejectsText(octets, fin)) {
      this.#fail(1007);
      this.#message = null;
      return;
    }
    if (!fin) return;
    this.#message = null;
    if (this.#o.echo !== false) this.#later(() => this.#frame(this.#o.swap ? 3 - type : type, octets));
  }

  #rejectsText(octets: Buffer, fin: boolean): boolean {
    const validator = new Utf8Validator();
    const valid = validator.push(octets);
    return (!valid && (this.#o.utf8 ?? "fast") === "fast") || (fin && !validator.complete);
  }
}

function code16(code: number): Buffer {
  const octets = Buffer.alloc(2);
  octets.writeUInt16BE(code);
  return octets;
}
