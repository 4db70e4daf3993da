/** The grammar of opening handshakes: requests that are in order in many shapes, and requests of which a part is not. */

import type { Dice } from "./dice.ts";
import type { OpeningStream, Writes } from "./stream.ts";

/** A field line; both parts as they are to stand there. */
interface Field {
  readonly name: string;
  readonly value: string;
}

interface Request {
  readonly line: string;
  readonly fields: readonly Field[];
}

/** Draws a request, legal or not. */
export function drawOpening(dice: Dice): OpeningStream {
  let request = drawLegal(dice);
  if (dice.percent(60)) request = drawSpoilt(dice, request);
  const ending = (index: number) => (spoiltEnding === index ? "\n" : "\r\n");
  const spoiltEnding = dice.percent(3) ? dice.below(request.fields.length + 1) : -1;
  const lines = [request.line, ...request.fields.map((field) => lineOf(dice, field))];
  return { kind: "opening", lines: lines.map((line, i) => line + ending(i)), writes: drawWrites(dice) };
}

function drawWrites(dice: Dice): Writes {
  return dice.weighted<Writes>([
    [6, { by: "whole" }],
    [2, { by: "size", sizes: [dice.between(1, 4), dice.between(20, 100)] }],
    [1, { by: "size", sizes: [dice.between(2, 9)] }],
  ]);
}

/** White space around a value means nothing (RFC 9112 section 5). */
function lineOf(dice: Dice, { name, value }: Field): string {
  const before = dice.weighted([
    [8, " "],
    [1, ""],
    [1, "  "],
    [1, "\t"],
  ]);
  return `${name}:${before}${value}${dice.percent(5) ? " " : ""}`;
}

function drawLegal(dice: Dice): Request {
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
  const fields = [...needed, ...drawFurther(dice)].map(({ name, value }) => ({
    name: inCase(dice, name),
    value,
  }));
  return { line: "GET {resource} HTTP/1.1", fields: dice.percent(60) ? shuffled(dice, fields) : fields };
}

/** Names of fields have no case (RFC 9110 section 5.1). */
function inCase(dice: Dice, name: string): string {
  const kind = dice.below(10);
  if (kind === 0) return name.toLowerCase();
  return kind === 1 ? name.toUpperCase() : name;
}

function shuffled<T>(dice: Dice, list: readonly T[]): T[] {
  const left = [...list];
  return list.map(() => left.splice(dice.below(left.length), 1)[0]!);
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
  const all: readonly (readonly [often: number, draw: () => Field])[] = [
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
  ];
  return all.flatMap(([often, draw]) => (dice.percent(often) ? [draw()] : []));
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

const without = (name: string) => (request: Request) => ({
  ...request,
  fields: request.fields.filter((field) => field.name.toLowerCase() !== name.toLowerCase()),
});

const setting = (name: string, value: string) => (request: Request) => {
  const rest = without(name)(request);
  return { ...rest, fields: [...rest.fields, { name, value }] };
};

const adding = (name: string, value: string) => (request: Request) => ({
  ...request,
  fields: [...request.fields, { name, value }],
});

const saying = (line: string) => (request: Request) => ({ ...request, line });

/** Spoils one part. Some of these a server may take; which those are, `opening-opinion.ts` says. */
function drawSpoilt(dice: Dice, request: Request): Request {
  const key = "Sec-WebSocket-Key";
  const version = "Sec-WebSocket-Version";
  const name = dice.pick(["Host", "Upgrade", "Connection", key, version]);
  const spoil = dice.weighted<(request: Request) => Request>([
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
    [2, adding(dice.pick(["X-Space ", "Sec-WebSocket-Protocol "]), "chat")],
    [1, adding("X-Folded", "a\r\n b")],
    [1, adding("Content-Length", "0")],
    [1, adding("X-Control", "a\u0001b")],
    [1, adding("X-Latin", "\u00e4\u00ff")],
  ]);
  return spoil(request);
}
