import { FrameType, Setting } from "../../wire/http2/frame.ts";

import type { ExtraStep, Rule, Script } from "../extra/script.ts";
import {
  binaryMessage,
  closed,
  closeFrame,
  closing,
  type Draft,
  echoes,
  end,
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
  echo,
  echoed,
  emptyData,
  fieldsWith,
  hello,
  http2,
  isEchoed,
  lawful,
  openWindow,
  over,
  sharing,
  streamAlive,
  takes,
} from "./http2.ts";

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

/** Of chapter 34, what comes in the streams of servers. */
export const streamsOverHttp2 = [
  { title: "Frames of HTTP/2 and of WebSocket", cases: data },
  { title: "Several streams", cases: streams },
  { title: "Ends of streams", cases: endings },
];
