import type { Chapter } from "../case.ts";
import type { Rule } from "../extra/script.ts";
import {
  client,
  closing,
  type Draft,
  echoes,
  endFor,
  extraChapter,
  type HeadChange,
  messages,
  must,
  open,
  pause,
  rejects,
  response,
  responseHead,
  should,
  textFrame,
  textMessage,
} from "./extra.ts";

/** A response that must open the connection, shown by an echo. */
function good(title: string, does: string, change: HeadChange, level = must, practice?: string): Draft {
  return {
    title,
    does,
    expects: "The client takes the connection for open, and echoes the message.",
    roles: client,
    steps: [response(change), textFrame("hello"), messages(1), ...closing],
    rules: [level("6455 4.1", echoes(textMessage("hello")))],
    ...(practice !== undefined && { practice }),
  };
}

const mustFail: readonly Rule[] = [
  must("6455 4.1", rejects),
  should("6455 7.1.7", { expect: "ended", before: "end" }),
];

/** A response on which the client must fail the connection, shown by no echo. */
function bad(
  title: string,
  does: string,
  change: HeadChange,
  rules: readonly Rule[] = mustFail,
  practice?: string,
): Draft {
  return {
    title,
    does: `${does} Behind it a text message follows.`,
    expects: "The client fails the connection: it echoes nothing, and ends TCP.",
    roles: client,
    steps: [response(change), textFrame("hello"), endFor(rules)],
    rules,
    ...(practice !== undefined && { practice }),
  };
}

/** Looks at the client's request. */
function request(title: string, does: string, rules: readonly Rule[]): Draft {
  return {
    title,
    does,
    expects: "The request is as the section says.",
    roles: client,
    steps: [{ step: "open" }, ...closing],
    rules,
  };
}

const requests: Draft[] = [
  request("Method, target and version", "Reads the request line.", [
    must("6455 4.1", {
      expect: "startLine",
      matches: "^GET (https?://[^/?\\s]+)?/runCase\\?\\S+ HTTP/1\\.1$",
    }),
  ]),
  request("The fields that must be there", "Looks for Host, Upgrade and Connection.", [
    must("6455 4.1", { expect: "field", name: "Host", matches: "^\\S+$" }),
    must("6455 4.1", { expect: "field", name: "Upgrade", matches: "(^|,)\\s*websocket\\s*(,|$)" }),
    must("6455 4.1", { expect: "field", name: "Connection", matches: "(^|,)\\s*upgrade\\s*(,|$)" }),
  ]),
  request("The version of the protocol", "Looks at Sec-WebSocket-Version.", [
    must("6455 4.1", { expect: "field", name: "Sec-WebSocket-Version", matches: "^13$" }),
    must("6455 11.3.5", { expect: "fieldTimes", name: "Sec-WebSocket-Version", most: 1 }),
  ]),
  request("The key", "Looks at Sec-WebSocket-Key.", [
    must("6455 4.1", { expect: "field", name: "Sec-WebSocket-Key", matches: "^[A-Za-z0-9+/]{22}==$" }),
    must("6455 11.3.1", { expect: "fieldTimes", name: "Sec-WebSocket-Key", most: 1 }),
  ]),
  request("A new key for each connection", "Compares the keys of all handshakes of this client so far.", [
    must("6455 4.1", { expect: "nonces" }),
  ]),
  request("A well-formed request", "Reads the request by the grammar of HTTP.", [
    must("9112 2.1", { expect: "headIsClean" }),
    must("9112 3.2", { expect: "fieldTimes", name: "Host", most: 1 }),
  ]),
  request("Nothing that only a server says", "Looks for Sec-WebSocket-Accept in the request.", [
    must("6455 11.3.3", { expect: "fieldAbsent", name: "Sec-WebSocket-Accept" }),
  ]),
  {
    title: "Waiting for the response",
    does: "Lets the client wait for its response for 300 ms.",
    expects: "The client sends nothing before it has the response.",
    roles: client,
    steps: [pause(300), response(), ...closing],
    rules: [must("6455 4.1", { expect: "silentBeforeResponse" })],
  },
];

const accepted: Draft[] = [
  good("The plain response", "Sends the smallest response that there is.", {}),
  good("Field names in small letters", "Writes the names of all fields in small letters.", {
    replace: {
      Upgrade: "upgrade: websocket",
      Connection: "connection: Upgrade",
      "Sec-WebSocket-Accept": "sec-websocket-accept: {accept}",
    },
  }),
  good("Tokens in another case", "Sends `Upgrade: WebSocket` and `Connection: upgrade`.", {
    replace: { Upgrade: "Upgrade: WebSocket", Connection: "Connection: upgrade" },
  }),
  good("Connection with a further token", "Sends `Connection: keep-alive, Upgrade`.", {
    replace: { Connection: "Connection: keep-alive, Upgrade" },
  }),
  good("White space around values", "Puts blanks and tabs around the values of fields.", {
    replace: {
      Upgrade: "Upgrade: \t websocket \t",
      "Sec-WebSocket-Accept": "Sec-WebSocket-Accept:   {accept}  ",
    },
  }),
  good("Another reason phrase", "Says `101 Web Socket Protocol Handshake`, as old servers do.", {
    line: "HTTP/1.1 101 Web Socket Protocol Handshake",
  }),
  good("An empty reason phrase", "Leaves the reason phrase empty.", { line: "HTTP/1.1 101 " }),
  good("Further fields", "Adds Date, Server, cookies and fields that nobody knows.", {
    add: [
      "Date: Thu, 01 Jan 2026 00:00:00 GMT",
      "Server: test/1.0 (x)",
      "Set-Cookie: a=b; Path=/",
      "Set-Cookie: c=d",
      "X-Something: ",
    ],
  }),
  good(
    "An interim response first",
    "Sends a response 103 (Early Hints) before the response 101.",
    { line: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 101 Switching Protocols" },
    should,
    "HTTP clients must be able to read interim responses (RFC 9110 section 15.2); hardly any WebSocket client does.",
  ),
  {
    title: "A frame in the same packet",
    does: "Sends the response and a text message in one write.",
    expects: "The client reads what stands behind the response as frames.",
    roles: client,
    steps: [{ step: "response", head: `${responseHead()}\x81\x05hello` }, messages(1), ...closing],
    rules: [must("6455 5.2", echoes(textMessage("hello")))],
  },
  {
    title: "One octet at a time",
    does: "Sends the response an octet a millisecond.",
    expects: "The client takes the connection for open.",
    roles: client,
    steps: [
      { step: "response", head: responseHead(), chop: { octets: 1, every: 1 } },
      textFrame("hello"),
      messages(1),
      ...closing,
    ],
    rules: [should("6455 4.1", echoes(textMessage("hello")))],
    practice: "Some take very small packets for an attack.",
  },
];

const refused: Draft[] = [
  bad("Status 200", "Says 200 where 101 belongs, and everything else as it should be.", {
    line: "HTTP/1.1 200 OK",
  }),
  bad("Status 404 with a body", "Refuses the request.", {
    line: "HTTP/1.1 404 Not Found",
    without: ["Upgrade", "Connection", "Sec-WebSocket-Accept"],
    add: ["Content-Length: 9", "Content-Type: text/plain"],
  }),
  bad("A redirect", "Says 302 with a Location that leads nowhere.", {
    line: "HTTP/1.1 302 Found",
    without: ["Upgrade", "Connection", "Sec-WebSocket-Accept"],
    add: ["Location: /getCaseInfo?case=999999", "Content-Length: 0"],
  }),
  bad("A status line that is none", "Begins with `HTTP/1.1 abc`.", {
    line: "HTTP/1.1 abc Switching Protocols",
  }),
  bad("No Upgrade", "Leaves Upgrade out.", { without: ["Upgrade"] }),
  bad("Upgrade to something else", "Sends `Upgrade: h2c`.", { replace: { Upgrade: "Upgrade: h2c" } }),
  bad("No Connection", "Leaves Connection out.", { without: ["Connection"] }),
  bad("Connection without Upgrade", "Sends `Connection: close`.", {
    replace: { Connection: "Connection: close" },
  }),
  bad("No accept", "Leaves Sec-WebSocket-Accept out.", { without: ["Sec-WebSocket-Accept"] }),
  bad("An accept for another key", "Sends the value that belongs to the RFC's example.", {
    replace: { "Sec-WebSocket-Accept": "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" },
  }),
  bad("An empty accept", "Sends Sec-WebSocket-Accept without a value.", {
    replace: { "Sec-WebSocket-Accept": "Sec-WebSocket-Accept:" },
  }),
  bad("An accept that only begins right", "Adds a character to Sec-WebSocket-Accept.", {
    replace: { "Sec-WebSocket-Accept": "Sec-WebSocket-Accept: {accept}A" },
  }),
  bad(
    "Two accepts",
    "Sends Sec-WebSocket-Accept twice, the right value first.",
    { add: ["Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="] },
    [should("6455 11.3.3", rejects)],
    "A server must not send two; section 4.1 does not say what a client does then.",
  ),
  bad(
    "HTTP/1.0",
    "Says `HTTP/1.0 101`.",
    { line: "HTTP/1.0 101 Switching Protocols" },
    [open("6455 4.1", rejects)],
    "There is no 101 in HTTP/1.0, but nothing says that a client must look at the version.",
  ),
];

/** The opening handshake as a client writes it and reads its answer. */
export const chapter21: Chapter = extraChapter(
  "21",
  "Opening handshake of clients",
  [
    { title: "The request", cases: requests },
    { title: "Responses that open a connection", cases: accepted },
    { title: "Responses that do not", cases: refused },
  ],
  { over: "h1" },
);
