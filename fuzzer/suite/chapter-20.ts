import type { Chapter } from "../case.ts";
import type { Expectation, Rule } from "../extra/script.ts";
import {
  closing,
  type Draft,
  echoes,
  extraChapter,
  type HeadChange,
  messages,
  must,
  open,
  request,
  requestHead,
  server,
  should,
  textFrame,
  textMessage,
} from "./extra.ts";

const refused: Expectation = { expect: "refused" };
const opened: Expectation = { expect: "opened" };
const anyError: Expectation = { expect: "status", among: [4, 5] };
/** A request is not left without an answer, be it only the end of TCP. */
const answered: Rule = should("6455 4.2.1", { expect: "inTime", tag: "response" });

/** A request that must open the connection, shown by an echo. */
function good(title: string, does: string, change: HeadChange, level: Rule, practice?: string): Draft {
  return {
    title,
    does,
    expects: "The connection is opened, and the message echoed.",
    roles: server,
    steps: [request(change), textFrame("hello"), messages(1), ...closing],
    rules: [level, ...(level.level === "MUST" ? [must("6455 5.6", echoes(textMessage("hello")))] : [])],
    ...(practice !== undefined && { practice }),
  };
}

/** A request that must not open the connection. */
function bad(
  title: string,
  does: string,
  change: HeadChange,
  rules: readonly Rule[],
  practice?: string,
): Draft {
  return {
    title,
    does,
    expects: "No connection is opened; the response says why by its status.",
    roles: server,
    steps: [request(change)],
    rules,
    ...(practice !== undefined && { practice }),
  };
}

const mustRefuse = (place = "6455 4.2.1"): readonly Rule[] => [
  must(place, refused),
  should("6455 4.2.1", anyError),
];
const key = (value: string): HeadChange => ({
  replace: { "Sec-WebSocket-Key": `Sec-WebSocket-Key: ${value}` },
});
const version = (value: string): HeadChange => ({
  replace: { "Sec-WebSocket-Version": `Sec-WebSocket-Version: ${value}` },
});
const upgrade = (value: string): HeadChange => ({ replace: { Upgrade: `Upgrade: ${value}` } });
const connection = (value: string): HeadChange => ({ replace: { Connection: `Connection: ${value}` } });

const accepted: Draft[] = [
  good("The plain request", "Sends the smallest request that there is.", {}, must("6455 4.2.2", opened)),
  good(
    "Upgrade in mixed case",
    "Sends `Upgrade: WebSocket`.",
    upgrade("WebSocket"),
    must("6455 4.2.1", opened),
  ),
  good(
    "Connection with a further token",
    "Sends `Connection: keep-alive, Upgrade`, as Firefox does.",
    connection("keep-alive, Upgrade"),
    must("6455 4.2.1", opened),
  ),
  good(
    "Connection in small letters",
    "Sends `Connection: upgrade`.",
    connection("upgrade"),
    must("6455 4.2.1", opened),
  ),
  good(
    "Connection over two lines",
    "Sends two Connection fields, of which the second holds `Upgrade`.",
    { replace: { Connection: "Connection: keep-alive\r\nConnection: Upgrade" } },
    must("9110 5.3", opened),
  ),
  good(
    "Field names in small letters",
    "Writes the names of all fields in small letters.",
    {
      replace: Object.fromEntries(
        ["Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"].map((name) => [
          name,
          requestHead()
            .split("\r\n")
            .find((line) => line.startsWith(`${name}:`))!
            .replace(name, name.toLowerCase()),
        ]),
      ),
    },
    must("9110 5.1", opened),
  ),
  good(
    "No blank behind the colons",
    "Leaves out the blank behind each colon.",
    {
      replace: {
        Upgrade: "Upgrade:websocket",
        Connection: "Connection:Upgrade",
        "Sec-WebSocket-Key": "Sec-WebSocket-Key:{key}",
        "Sec-WebSocket-Version": "Sec-WebSocket-Version:13",
      },
    },
    must("9112 5.1", opened),
  ),
  good(
    "White space around values",
    "Puts blanks and tabs around the values of fields.",
    {
      replace: {
        Upgrade: "Upgrade: \t websocket \t",
        Connection: "Connection:   Upgrade  ",
        "Sec-WebSocket-Key": "Sec-WebSocket-Key: \t{key} ",
        "Sec-WebSocket-Version": "Sec-WebSocket-Version:  13 ",
      },
    },
    must("9112 5.1", opened),
  ),
  good(
    "Fields of all kinds",
    "Adds Origin, cookies, a user agent and a field that nobody knows.",
    {
      add: [
        "Origin: http://example.com",
        "Cookie: a=b; c=d",
        "User-Agent: test/1.0 (x; y)",
        "Accept-Language: en, de;q=0.5",
        "X-Something-Else: \x80\xff",
      ],
    },
    should("6455 4.2.1", opened),
    "A server may refuse an Origin that it does not want.",
  ),
  good(
    "A query in the target",
    "Asks for the resource with a query behind it.",
    { line: "GET {resource}?a=1&b=%20/ HTTP/1.1" },
    should("6455 3", opened),
    "A server may know no such resource.",
  ),
  good(
    "The absolute form of the target",
    "Writes the whole URL into the request line, as to a proxy.",
    { line: "GET http://{host}{resource} HTTP/1.1" },
    must("9112 3.2.2", opened),
    "Servers that route by the raw target may answer 404.",
  ),
  good(
    "websocket beside another protocol",
    "Sends `Upgrade: foo/2, websocket`.",
    upgrade("foo/2, websocket"),
    should("6455 4.2.1", opened),
    "Upgrade is a list (RFC 9110 section 7.8), but most servers compare the whole value.",
  ),
  good(
    "An empty line before the request",
    "Sends CR LF before the request line.",
    { line: "\r\nGET {resource} HTTP/1.1" },
    should("9112 2.2", opened),
  ),
  good(
    "The key of the RFC's example",
    "Sends the nonce of section 1.3.",
    key("dGhlIHNhbXBsZSBub25jZQ=="),
    must("6455 4.2.2", opened),
  ),
  good(
    "A key of zeros",
    "Sends a nonce of 16 zeros, which is as good as any.",
    key("AAAAAAAAAAAAAAAAAAAAAA=="),
    must("6455 4.2.1", opened),
  ),
];

const response = (title: string, does: string, rules: readonly Rule[]): Draft => ({
  title,
  does,
  expects: "The response is as the section says.",
  roles: server,
  steps: [request()],
  rules,
});

const responses: Draft[] = [
  response("No body in the response", "Looks for Content-Length and Transfer-Encoding in the response.", [
    must("9110 8.6", { expect: "fieldAbsent", name: "Content-Length" }),
    must("9112 6.1", { expect: "fieldAbsent", name: "Transfer-Encoding" }),
  ]),
  response("Nothing agreed to that was not offered", "Offers neither a subprotocol nor an extension.", [
    must("6455 4.2.2", { expect: "fieldAbsent", name: "Sec-WebSocket-Protocol" }),
    must("6455 4.2.2", { expect: "fieldAbsent", name: "Sec-WebSocket-Extensions" }),
  ]),
  response("Each field once", "Counts the fields of the response.", [
    must("6455 11.3.3", { expect: "fieldTimes", name: "Sec-WebSocket-Accept", most: 1 }),
    // A list, which may come in several lines (RFC 9110 section 7.8).
    should("6455 4.2.2", { expect: "fieldTimes", name: "Upgrade", most: 1 }),
  ]),
  response("A well-formed head", "Reads the response by the grammar of HTTP.", [
    must("9112 2.1", { expect: "headIsClean" }),
    must("9112 4", { expect: "startLine", matches: "^HTTP/1\\.1 101( |$)" }),
  ]),
];

const methods: Draft[] = [
  bad("POST", "Sends the request with the method POST.", { line: "POST {resource} HTTP/1.1" }, mustRefuse()),
  bad("HEAD", "Sends the request with the method HEAD.", { line: "HEAD {resource} HTTP/1.1" }, [
    must("6455 4.2.1", refused),
    answered,
  ]),
  bad(
    "get in small letters",
    "Sends the method in small letters, which makes it another one.",
    { line: "get {resource} HTTP/1.1" },
    mustRefuse(),
  ),
  bad(
    "HTTP/1.0",
    "Sends the request as HTTP/1.0, where Upgrade means nothing.",
    { line: "GET {resource} HTTP/1.0" },
    [must("9110 7.8", refused), answered],
    "Some servers do not look at the version.",
  ),
  bad("No version of HTTP", "Sends a request line without a version.", { line: "GET {resource}" }, [
    must("6455 4.2.1", refused),
    answered,
  ]),
];

const onHosts: readonly Rule[] = [
  must("9112 3.2", refused),
  should("9112 3.2", { expect: "status", among: [400] }),
];
const hardlyLookedAt =
  "That a server must answer 400 is said of all servers of HTTP; few that read the head for WebSocket alone look at Host.";
const hosts: Draft[] = [
  bad("No Host", "Leaves Host out.", { without: ["Host"] }, onHosts, hardlyLookedAt),
  bad(
    "Two Hosts",
    "Sends two Host fields that differ.",
    { add: ["Host: example.com"] },
    onHosts,
    hardlyLookedAt,
  ),
  bad(
    "A Host that is none",
    "Sends a Host with a blank and a slash in it.",
    { replace: { Host: "Host: a b/c" } },
    [must("9112 3.2", refused), answered],
    hardlyLookedAt,
  ),
];

const upgrades: Draft[] = [
  bad("No Upgrade", "Leaves Upgrade out.", { without: ["Upgrade"] }, [must("6455 4.2.1", refused)]),
  bad(
    "Upgrade to something else",
    "Sends `Upgrade: x-other`, a protocol that nobody knows.",
    upgrade("x-other"),
    [must("6455 4.2.1", refused)],
  ),
  bad("Upgrade to what only begins like it", "Sends `Upgrade: websockets`.", upgrade("websockets"), [
    must("6455 4.2.1", refused),
  ]),
  bad("No Connection", "Leaves Connection out.", { without: ["Connection"] }, [must("6455 4.2.1", refused)]),
  bad("Connection without Upgrade", "Sends `Connection: keep-alive`.", connection("keep-alive"), [
    must("6455 4.2.1", refused),
  ]),
  bad("Connection that only ends in it", "Sends `Connection: not-upgrade`.", connection("not-upgrade"), [
    must("6455 4.2.1", refused),
  ]),
];

const onKeys: readonly Rule[] = mustRefuse();
const undecoded =
  "A key that does not decode to 16 octets is none, but section 4.2.2 leaves it to the server whether it decodes it.";
const keys: Draft[] = [
  bad("No key", "Leaves Sec-WebSocket-Key out.", { without: ["Sec-WebSocket-Key"] }, onKeys),
  bad("An empty key", "Sends Sec-WebSocket-Key without a value.", key(""), onKeys),
  bad(
    "A key of 15 octets",
    "Sends a nonce that is an octet short.",
    key("AAAAAAAAAAAAAAAAAAAA"),
    [should("6455 4.2.1", refused), answered],
    undecoded,
  ),
  bad(
    "A key of 17 octets",
    "Sends a nonce with an octet too many.",
    key("AAAAAAAAAAAAAAAAAAAAAAA="),
    [should("6455 4.2.1", refused), answered],
    undecoded,
  ),
  bad(
    "A key that is no base64",
    "Sends 24 characters with some that base64 does not have.",
    key("####AAAAAAAAAAAAAAAAAA=="),
    onKeys,
    "A server need not decode the key (section 4.2.2), but is to stop at what the grammar does not have (section 4.2.1).",
  ),
  bad(
    "Two keys",
    "Sends Sec-WebSocket-Key twice.",
    { add: ["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="] },
    [should("6455 11.3.1", refused), answered],
    "Clients must not send two, and section 4.2.1 has a request refused that is not as described; many servers take the first.",
  ),
];

const speaksVersion: Expectation = { expect: "field", name: "Sec-WebSocket-Version", matches: "\\b13\\b" };
const onVersions: readonly Rule[] = [
  must("6455 4.2.2", refused),
  must("6455 4.4", { expect: "anyOf", of: [speaksVersion, { expect: "not", of: anyError }] }),
  should("6455 4.2.2", { expect: "status", among: [426, 400] }),
];
const versions: Draft[] = [
  bad("No version", "Leaves Sec-WebSocket-Version out.", { without: ["Sec-WebSocket-Version"] }, [
    must("6455 4.2.1", refused),
    answered,
  ]),
  bad("A version that is not there yet", "Sends `Sec-WebSocket-Version: 14`.", version("14"), onVersions),
  bad("The greatest version", "Sends `Sec-WebSocket-Version: 255`.", version("255"), onVersions),
  bad("A version that is no number", "Sends `Sec-WebSocket-Version: thirteen`.", version("thirteen"), [
    must("6455 4.2.1", refused),
    answered,
  ]),
  bad("A version that begins with 13", "Sends `Sec-WebSocket-Version: 131`.", version("131"), [
    must("6455 4.2.1", refused),
    answered,
  ]),
  bad(
    "A draft's version",
    "Sends `Sec-WebSocket-Version: 8`.",
    version("8"),
    [open("6455 4.4", { expect: "status", among: [101] })],
    "A server may speak several versions; drafts from 8 on have the same frames.",
  ),
  bad(
    "Versions in a list",
    "Sends `Sec-WebSocket-Version: 13, 8`, which only a response may.",
    version("13, 8"),
    [should("6455 11.3.5", refused), answered],
  ),
  bad(
    "Two versions",
    "Sends Sec-WebSocket-Version twice, 13 first.",
    { add: ["Sec-WebSocket-Version: 8"] },
    [should("6455 11.3.5", refused), answered],
    "Clients must not send two; many servers take the first.",
  ),
];

const answers: Draft[] = [
  bad(
    "What 426 goes with",
    "Asks for a version that is not there, and looks at the fields of the answer.",
    version("14"),
    [
      must("9110 15.5.22", {
        expect: "anyOf",
        of: [
          { expect: "not", of: { expect: "status", among: [426] } },
          { expect: "field", name: "Upgrade", matches: "websocket" },
        ],
      }),
    ],
  ),
  bad(
    "What 405 goes with",
    "Asks with POST, and looks at the fields of the answer.",
    { line: "POST {resource} HTTP/1.1" },
    [
      must("9110 15.5.6", {
        expect: "anyOf",
        of: [
          { expect: "not", of: { expect: "status", among: [405] } },
          { expect: "field", name: "Allow", matches: "GET" },
        ],
      }),
    ],
  ),
];

const notServed = "/x-no-such-service";

/** For servers that declare their paths: `{path}` is the first. */
const paths: Draft[] = [
  bad(
    "A path that nobody knows",
    "Asks for a path that nobody knows.",
    { line: `GET ${notServed} HTTP/1.1` },
    [open("6455 4.2.2", opened)],
    "A server without paths takes any.",
  ),
  {
    ...good(
      "A path that is served",
      "Asks for a path that the server has.",
      { line: "GET {path} HTTP/1.1" },
      should("6455 4.2.2", opened),
    ),
    limit: "paths",
  },
  {
    ...good(
      "A path that is served, with a query",
      "Asks for a path that the server has, with a query behind it.",
      { line: "GET {path}?a=1&b=/x HTTP/1.1" },
      should("6455 3", opened),
    ),
    limit: "paths",
  },
  {
    ...bad(
      "A path that is not served",
      "Asks for a path that the server does not have.",
      {
        line: `GET ${notServed} HTTP/1.1`,
      },
      [must("6455 4.2.2", refused), must("6455 4.2.2", anyError)],
    ),
    limit: "paths",
  },
  {
    ...bad(
      "A path that is not served, in a URL",
      "Asks for the whole URL of a path that the server does not have.",
      { line: `GET http://{host}${notServed} HTTP/1.1` },
      [must("6455 4.2.2", refused), must("6455 4.2.2", anyError)],
    ),
    limit: "paths",
  },
];

/** The opening handshake as a server reads and answers it. */
export const chapter20: Chapter = extraChapter(
  "20",
  "Opening handshake of servers",
  [
    { title: "Requests that open a connection", cases: accepted },
    { title: "The response", cases: responses },
    { title: "Method and version of HTTP", cases: methods },
    { title: "Host", cases: hosts },
    { title: "Upgrade and Connection", cases: upgrades },
    { title: "Sec-WebSocket-Key", cases: keys },
    { title: "Sec-WebSocket-Version", cases: versions },
    { title: "What a refusal says", cases: answers },
    { title: "Paths", cases: paths },
  ],
  { over: "h1" },
);
