/** The grammar of opening handshakes: requests that are in order in many shapes, and requests of which a part is not. */

import type { Dice } from "./dice.ts";
import {
  adding,
  arranged,
  drawLines,
  type Field,
  oddFields,
  saying,
  setting,
  shuffled,
  someFields,
  type Start,
  without,
} from "./starts.ts";
import type { OpeningStream } from "./stream.ts";

/** Draws a request, legal or not. */
export function drawOpening(dice: Dice): OpeningStream {
  const request = drawLegal(dice);
  return { kind: "opening", ...drawLines(dice, dice.percent(60) ? drawSpoilt(dice, request) : request) };
}

function drawLegal(dice: Dice): Start {
  const upgrade = dice.weighted([
    [6, "websocket"],
    [2, "WebSocket"],
    [1, "WEBSOCKET"],
  ]);
  const connection = dice.weighted([
    [6, "Upgrade"],
    [2, "upgrade"],
    [2, "keep-alive, Upgrade"],
    [1, "Upgrade, keep-alive"],
    [1, "UPGRADE"],
  ]);
  const needed = [
    { name: "Host", value: "{host}" },
    { name: "Upgrade", value: upgrade },
    { name: "Connection", value: connection },
    { name: "Sec-WebSocket-Key", value: dice.octets(16).toString("base64") },
    { name: "Sec-WebSocket-Version", value: "13" },
  ];
  return arranged(dice, "GET {resource} HTTP/1.1", [...needed, ...drawFurther(dice)]);
}

/** Offers that a server declines where it does not understand them (RFC 7692 section 7.1). */
const offers = [
  "permessage-deflate",
  "permessage-deflate; client_max_window_bits",
  "permessage-deflate; client_max_window_bits=15",
  'permessage-deflate; client_max_window_bits="10"',
  "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
  "permessage-deflate; server_max_window_bits=10",
  "permessage-deflate; server_max_window_bits=9; client_max_window_bits=9",
  "permessage-deflate; server_max_window_bits=16",
  "permessage-deflate; server_max_window_bits=010",
  "permessage-deflate; client_max_window_bits=7",
  "permessage-deflate; server_max_window_bits",
  "permessage-deflate; unknown_parameter",
  "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
  "permessage-deflate; server_no_context_takeover=true",
  "permessage-bzip2",
  "x-webkit-deflate-frame",
  "mux; max-channels=4; flow-control",
  'foo; bar="baz"',
];

function drawFurther(dice: Dice): Field[] {
  return someFields(dice, [
    [40, () => ({ name: "Sec-WebSocket-Extensions", value: drawOffers(dice) })],
    [8, () => ({ name: "Sec-WebSocket-Extensions", value: drawOffers(dice) })],
    [20, () => ({ name: "Sec-WebSocket-Protocol", value: drawNames(dice).join(", ") })],
    [20, () => ({ name: "User-Agent", value: "wsmatrix" })],
    [15, () => ({ name: "Origin", value: "http://{host}" })],
    [15, () => ({ name: "Cookie", value: `a=${"b".repeat(dice.below(300))}` })],
    [10, () => ({ name: "X-Long", value: "y".repeat(dice.below(3_000)) })],
    [10, () => ({ name: "Accept-Language", value: "en-US,en;q=0.5" })],
    [10, () => ({ name: "Cache-Control", value: "no-cache" })],
    [5, () => ({ name: "X-Empty", value: "" })],
  ]);
}

function drawOffers(dice: Dice): string {
  return Array.from({ length: dice.between(1, 3) }, () => dice.pick(offers)).join(
    dice.percent(50) ? ", " : ",",
  );
}

/** Subprotocols; each must be another (RFC 6455 section 4.1). */
function drawNames(dice: Dice): string[] {
  return shuffled(dice, ["chat", "superchat", "mqtt", "v1.x", "a!b"]).slice(0, dice.between(1, 3));
}

/** Spoils one part. Some of these a server may take; which those are, `opening-opinion.ts` says. */
function drawSpoilt(dice: Dice, request: Start): Start {
  const key = "Sec-WebSocket-Key";
  const version = "Sec-WebSocket-Version";
  const name = dice.pick(["Host", "Upgrade", "Connection", key, version]);
  const spoil = dice.weighted<(request: Start) => Start>([
    [5, without(name)],
    [3, setting(name, "")],
    [3, saying(`${dice.pick(["POST", "PUT", "OPTIONS", "DELETE", "get", "PROPFIND"])} {resource} HTTP/1.1`)],
    [2, saying(`GET {resource} HTTP/${dice.pick(["1.0", "0.9", "2.0"])}`)],
    [
      1,
      saying(
        dice.pick([
          "GET {resource}",
          "GET  {resource} HTTP/1.1",
          "{resource} HTTP/1.1",
          "GET {resource} http/1.1",
        ]),
      ),
    ],
    [3, setting("Upgrade", dice.pick(["h2c", "websockets", "web socket", "TLS/1.2"]))],
    [3, setting("Connection", dice.pick(["keep-alive", "close", "Upgraded", "Up-grade"]))],
    [5, setting(key, dice.octets(dice.pick([0, 1, 8, 15, 17, 20, 32])).toString("base64"))],
    [
      2,
      setting(
        key,
        dice.pick([
          "AAAAAAAAAAAAAAAAAAAAAA=",
          "!!!!!!!!!!!!!!!!!!!!!!==",
          "AAAAAAAAAAAAAAAAAAAAAA",
          "dGhlIHNhbXBsZSBub25jZ Q==",
        ]),
      ),
    ],
    [2, adding(key, dice.octets(16).toString("base64"))],
    [
      5,
      setting(version, dice.pick(["0", "7", "8", "12", "14", "99", "255", "013", "1 3", "13.0", "-13", "x"])),
    ],
    [1, adding(version, dice.pick(["13", "8"]))],
    [2, adding("Host", "other.example")],
    [
      3,
      setting(
        "Sec-WebSocket-Extensions",
        dice.pick([
          "permessage-deflate; =1",
          "permessage deflate",
          "permessage-deflate;",
          "@",
          "a/b",
          "permessage-deflate; a b",
        ]),
      ),
    ],
    ...oddFields(dice),
  ]);
  return spoil(request);
}
