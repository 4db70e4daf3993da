/** Mutants for rules that only the chapters from 20 on exercise, the reading of handshakes aside. */

import { type InflaterSetup, Inflater } from "../../wire/deflate.ts";
import { Opcode } from "../../wire/frame.ts";

import { readingEvents, readingStarts, writing, writingOpcode } from "./filters.ts";
import { type Mutant, mutant } from "./mutant.ts";

const adding = (line: string) => (head: string) => head.replace("\r\n\r\n", `\r\n${line}\r\n\r\n`);

const answering = (
  name: string,
  defect: string,
  rule: string,
  caughtBy: readonly string[],
  head: (head: string) => string,
): Mutant => mutant({ name, defect, rule, caughtBy, sides: ["server"], make: () => ({ head }) });

/** What a server says that it should not. */
const responses: readonly Mutant[] = [
  answering(
    "length-of-101",
    "says Content-Length in a response that has no body",
    "RFC 9110, 8.6",
    ["20.2.1"],
    (head) => (head.startsWith("HTTP/1.1 101") ? adding("Content-Length: 0")(head) : head),
  ),
  answering("two-accepts", "says Sec-WebSocket-Accept twice", "RFC 6455, 11.3.3", ["20.2.3"], (head) => {
    const [line = ""] = /^Sec-WebSocket-Accept:.*\r$/im.exec(head) ?? [];
    return line === "" ? head : adding(line.trim())(head);
  }),
  answering(
    "bare-line-feeds",
    "ends a line of its response with a bare line feed",
    "RFC 9112, 2.1",
    ["20.2.4"],
    (head) => head.replace("Upgrade: websocket\r\n", "Upgrade: websocket\n"),
  ),
  answering(
    "no-version-in-refusal",
    "does not say which version it speaks",
    "RFC 6455, 4.4",
    ["20.7.2"],
    (head) => head.replace(/^Sec-WebSocket-Version:.*\r\n/im, ""),
  ),
  answering("no-upgrade-in-426", "answers 426 without Upgrade", "RFC 9110, 15.5.22", ["20.8.1"], (head) =>
    head.replace(/^(HTTP\/1\.1 426[^]*?)Upgrade: websocket\r\n/i, "$1"),
  ),
  answering("no-allow-in-405", "answers 405 without Allow", "RFC 9110, 15.5.6", ["20.8.2"], (head) =>
    head.replace(/^Allow:.*\r\n/im, ""),
  ),
  answering("refuses-with-200", "refuses with status 200", "RFC 6455, 4.2.1", ["20.3.1", "20.6.1"], (head) =>
    head.replace(/^HTTP\/1\.1 4\d\d/, "HTTP/1.1 200"),
  ),
  answering(
    "unasked-client-window",
    "limits the client's window without being offered that",
    "RFC 7692, 7.1.2.2",
    ["30.1.1"],
    (head) => head.replace(/(permessage-deflate)(?![^\r]*client_max)/, "$1; client_max_window_bits=12"),
  ),
  answering(
    "larger-client-window",
    "answers a client's window with a larger one",
    "RFC 7692, 7.1.2.2",
    ["30.1.3"],
    (head) => head.replace(/(permessage-deflate)(?![^\r]*client_max)/, "$1; client_max_window_bits=15"),
  ),
  answering(
    "ignores-demanded-window",
    "does not grant the window that was demanded",
    "RFC 7692, 7.1.2.1",
    ["30.1.5", "30.1.6"],
    (head) => head.replace(/; server_max_window_bits=\d+/, ""),
  ),
  answering(
    "ignores-demanded-no-context",
    "does not grant server_no_context_takeover",
    "RFC 7692, 7.1.1.1",
    ["30.1.8", "30.1.10"],
    (head) => head.replace("; server_no_context_takeover", ""),
  ),
];

/** What a client says that it should not. */
const requests: readonly Mutant[] = [
  mutant({
    name: "accept-in-request",
    defect: "says Sec-WebSocket-Accept in its request",
    rule: "RFC 6455, 11.3.3",
    caughtBy: ["21.1.7"],
    sides: ["client"],
    make: () => ({ head: adding("Sec-WebSocket-Accept: x") }),
  }),
  mutant({
    name: "malformed-request",
    defect: "says a field with a blank before its colon",
    rule: "RFC 9112, 5.1",
    caughtBy: ["21.1.6"],
    sides: ["client"],
    make: () => ({ head: adding("X-Field : x") }),
  }),
  mutant({
    name: "same-key-each-time",
    defect: "uses one key for all its handshakes",
    rule: "RFC 6455, 4.1",
    caughtBy: ["21.1.5"],
    sides: ["client"],
    make: () => ({
      head: (head) => head.replace(/^(Sec-WebSocket-Key: ).*\r$/im, "$1AAECAwQFBgcICQoLDA0ODw==\r"),
    }),
  }),
  mutant({
    name: "keys-that-count-up",
    defect: "counts its masking keys up",
    rule: "RFC 6455, 10.3",
    caughtBy: ["24.4.3"],
    sides: ["client"],
    make: () => {
      let next = 0x1234_5678;
      return {
        options: {
          newMaskKey: () => {
            const key = Buffer.alloc(4);
            key.writeUInt32BE(next++);
            return key;
          },
        },
      };
    },
  }),
  mutant({
    name: "keys-of-one-octet",
    defect: "takes masking keys of one random octet, four times over",
    rule: "RFC 6455, 10.3",
    caughtBy: ["24.4.3"],
    sides: ["client"],
    make: () => ({ options: { newMaskKey: () => Buffer.alloc(4, Math.floor(Math.random() * 256)) } }),
  }),
];

/** What either does with frames. */
const frames: readonly Mutant[] = [
  mutant({
    name: "masks-as-a-server",
    defect: "masks a frame where only clients do, or does not where they must",
    rule: "RFC 6455, 5.1",
    caughtBy: ["24.4.*"],
    make: (side) => ({
      codec: writing((frame) => [
        { ...frame, maskKey: side === "server" ? Buffer.from("01020304", "hex") : null },
      ]),
    }),
  }),
  mutant({
    name: "long-lengths",
    defect: "writes lengths below 126 in 16 bits",
    rule: "RFC 6455, 5.2",
    caughtBy: ["25.1.1"],
    make: () => ({
      codec: writing((frame) => [frame.payload.length < 126 ? { ...frame, lengthBits: 16 } : frame]),
    }),
  }),
  mutant({
    name: "loses-empty-fragments",
    defect: "takes an empty fragment for the end of the message",
    rule: "RFC 6455, 5.4",
    caughtBy: ["26.1.1", "26.1.3"],
    make: () => ({
      codec: readingStarts((start) =>
        start.length7 === 0 && start.opcode < 8 ? { ...start, fin: true } : start,
      ),
    }),
  }),
  mutant({
    name: "no-limit",
    defect: "takes messages of any length",
    rule: "RFC 6455, 10.4",
    caughtBy: ["29.4.2", "29.4.3"],
    make: () => ({ options: { maxMessage: 2 ** 40 } }),
  }),
  mutant({
    name: "answers-late-pings",
    defect: "sends a pong behind its close frame",
    rule: "RFC 6455, 5.5.1",
    caughtBy: ["27.1.*"],
    sides: ["client"],
    make: () => ({
      codec: writingOpcode(Opcode.close, (frame) => [
        frame,
        { ...frame, opcode: Opcode.pong, payload: Buffer.alloc(0) },
      ]),
    }),
  }),
  mutant({
    name: "lingers",
    defect: "does not end TCP when the closing handshake is over",
    rule: "RFC 6455, 7.1.1",
    caughtBy: ["27.4.1"],
    sides: ["server"],
    make: () => ({ tcp: () => "keep" }),
  }),
  mutant({
    name: "hangs-up-first",
    defect: "ends TCP as a client, without waiting for the server",
    rule: "RFC 6455, 7.1.1",
    caughtBy: ["27.4.2"],
    sides: ["client"],
    make: () => ({ options: { closeTimeout: 1 } }),
  }),
  mutant({
    name: "strips-byte-order-marks",
    defect: "leaves out a byte order mark at the begin of a text",
    rule: "RFC 3629, 6",
    caughtBy: ["32.1.5"],
    make: () => ({
      echo: (message) => [
        !message.binary && message.payload.subarray(0, 3).toString("hex") === "efbbbf"
          ? { ...message, payload: message.payload.subarray(3) }
          : message,
      ],
    }),
  }),
  mutant({
    name: "minds-control-frames-in-compressed-messages",
    defect: "forgets that a message is compressed when a ping stands between its fragments",
    rule: "RFC 6455, 5.4",
    caughtBy: ["31.2.7"],
    make: () => ({
      codec: readingEvents(() => {
        let inside = false;
        let forgets = false;
        return (event, decoder) => {
          const opcode = decoder.header?.opcode ?? 0;
          if (event.type === "header" && event.header.rsv === 4 && !event.header.fin) inside = true;
          if (event.type === "header" && event.header.opcode >= 8 && inside) forgets = true;
          if (event.type === "end" && opcode < 8 && decoder.header?.fin) inside = false;
          return forgets && event.type === "payload" && opcode < 8 ? null : event;
        };
      }),
    }),
  }),
  mutant({
    name: "stops-at-a-final-block",
    defect: "reads no compressed message behind one with a final block",
    rule: "RFC 7692, 7.2.3.4",
    caughtBy: ["31.1.5"],
    make: () => ({
      codec: {
        newInflater: (setup: InflaterSetup) => {
          const inflater = new Inflater(setup);
          let seen: number | null = null;
          let ended = false;
          return {
            hasRoomFor: (octets) => inflater.hasRoomFor(octets),
            push: (octets) => {
              seen ??= octets[0] ?? null;
              inflater.push(octets);
            },
            end: () => {
              const plain = inflater.end();
              const before = ended;
              ended ||= seen !== null && (seen & 1) === 1;
              seen = null;
              return before ? Buffer.alloc(0) : plain;
            },
          };
        },
      },
    }),
  }),
];

/** Defects that Autobahn's cases do not notice. */
export const beyondMutants: readonly Mutant[] = [...responses, ...requests, ...frames];
