import type { Chapter } from "../case.ts";
import {
  closing,
  type Draft,
  echoes,
  extraChapter,
  messages,
  must,
  opening,
  server,
  should,
  textFrame,
  textMessage,
} from "./extra.ts";

const handshakes: Draft[] = [
  {
    title: "The handshake as it should be",
    does: "Asks for a WebSocket in a stream, and sends a message.",
    expects: "The stream is a WebSocket connection, and the message is echoed.",
    roles: server,
    steps: [opening, textFrame("hello"), messages(1), ...closing],
    rules: [must("8441 5", { expect: "opened" }), must("6455 5.6", echoes(textMessage("hello")))],
  },
  {
    title: "A closing handshake",
    does: "Begins the closing handshake.",
    expects: "It is answered, and the stream ended in order.",
    roles: server,
    steps: [opening, ...closing],
    rules: [
      must("6455 5.5.1", { expect: "closeFrame" }),
      should("8441 5", { expect: "endedBy", how: "fin" }),
    ],
  },
];

/** WebSocket over HTTP/2 (RFC 8441), of servers; only played where they are reached so. */
export const chapter34: Chapter = extraChapter(
  "34",
  "WebSocket over HTTP/2",
  [{ title: "Opening handshake of servers", cases: handshakes }],
  { over: "h2" },
);
