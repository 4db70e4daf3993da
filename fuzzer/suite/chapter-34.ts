import { FrameType, Setting } from "../../wire/http2/frame.ts";

import type { Chapter } from "../case.ts";
import { openingFields } from "../extra/http2/fields.ts";
import type { Expectation, ExtraStep, Rule, Script } from "../extra/script.ts";
import { clientsOverHttp2 } from "./chapter-34-client.ts";
import {
  binaryMessage,
  closed,
  closeFrame,
  closing,
  type Draft,
  echoes,
  end,
  extraChapter,
  frame,
  liveConnection,
  many,
  mark,
  messages,
  must,
  octets,
  open,
  opening,
  pause,
  server,
  should,
  stillAlive,
  textFrame,
  textMessage,
} from "./extra.ts";
import {
  anotherStream,
  asking,
  connectionFrame,
  emptyData,
  type FieldChange,
  fieldsWith,
  http2,
  openWindow,
  over,
  saysMalformed,
  saysNo,
  sharing,
} from "./http2.ts";

const refused: Expectation = { expect: "refused" };
const opened: Expectation = { expect: "opened" };
const hello: readonly ExtraStep[] = [textFrame("hello"), messages(1), ...closing];
const echo: readonly ExtraStep[] = [opening, ...hello];
const echoed: Expectation = echoes(textMessage("hello"));
const isEchoed: Rule = must("6455 5.6", echoed);
const lawful: Expectation = http2({ what: "lawful" });

/** The same connection serves another stream. What happens in one stream does not end others, but it may. */
const streamAlive: Rule = should("9113 5.4.2", stillAlive);

/** Something that a server takes, shown by an echo. */
const takes = (
  title: string,
  does: string,
  steps: Draft["steps"],
  rules: readonly Rule[] = [isEchoed],
  practice?: string,
): Draft => ({
  title,
  does,
  expects: "The message is echoed.",
  roles: server,
  steps,
  rules,
  ...(practice !== undefined && { practice }),
});

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

/** Two short texts, masked with zeros, as one run of octets. */
const twoFrames = octets("8183 00000000 6f6e65 8183 00000000 74776f");
const bothEchoed: Rule = must("6455 5.6", echoes(textMessage("one"), textMessage("two")));
const fiveLong = Array.from({ length: 5 }, () => binaryMessage(many("abcd", 40_000)));
const pingPayload = "0102030405060708";

const data: Draft[] = [
  takes(
    "An octet a DATA frame",
    "Sends a message in DATA frames of an octet each.",
    over({ data: { octets: 1 } }, echo),
  ),
  takes(
    "Padding",
    "Sends a message in DATA frames of two octets, each with 200 of padding.",
    over({ data: { octets: 2, pad: 200 } }, echo),
    [must("9113 6.1", echoed)],
  ),
  takes(
    "Two frames in a DATA frame",
    "Sends two messages in one DATA frame.",
    [opening, { step: "octets", payload: twoFrames }, messages(2), ...closing],
    [bothEchoed],
  ),
  takes(
    "DATA without octets",
    "Sends empty DATA frames before, between and behind two messages.",
    [opening, emptyData, textFrame("one"), emptyData, textFrame("two"), emptyData, messages(2), ...closing],
    [bothEchoed],
  ),
  takes(
    "More than a window",
    "Sends five messages of 40,000 octets, as far as the server lets it, and lets the server send on.",
    [opening, ...fiveLong.map(({ payload }) => frame(2, payload)), messages(5, 8_000), ...closing],
    [must("6455 5.6", echoes(...fiveLong)), must("9113 6.9.1", lawful)],
  ),
  takes(
    "A window of 0",
    "Lets the server send nothing in the stream; half a second later 3 octets, and then 1,000.",
    over({ settings: [[Setting.initialWindowSize, 0]], keepsWindow: true }, [
      opening,
      textFrame("hello"),
      pause(500),
      mark("window"),
      openWindow(3),
      pause(200),
      openWindow(1_000),
      messages(1),
      ...closing,
    ]),
    [must("9113 6.9.1", lawful), isEchoed],
  ),
  takes(
    "PING of HTTP/2 inside a message",
    "Sends PING between two fragments of a message.",
    [
      opening,
      textFrame("he", { fin: false }),
      connectionFrame(FrameType.ping, octets(pingPayload)),
      { step: "await", for: { what: "pingAnswer" }, ms: 2_000, tag: "ping" },
      frame(0, { hex: Buffer.from("llo").toString("hex") }),
      messages(1),
      ...closing,
    ],
    [must("9113 6.7", http2({ what: "pingAnswered", hex: pingPayload })), isEchoed],
  ),
  takes(
    "Settings and frames of nobody",
    "Says a setting, and sends a frame, of which nobody knows what they mean.",
    over({ settings: [[0xf0f0, 1]] }, [opening, connectionFrame(0xf0, octets("00")), ...hello]),
    [must("9113 5.5", echoed)],
  ),
  takes(
    "GOAWAY beside a stream",
    "Sends GOAWAY with NO_ERROR, and then a message in the stream that there is.",
    [opening, connectionFrame(FrameType.goaway, octets("0000000000000000")), ...hello],
    [should("9113 6.8", echoed)],
  ),
];

const beside = (text: string, after: number): Script =>
  sharing([opening, pause(300), textFrame(text), messages(1), ...closing], { besideAfter: after });

const get = fieldsWith({
  replace: { ":method": "GET" },
  without: [":protocol", "sec-websocket-version"],
});

const streams: Draft[] = [
  takes(
    "Three streams at once",
    "Opens three WebSocket connections beside each other, and sends a message in each.",
    [
      { steps: [opening, pause(500), textFrame("hello"), messages(1), ...closing] },
      beside("second", 60),
      beside("third", 120),
    ],
    [
      isEchoed,
      must("6455 5.6", { ...echoes(textMessage("second")), on: 1 }),
      must("6455 5.6", { ...echoes(textMessage("third")), on: 2 }),
    ],
  ),
  takes(
    "A message between the fragments of another stream's",
    "Sends the first fragment of a message, a message in another stream, and then the last fragment.",
    [
      {
        steps: [
          opening,
          textFrame("he", { fin: false }),
          pause(700),
          frame(0, { hex: Buffer.from("llo").toString("hex") }),
          messages(1),
          ...closing,
        ],
      },
      sharing(echo, { besideAfter: 100 }),
    ],
    [isEchoed, must("6455 5.6", { ...echoed, on: 1 })],
  ),
  takes(
    "Another request beside",
    "Sends an ordinary GET while a WebSocket connection is open.",
    [
      { steps: [opening, pause(500), textFrame("hello"), messages(1), ...closing] },
      sharing([...asking(get, { end: true }), end()], { besideAfter: 100 }),
    ],
    [isEchoed, should("9113 8.1", { expect: "status", among: [2, 3, 4, 5], on: 1 })],
  ),
  takes(
    "A stream that is held up",
    "Lets the server send 16 octets in each stream; one has a longer echo to send, and another a shorter one.",
    [
      {
        steps: [
          opening,
          textFrame("held up for quite a while"),
          pause(1_500),
          openWindow(1_000),
          messages(1),
          ...closing,
        ],
        http2: { settings: [[Setting.initialWindowSize, 16]], keepsWindow: true },
      },
      sharing(echo, { besideAfter: 200 }),
    ],
    [
      must("6455 5.6", echoes(textMessage("held up for quite a while"))),
      must("9113 6.9.1", lawful),
      should("9113 2", { ...echoed, on: 1 }),
    ],
  ),
];

/** A stream that ends in some way, and others after it, on the same connection and on another one. */
const ends = (
  title: string,
  does: string,
  expects: string,
  steps: readonly ExtraStep[],
  rules: readonly Rule[],
): Draft => ({
  title,
  does: `${does} Then asks for a WebSocket in another stream, and on another connection.`,
  expects: `${expects} Both others are served.`,
  roles: server,
  steps: [{ steps }, anotherStream, liveConnection],
  rules: [...rules, streamAlive, must("6455 5.6", { ...stillAlive, on: 2 })],
});

const endsToo: Rule = should("8441 5", { expect: "ended", before: "end" });
const inOrder: Rule = should("8441 5", { expect: "endedBy", how: "fin" });

const endings: Draft[] = [
  ends(
    "A closing handshake",
    "Begins the closing handshake.",
    "It is answered, and the stream ended with END_STREAM.",
    [opening, textFrame("hello"), messages(1), closeFrame(), closed(), end()],
    [isEchoed, must("6455 5.5.1", { expect: "closeFrame" }), endsToo, inOrder],
  ),
  ends(
    "END_STREAM without a closing handshake",
    "Ends its half of the stream behind a message.",
    "The server ends the stream too.",
    [opening, textFrame("hello"), messages(1), { step: "shut" }, end()],
    [isEchoed, endsToo],
  ),
  ends(
    "END_STREAM inside a frame",
    "Announces five octets, sends two of them, and ends its half of the stream.",
    "Nothing of it is taken for a message, and the server ends the stream too.",
    [opening, { step: "octets", payload: octets("8185 00000000 6865") }, { step: "shut" }, end()],
    [must("6455 5.4", echoes()), endsToo],
  ),
  ends(
    "RST_STREAM inside a message",
    "Sends the first fragment of a message, and RST_STREAM with CANCEL.",
    "It concerns this stream alone.",
    [opening, textFrame("he", { fin: false }), pause(100), { step: "reset" }],
    [must("6455 5.4", echoes())],
  ),
  ends(
    "A frame that breaks a rule",
    "Sends a frame that is not masked.",
    "The server fails this WebSocket connection, and ends its stream.",
    [opening, textFrame("hello", { masked: false }), end()],
    [must("6455 5.1", { expect: "failed" }), must("6455 5.1", echoes()), endsToo],
  ),
  {
    title: "Trailers behind frames",
    does: "Sends a message, and HEADERS with END_STREAM behind it, which are no trailers in a tunnel.",
    expects: "By the letter it is an error of the stream.",
    roles: server,
    steps: [
      opening,
      textFrame("hello"),
      messages(1),
      { step: "http2", send: { send: "headers", fields: [["x-nobody", "knows"]], end: true } },
      end(),
    ],
    rules: [open("9113 8.5", http2({ what: "error" }))],
    practice: "Libraries of HTTP/2 know of no tunnels, and take them for the end of the stream.",
  },
];

/** WebSocket over HTTP/2 (RFC 8441); only played where servers are reached, and clients come, so. */
export const chapter34: Chapter = extraChapter(
  "34",
  "WebSocket over HTTP/2",
  [
    { title: "Requests that open a connection", cases: accepted },
    { title: "Malformed requests", cases: malformedRequests },
    { title: "Requests for something else", cases: declinedRequests },
    { title: "Subprotocols and extensions", cases: negotiated },
    { title: "Frames of HTTP/2 and of WebSocket", cases: data },
    { title: "Several streams", cases: streams },
    { title: "Ends of streams", cases: endings },
    ...clientsOverHttp2,
  ],
  { over: "h2" },
);
