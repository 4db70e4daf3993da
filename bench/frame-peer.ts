import { createServer, type Socket } from "node:net";

import { encodeHeader, FrameDecoder, type FrameHeader, Opcode } from "../wire/frame.ts";
import { acceptKey } from "../wire/handshake.ts";

/**
 * A server that accepts every frame and sends it back as it comes, piece by piece: what a peer costs at the least. It
 * notices no mistake at all, so it is also the worst of peers.
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
  const take = (octets: Buffer) => {
    decoder.push(octets);
    socket.cork();
    for (let event = decoder.next(); event !== null; event = decoder.next()) {
      const { header } = decoder;
      const isEcho = header !== null && header.opcode !== Opcode.pong;
      if (event.type === "header" && isEcho) socket.write(headerOf(event.header));
      if (event.type === "payload" && isEcho) socket.write(event.data);
      if (event.type === "end" && header?.opcode === Opcode.close) socket.end();
    }
    socket.uncork();
  };
  socket.on("data", take);
  take(rest);
}

/** Pings become pongs, what is reserved becomes binary. */
function headerOf({ fin, opcode, length }: FrameHeader): Buffer {
  const known: readonly number[] = [Opcode.continuation, Opcode.text, Opcode.binary, Opcode.close];
  const answered = opcode === Opcode.ping ? Opcode.pong : known.includes(opcode) ? opcode : Opcode.binary;
  return encodeHeader({ fin, opcode: answered, length });
}
