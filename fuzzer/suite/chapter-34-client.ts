import type { Expectation, Rule } from "../extra/script.ts";
import {
  client,
  closed,
  closeFrame,
  closing,
  type Draft,
  echoes,
  end,
  frame,
  type HeadChange,
  messages,
  must,
  octets,
  open,
  opening,
  pause,
  rejects,
  response,
  responseHead,
  should,
  textFrame,
} from "./extra.ts";
import { echoed, hello } from "./http2.ts";

/*
 * What a client does is seen through a gateway that speaks HTTP/2 with it: pseudo-header fields, and fields that the
 * gateway writes itself, come as fields that begin with `H2-`. A response of status 101 is 200 there.
 */

/** Looks at the client's request. */
const request = (title: string, does: string, expects: string, rules: readonly Rule[]): Draft => ({
  title,
  does,
  expects,
  roles: client,
  steps: [opening, ...closing],
  rules,
});

const field = (name: string, matches: string): Expectation => ({ expect: "field", name, matches });
const absent = (name: string): Expectation => ({ expect: "fieldAbsent", name });

const requests: Draft[] = [
  request(
    "An extended CONNECT",
    "Looks at `:method` and `:protocol`.",
    "They are `CONNECT` and `websocket`.",
    [must("8441 4", field("H2-Method", "^CONNECT$")), must("8441 5", field("H2-Protocol", "^websocket$"))],
  ),
  request(
    "Where to",
    "Looks at `:scheme`, `:path` and `:authority`.",
    "They are those of the URL, where `http` stands for `ws` and `https` for `wss`.",
    [
      must("8441 5", field("H2-Scheme", "^https?$")),
      must("8441 4", field("H2-Path", "^/runCase\\?")),
      must("8441 5", field("H2-Authority", "^[^/@\\s]+$")),
    ],
  ),
  request(
    "Nothing of HTTP/1.1",
    "Looks for fields of a connection of HTTP/1.1, and at TE.",
    "There is no Connection, Upgrade, Keep-Alive, Proxy-Connection or Transfer-Encoding; TE is `trailers` or absent.",
    [
      ...["Connection", "Upgrade", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding"].map((name) =>
        must("9113 8.2.2", absent(`H2-${name}`)),
      ),
      must("9113 8.2.2", { expect: "anyOf", of: [absent("TE"), field("TE", "^trailers$")] }),
    ],
  ),
  request("The version of the protocol", "Looks at Sec-WebSocket-Version.", "Its value is 13.", [
    must("8441 5", field("H2-Sec-WebSocket-Version", "^13$")),
  ]),
  request(
    "Sec-WebSocket-Key",
    "Looks whether the request has Sec-WebSocket-Key, which `:protocol` stands in for.",
    "The standard leaves it open.",
    [open("8441 5", absent("H2-Sec-WebSocket-Key"))],
  ),
  {
    title: "Waiting for the response",
    does: "Lets the client wait for its response for 300 ms, and sends a message.",
    expects: "The client sends nothing before it has the response, and keeps its half of the stream open.",
    roles: client,
    steps: [pause(300), response(), ...hello],
    rules: [must("6455 4.1", { expect: "silentBeforeResponse" }), must("6455 5.6", echoed)],
  },
];

/** A response that is to open the connection, shown by an echo. */
const good = (
  title: string,
  does: string,
  head: HeadChange,
  rules: readonly Rule[],
  practice?: string,
): Draft => ({
  title,
  does,
  expects: "The client takes the connection for open, and echoes the message.",
  roles: client,
  steps: [response(head), ...hello],
  rules,
  ...(practice !== undefined && { practice }),
});

/** The client fails the connection, shown by no echo. */
const bad = (title: string, does: string, head: HeadChange, rule: Rule): Draft => ({
  title,
  does: `${does} Behind it a text message follows.`,
  expects: "The client fails the connection: it echoes nothing, and ends its stream.",
  roles: client,
  steps: [response(head), textFrame("hello"), end()],
  rules: [rule, should("6455 7.1.7", { expect: "ended", before: "end" })],
});

const ofUpgrade = ["Upgrade", "Connection", "Sec-WebSocket-Accept"];
const status = (line: string, add: readonly string[] = []): HeadChange => ({
  line: `HTTP/1.1 ${line}`,
  without: ofUpgrade,
  add,
});

/** A response that forms no tunnel: what a client makes of it is a matter of HTTP. */
const refuses = (title: string, line: string, add: readonly string[] = []): Draft => ({
  title,
  does: `Says ${line} and nothing of WebSocket. Behind it a text message follows, and END_STREAM.`,
  expects: "The client does not take the stream for a WebSocket connection: it echoes nothing.",
  roles: client,
  steps: [response(status(line, add)), textFrame("hello"), { step: "shut" }, end(600)],
  rules: [must("9110 9.3.6", rejects)],
});

const responses: Draft[] = [
  good("Status 200", "Sends the smallest response that there is.", {}, [must("8441 5", echoed)]),
  good(
    "Sec-WebSocket-Accept",
    "Adds Sec-WebSocket-Accept with a value that fits no key.",
    { add: ["H2-Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="] },
    [should("8441 5", echoed)],
  ),
  good("Status 204", "Says 204 in place of 200.", status("204 No Content"), [open("9110 9.3.6", echoed)]),
  good(
    "An interim response first",
    "Sends a response 103 (Early Hints) before the response.",
    { line: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 101 Switching Protocols" },
    [should("9110 15.2", echoed)],
  ),
  refuses("Status 404", "404 Not Found"),
  refuses("Status 407", "407 Proxy Authentication Required", ["Proxy-Authenticate: Basic"]),
  refuses("A redirect", "302 Found", ["Location: /getCaseInfo?case=999999"]),
  bad(
    "A subprotocol not asked for",
    "Chooses a subprotocol that the client has not offered.",
    { add: ["Sec-WebSocket-Protocol: x-nobody-asked"] },
    must("6455 4.1", rejects),
  ),
  bad(
    "An extension not asked for",
    "Agrees to an extension that the client has not offered.",
    { add: ["Sec-WebSocket-Extensions: x-nobody-asked"] },
    must("6455 4.1", rejects),
  ),
];

const endsToo: Rule = should("8441 5", { expect: "ended", before: "end" });

const streams: Draft[] = [
  {
    title: "An octet a DATA frame",
    does: "Sends a message an octet a millisecond.",
    expects: "The message is echoed.",
    roles: client,
    steps: [opening, textFrame("hello", { chop: { octets: 1, every: 1 } }), messages(1), ...closing],
    rules: [must("6455 5.6", echoed)],
  },
  {
    title: "The response and a message in one piece",
    does: "Sends a message at once behind the response.",
    expects: "The client reads what stands behind the response as frames.",
    roles: client,
    steps: [{ step: "response", head: `${responseHead()}\x81\x05hello` }, messages(1), ...closing],
    rules: [must("6455 5.6", echoed)],
  },
  {
    title: "A closing handshake, and END_STREAM",
    does: "Begins the closing handshake, and ends its half of the stream once it is answered.",
    expects: "The client ends its half of the stream too.",
    roles: client,
    steps: [opening, textFrame("hello"), messages(1), closeFrame(), closed(), { step: "shut" }, end()],
    rules: [
      must("6455 5.6", echoed),
      must("6455 5.5.1", { expect: "closeFrame" }),
      endsToo,
      should("8441 5", { expect: "endedBy", how: "fin" }),
    ],
  },
  {
    title: "END_STREAM without a closing handshake",
    does: "Ends its half of the stream behind a message.",
    expects: "The client ends the stream too.",
    roles: client,
    steps: [opening, textFrame("hello"), messages(1), { step: "shut" }, end()],
    rules: [must("6455 5.6", echoed), endsToo],
  },
  {
    title: "END_STREAM inside a message",
    does: "Sends the first fragment of a message and a part of the second, and ends its half of the stream.",
    expects: "Nothing of it is taken for a message, and the client ends the stream too.",
    roles: client,
    steps: [
      opening,
      textFrame("he", { fin: false }),
      { step: "octets", payload: octets("8003 6c") },
      { step: "shut" },
      end(),
    ],
    rules: [must("6455 5.4", echoes()), endsToo],
  },
  {
    title: "RST_STREAM inside a message",
    does: "Sends the first fragment of a message, and RST_STREAM with CANCEL.",
    expects: "It is the end of this connection alone: the client goes on with the next case.",
    roles: client,
    steps: [opening, textFrame("he", { fin: false }), pause(100), { step: "reset" }],
    rules: [must("6455 5.4", echoes())],
  },
  {
    title: "A frame that breaks a rule",
    does: "Sends a frame with an opcode that does not exist.",
    expects: "The client fails the connection, and ends its stream.",
    roles: client,
    steps: [opening, frame(3, octets("68656c6c6f")), end()],
    rules: [must("6455 5.2", { expect: "failed" }), must("6455 5.2", echoes()), endsToo],
  },
];

/** Of chapter 34, what is about clients. */
export const clientsOverHttp2 = [
  { title: "The request of a client", cases: requests },
  { title: "Responses to a client", cases: responses },
  { title: "Streams of a client", cases: streams },
];
