/** The grammar of responses: such as open a connection, in many shapes, and such of which a part is not in order. */

import type { Dice } from "./dice.ts";
import {
  adding,
  arranged,
  drawLines,
  type Field,
  oddFields,
  saying,
  setting,
  someFields,
  type Start,
  without,
} from "./starts.ts";
import type { ResponseStream } from "./stream.ts";

/** Draws a response, legal or not. */
export function drawResponse(dice: Dice): ResponseStream {
  const response = drawLegal(dice);
  return {
    kind: "response",
    ...drawLines(dice, dice.percent(60) ? drawSpoilt(dice, response) : response),
  };
}

function drawLegal(dice: Dice): Start {
  // The words behind the status are nobody's business (RFC 9112 section 4).
  const reason = dice.weighted([
    [6, "Switching Protocols"],
    [1, ""],
    [1, "OK"],
    [1, "Web Socket Protocol Handshake"],
  ]);
  const needed = [
    { name: "Upgrade", value: dice.pick(["websocket", "websocket", "WebSocket", "WEBSOCKET"]) },
    {
      name: "Connection",
      value: dice.pick(["Upgrade", "Upgrade", "upgrade", "UPGRADE", "keep-alive, Upgrade", "Upgrade, foo"]),
    },
    { name: "Sec-WebSocket-Accept", value: "{accept}" },
  ];
  return arranged(dice, `HTTP/1.1 101 ${reason}`, [...needed, ...drawFurther(dice)]);
}

function drawFurther(dice: Dice): Field[] {
  return someFields(dice, [
    [25, () => ({ name: "Sec-WebSocket-Extensions", value: dice.pick(agreements) })],
    [20, () => ({ name: "Server", value: "wsmatrix" })],
    [20, () => ({ name: "Date", value: "Sun, 06 Nov 1994 08:49:37 GMT" })],
    [10, () => ({ name: "Set-Cookie", value: `a=${"b".repeat(dice.below(300))}` })],
    [10, () => ({ name: "X-Long", value: "y".repeat(dice.below(3_000)) })],
    [10, () => ({ name: "Cache-Control", value: "no-cache" })],
    [5, () => ({ name: "X-Empty", value: "" })],
  ]);
}

/** Which of them are in order depends on what the client has offered. */
const agreements = [
  "permessage-deflate",
  "permessage-deflate; server_no_context_takeover",
  "permessage-deflate; server_max_window_bits=10",
  "permessage-deflate; server_max_window_bits=15; server_no_context_takeover",
  "permessage-deflate;server_max_window_bits=9",
];

const oddAgreements = [
  "permessage-deflate; server_max_window_bits=16",
  "permessage-deflate; server_max_window_bits=7",
  "permessage-deflate; server_max_window_bits=010",
  "permessage-deflate; server_max_window_bits",
  "permessage-deflate; client_max_window_bits",
  "permessage-deflate; client_max_window_bits=16",
  "permessage-deflate; server_no_context_takeover=true",
  "permessage-deflate; client_no_context_takeover=1",
  "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
  "permessage-deflate; unknown_parameter",
  "permessage-deflate, permessage-deflate",
  "permessage-bzip2",
  "permessage-deflate, foo",
  "foo",
  "x-webkit-deflate-frame",
];

/** Spoils one part. Some of these a client may take; which those are, `response-opinion.ts` says. */
function drawSpoilt(dice: Dice, response: Start): Start {
  const accept = "Sec-WebSocket-Accept";
  const spoil = dice.weighted<(response: Start) => Start>([
    [5, without(dice.pick(["Upgrade", "Connection", accept]))],
    [2, setting(dice.pick(["Upgrade", "Connection", accept]), "")],
    [
      5,
      saying(
        `HTTP/1.1 ${dice.pick(["200 OK", "201 Created", "204 No Content", "400 Bad Request", "403 Forbidden", "404 Not Found", "426 Upgrade Required", "500 Internal Server Error", "503 Service Unavailable"])}`,
      ),
    ],
    [1, saying(`HTTP/1.1 ${dice.pick(["100 Continue", "102 Processing", "1010 Over", "10 Under"])}`)],
    [2, saying(`HTTP/${dice.pick(["1.0", "0.9", "2.0"])} 101 Switching Protocols`)],
    [
      1,
      saying(
        dice.pick(["HTTP/1.1 101", "HTTP/1.1  101 Switching", "101 Switching Protocols", "http/1.1 101 x"]),
      ),
    ],
    [3, setting("Upgrade", dice.pick(["h2c", "websockets", "web socket", "TLS/1.2", "websocket2"]))],
    [3, setting("Connection", dice.pick(["keep-alive", "close", "Upgraded", "Up-grade"]))],
    [
      8,
      setting(
        accept,
        dice.pick([
          dice.octets(20).toString("base64"),
          dice.octets(16).toString("base64"),
          "{accept}=",
          "x{accept}",
          "{accept}, {accept}",
          "dGhlIHNhbXBsZSBub25jZQ==",
        ]),
      ),
    ],
    [2, adding(accept, dice.percent(50) ? "{accept}" : dice.octets(20).toString("base64"))],
    [8, setting("Sec-WebSocket-Extensions", dice.pick(oddAgreements))],
    [4, adding("Sec-WebSocket-Protocol", dice.pick(["chat", "x, y"]))],
    ...oddFields(dice),
  ]);
  return spoil(response);
}
