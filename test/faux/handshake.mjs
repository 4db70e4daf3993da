// What the faux targets share: a server that gets through the opening handshake and, if asked, echoes. It
// checks nothing: the faults of a faux target are to be its own.
import { createHash } from "node:crypto";
import { createServer } from "node:net";

const { HOST = "127.0.0.1", PORT = "0" } = process.env;
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const LONGEST_HEAD = 65_536;

/** Listens for TCP connections where the target contract says. */
export function listen(onSocket) {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    onSocket(socket);
  });
  server.listen(Number(PORT), HOST);
  return server;
}

/** Calls back with the head of the request, and the octets that came with it. */
export function readHead(socket, onHead) {
  let octets = Buffer.alloc(0);
  const onData = (chunk) => {
    octets = Buffer.concat([octets, chunk]);
    const end = octets.indexOf("\r\n\r\n");
    if (end < 0 && octets.length > LONGEST_HEAD) socket.destroy();
    if (end < 0) return;
    socket.off("data", onData).pause();
    onHead(octets.toString("latin1", 0, end), octets.subarray(end + 4));
  };
  socket.on("data", onData);
}

/** A right answer to the head of a request (RFC 6455 section 4.2.2), with more header lines in it. */
export function answerTo(head, more = "") {
  const [, key = ""] = /^sec-websocket-key:\s*(\S+)/im.exec(head) ?? [];
  const accept = createHash("sha1")
    .update(key + GUID)
    .digest("base64");
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${more}\r\n`;
}

/** Listens, and calls back with each connection after the opening handshake; it does not read yet. */
export function serve(onOpen) {
  return listen((socket) => {
    readHead(socket, (head, rest) => {
      socket.write(answerTo(head));
      onOpen(socket, rest);
    });
  });
}

/** Sends each frame back as it came, pongs for pings, and drops the connection after a close frame. */
export function echo(socket, rest, onFrame = () => {}) {
  let octets = rest;
  const takeFrames = () => {
    let frame = readFrame(octets);
    while (frame) {
      octets = octets.subarray(frame.octets);
      onFrame(frame);
      if (frame.opcode === 8) socket.end(frameOf(frame));
      else if (frame.opcode !== 10)
        socket.write(frameOf(frame.opcode === 9 ? { ...frame, opcode: 10 } : frame));
      frame = readFrame(octets);
    }
  };
  socket.on("data", (chunk) => {
    octets = Buffer.concat([octets, chunk]);
    takeFrames();
  });
  takeFrames();
  socket.resume();
}

/** The first frame of the octets (RFC 6455 section 5.2), or null when it is not all there. */
function readFrame(octets) {
  if (octets.length < 2) return null;
  const short = octets[1] & 0x7f;
  const lengthOctets = { 126: 2, 127: 8 }[short] ?? 0;
  const start = 2 + lengthOctets + (octets[1] & 0x80 ? 4 : 0);
  if (octets.length < start) return null;
  const length =
    lengthOctets === 0 ? short : Number(BigInt(`0x${octets.toString("hex", 2, 2 + lengthOctets)}`));
  if (octets.length < start + length) return null;
  const mask = octets[1] & 0x80 ? octets.subarray(start - 4, start) : Buffer.alloc(4);
  const payload = octets.subarray(start, start + length).map((octet, at) => octet ^ mask[at % 4]);
  return { fin: octets[0] & 0x80, opcode: octets[0] & 0x0f, payload, octets: start + length };
}

function frameOf({ fin, opcode, payload }) {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = fin | opcode;
  head[1] = { 2: length, 4: 126, 10: 127 }[head.length];
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}
