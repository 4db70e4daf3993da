import { createServer, type Socket } from "node:net";

import { encodeHeader, FrameDecoder, type FrameHeader, Opcode } from "../wire/frame.ts";
import { acceptKey } from "../wire/handshake.ts";

/**
 * A server that accepts every frame and sends messages back as they come: what a peer costs at the least. It notices no
 * mistake at all, so it is also the worst of peers.
 */
const server = createServer((socket) => {
  socket.setNoDelay(true).on("error", () => socket.destroy());
  let head = "";
  const onHead = (octets: Buffer) => {
    head += octets.toString("latin1");
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    socket.off("data", onHead);
    const key = /^sec-websocket-key:\s*(\S+)/im.exec(head)?.[1] ?? "";
    const answer = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
    socket.write(`${[...answer, `Sec-WebSocket-Accept: ${acceptKey(key)}`].join("\r\n")}\r\n\r\n`);
    echoFrames(socket, Buffer.from(head.slice(end + 4), "latin1"));
  };
  socket.on("data", onHead);
});
server.listen(Number(process.env.PORT), process.env.HOST);

function echoFrames(socket: Socket, rest: Buffer): void {
  const decoder = new FrameDecoder();
  /** The fragments of a message so far; a frame that is a whole message leaves piece by piece instead. */
  let fragments: Buffer[] | null = null;
  let opcode: number = Opcode.binary;

  const onHeader = (header: FrameHeader) => {
    if (isControl(header)) return answerHeader(socket, header);
    if (fragments === null) opcode = header.opcode === Opcode.text ? Opcode.text : Opcode.binary;
    if (header.fin && fragments === null)
      socket.write(encodeHeader({ fin: true, opcode, length: header.length }));
    else fragments ??= [];
  };
  const onPayload = (header: FrameHeader, data: Buffer) => {
    if (isControl(header) || fragments === null) {
      if (header.opcode !== Opcode.pong) socket.write(data);
    } else fragments.push(Buffer.from(data));
  };
  const onEnd = (header: FrameHeader) => {
    if (header.opcode === Opcode.close) socket.end();
    if (isControl(header) || !header.fin || fragments === null) return;
    const payload = Buffer.concat(fragments);
    fragments = null;
    socket.write(encodeHeader({ fin: true, opcode, length: payload.length }));
    socket.write(payload);
  };

  const take = (octets: Buffer) => {
    decoder.push(octets);
    socket.cork();
    for (let event = decoder.next(); event !== null; event = decoder.next()) {
      const { header } = decoder;
      if (event.type === "header") onHeader(event.header);
      else if (event.type === "payload" && header !== null) onPayload(header, event.data);
      else if (event.type === "end" && header !== null) onEnd(header);
    }
    socket.uncork();
  };
  socket.on("data", take);
  take(rest);
}

const controls: ReadonlySet<number> = new Set([Opcode.close, Opcode.ping, Opcode.pong]);
const isControl = ({ opcode }: FrameHeader): boolean => controls.has(opcode);

/** A ping becomes a pong, a close frame is sent back as it came, and to a pong there is no answer. */
function answerHeader(socket: Socket, { opcode, length }: FrameHeader): void {
  if (opcode === Opcode.pong) return;
  const answer = opcode === Opcode.ping ? Opcode.pong : opcode;
  socket.write(encodeHeader({ fin: true, opcode: answer, length }));
}
