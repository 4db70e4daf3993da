import { Setting } from "../../wire/http2/frame.ts";

import { openingFields } from "../extra/http2/fields.ts";
import type { Expectation, ExtraStep, Rule } from "../extra/script.ts";
import {
  closing,
  type Draft,
  echoes,
  end,
  frame,
  liveConnection,
  messages,
  must,
  octets,
  open,
  opening,
  server,
  should,
  stillAlive,
  textFrame,
  textMessage,
} from "./extra.ts";
import {
  anotherStream,
  asking,
  echo,
  echoed,
  type FieldChange,
  fieldsWith,
  hello,
  http2,
  isEchoed,
  lawful,
  saysMalformed,
  saysNo,
  streamAlive,
  takes,
} from "./http2.ts";

const refused: Expectation = { expect: "refused" };
const opened: Expectation = { expect: "opened" };
const asked = (change: FieldChange, framing: Parameters<typeof asking>[1] = {}): readonly ExtraStep[] => [
  ...asking(fieldsWith(change), framing),
  ...hello,
];

const accepted: Draft[] = [
  {
    title: "The handshake as it should be",
    does: "Asks for a WebSocket in a stream, and sends a message.",
    expects:
      "The server has said that it allows that; the stream is a WebSocket connection, and the message is echoed.",
    roles: server,
    steps: echo,
    rules: [
      must("8441 3", http2({ what: "setting", id: Setting.enableConnectProtocol, value: 1 })),
      must("8441 5", opened),
      isEchoed,
    ],
  },
  {
    title: "The response",
    does: "Looks at the fields of the response, and at all frames.",
    expects:
      "There is `:status` and no other pseudo-header field, nothing of a connection of HTTP/1.1, and no Content-Length.",
    roles: server,
    steps: echo,
    rules: [
      must("9113 8.2.2", lawful),
      must("9110 9.3.6", { expect: "fieldAbsent", name: "Content-Length" }),
      isEchoed,
    ],
  },
  {
    title: "Sec-WebSocket-Accept",
    does: "Looks whether the response has Sec-WebSocket-Accept, which `:protocol` stands in for.",
    expects: "It is left open.",
    roles: server,
    steps: echo,
    rules: [open("8441 5", { expect: "fieldAbsent", name: "Sec-WebSocket-Accept" })],
  },
  takes(
    "Sec-WebSocket-Key in the request",
    "Sends Sec-WebSocket-Key, which is not looked at any more, with what is no key.",
    asked({ add: [["sec-websocket-key", "none"]] }),
    [should("8441 5", echoed)],
  ),
  takes(
    "Further fields",
    "Sends fields such as browsers have, cookies in two lines among them.",
    asked({
      add: [
        ["origin", "{scheme}://{host}"],
        ["user-agent", "wsmatrix"],
        ["te", "trailers"],
        ["cookie", "a=b"],
        ["cookie", "c=d"],
      ],
    }),
    [must("8441 5", opened), isEchoed],
  ),
  takes(
    "Pseudo-header fields in another order",
    "Sends `:authority`, `:path`, `:scheme`, `:protocol` and `:method` in this order.",
    [
      ...asking([
        ...openingFields.filter(([name]) => name.startsWith(":")).toReversed(),
        ...openingFields.filter(([name]) => !name.startsWith(":")),
      ]),
      ...hello,
    ],
    [must("9113 8.3", opened), isEchoed],
  ),
  takes(
    "Padding, and a request in many frames",
    "Sends the request in HEADERS with padding and in CONTINUATION frames, 40 octets each.",
    asked({}, { cut: 40, pad: 31 }),
    [must("9113 6.10", opened), isEchoed],
  ),
  takes(
    "The protocol in other letters",
    "Sends `:protocol: WebSocket`.",
    asked({ replace: { ":protocol": "WebSocket" } }),
    [open("9110 7.8", opened)],
    "RFC 8441 wants the value `websocket`, while names of protocols should be compared in any letter case.",
  ),
];

/** A request that is malformed, and an ordinary connection after it. */
const malformed = (
  title: string,
  does: string,
  change: FieldChange,
  rule: Rule,
  practice?: string,
): Draft => ({
  title,
  does: `${does} Then plays an ordinary connection.`,
  expects: "No connection is opened, and the server says so; it goes on serving.",
  roles: server,
  steps: [{ steps: asking(fieldsWith(change)) }, liveConnection],
  rules: [rule, should("9113 8.1.1", saysMalformed), must("6455 5.6", stillAlive)],
  ...(practice !== undefined && { practice }),
});

const malformedRequests: Draft[] = [
  malformed(
    "No :protocol",
    "Sends CONNECT with `:scheme` and `:path`, and without `:protocol`.",
    { without: [":protocol"] },
    must("9113 8.5", refused),
  ),
  malformed("No :scheme", "Leaves `:scheme` out.", { without: [":scheme"] }, must("8441 4", refused)),
  malformed("No :path", "Leaves `:path` out.", { without: [":path"] }, must("8441 4", refused)),
  malformed(
    "No :authority",
    "Leaves `:authority` out, and sends no Host either.",
    { without: [":authority"] },
    should("8441 5", refused),
  ),
  malformed(
    "An empty :path",
    "Sends `:path` without a value.",
    { replace: { ":path": "" } },
    should("9113 8.3.1", refused),
  ),
  malformed(
    "Connection and Upgrade",
    "Sends `connection: Upgrade` and `upgrade: websocket`, as over HTTP/1.1.",
    {
      add: [
        ["connection", "Upgrade"],
        ["upgrade", "websocket"],
      ],
    },
    must("9113 8.2.2", refused),
  ),
  malformed(
    "Transfer-Encoding",
    "Sends `transfer-encoding: chunked`.",
    { add: [["transfer-encoding", "chunked"]] },
    must("9113 8.2.2", refused),
  ),
  malformed(
    "Uppercase letters",
    "Sends a field with the name `X-Nobody`.",
    { add: [["X-Nobody", "knows"]] },
    must("9113 8.2.1", refused),
  ),
  {
    title: "A line end in a value",
    does: "Sends a value that holds CR LF and what would be another field over HTTP/1.1.",
    expects: "By the letter, no connection is opened.",
    roles: server,
    steps: asking(fieldsWith({ add: [["x-nobody", "knows\r\nx-other: yes"]] })),
    rules: [open("9113 8.2.1", refused)],
    practice:
      "Software made with nghttp2 leaves such a field out and takes the request without it, where the letter wants the request refused.",
  },
  malformed(
    "A pseudo-header field behind another field",
    "Sends `:path` at the end.",
    { without: [":path"], add: [[":path", "{resource}"]] },
    must("9113 8.3", refused),
  ),
  malformed(
    "Two of :protocol",
    "Sends `:protocol` twice.",
    { before: [[":protocol", "websocket"]] },
    must("9113 8.3", refused),
  ),
  malformed(
    "A pseudo-header field of nobody",
    "Sends `:nobody`.",
    { before: [[":nobody", "knows"]] },
    must("9113 8.3", refused),
  ),
  malformed(
    "Another Host",
    "Sends Host with a name that is not that of `:authority`.",
    { add: [["host", "elsewhere.invalid"]] },
    should("9113 8.3.1", refused),
  ),
];

/** A request that is well-formed, but no opening handshake; streams after it go on as ever. */
const declined = (
  title: string,
  does: string,
  steps: readonly ExtraStep[],
  rules: readonly Rule[],
  practice?: string,
): Draft => ({
  title,
  does: `${does} Then asks for a WebSocket in another stream, and on another connection.`,
  expects: "No WebSocket connection is opened, and the server says so; both others are served.",
  roles: server,
  steps: [{ steps }, anotherStream, liveConnection],
  rules: [...rules, streamAlive, must("6455 5.6", { ...stillAlive, on: 2 })],
  ...(practice !== undefined && { practice }),
});

/** Whoever takes the stream for a WebSocket echoes. */
const trial: readonly ExtraStep[] = [textFrame("hello"), messages(1, 500)];
const speaksVersion: Expectation = { expect: "field", name: "Sec-WebSocket-Version", matches: "\\b13\\b" };

const declinedRequests: Draft[] = [
  declined(
    "No version",
    "Leaves Sec-WebSocket-Version out.",
    asking(fieldsWith({ without: ["sec-websocket-version"] })),
    [must("6455 4.2.1", refused), should("6455 4.2.1", saysNo)],
  ),
  declined(
    "A version that is not there yet",
    "Sends `sec-websocket-version: 255`.",
    asking(fieldsWith({ replace: { "sec-websocket-version": "255" } })),
    [
      must("6455 4.2.2", refused),
      should("6455 4.4", speaksVersion),
      should("6455 4.2.2", { expect: "status", among: [4] }),
    ],
  ),
  declined(
    "A protocol of nobody",
    "Sends `:protocol: x-nobody-knows`, and a frame of WebSocket.",
    [...asking(fieldsWith({ replace: { ":protocol": "x-nobody-knows" } })), ...trial],
    [should("8441 4", echoes()), should("8441 4", saysNo)],
  ),
  declined(
    "CONNECT as of old",
    "Sends CONNECT with `:authority` alone, which asks for a tunnel to there, and a frame of WebSocket.",
    [...asking(fieldsWith({ without: [":protocol", ":scheme", ":path"] })), ...trial],
    [must("8441 5", echoes())],
  ),
  declined(
    "GET with :protocol",
    "Sends GET in place of CONNECT, and a frame of WebSocket.",
    [...asking(fieldsWith({ replace: { ":method": "GET" } })), ...trial],
    [must("8441 4", echoes()), should("9113 8.3", refused)],
  ),
  declined(
    "A request that is all there is",
    "Sends END_STREAM with the request.",
    [...asking(fieldsWith({}), { end: true }), end()],
    [
      should("8441 5", {
        expect: "anyOf",
        of: [refused, { expect: "ended", before: "end" }],
      }),
    ],
    "It is as if TCP were half-closed from the begin. A server may refuse that, or open a connection that it ends at once.",
  ),
];

const protocolField = "Sec-WebSocket-Protocol";
const deflate = { offer: "permessage-deflate", answer: "permessage-deflate" };

const negotiated: Draft[] = [
  takes(
    "Subprotocols",
    "Offers two subprotocols.",
    asked({ add: [["sec-websocket-protocol", "x-nobody-knows, x-two"]] }),
    [must("6455 4.2.2", { expect: "fieldAbsent", name: protocolField }), open("6455 4.2.2", opened)],
    "Some servers refuse a handshake of which they know no subprotocol.",
  ),
  {
    title: "permessage-deflate",
    does: "Offers permessage-deflate, and sends a compressed message.",
    expects: "It is agreed on in the fields of the stream, and the message comes back.",
    roles: server,
    steps: [opening, frame(1, octets("f248cdc9c90700"), { rsv: 4 }), messages(1), ...closing],
    rules: [
      must("7692 6.1", echoes(textMessage("Hello"))),
      must("6455 5.2", { expect: "lawfulFrames" }),
      must("7692 7.1", { expect: "deflateAnswer", offers: [deflate.offer] }),
    ],
    deflate,
    needs: ["deflate"],
  },
];

/** Of chapter 34, the requests that servers get. */
export const requestsOverHttp2 = [
  { title: "Requests that open a connection", cases: accepted },
  { title: "Malformed requests", cases: malformedRequests },
  { title: "Requests for something else", cases: declinedRequests },
  { title: "Subprotocols and extensions", cases: negotiated },
];
