import type { Chapter } from "../case.ts";
import type { Expectation, ExtraStep, Rule } from "../extra/script.ts";
import {
  closing,
  type Draft,
  echoes,
  extraChapter,
  type HeadChange,
  liveConnection,
  messages,
  must,
  open,
  requestHead,
  server,
  should,
  stillAlive,
  textFrame,
  textMessage,
} from "./extra.ts";

const refused: Expectation = { expect: "refused" };
const echoed: Expectation = echoes(textMessage("hello"));
const status = (...among: number[]): Expectation => ({ expect: "status", among });
const either = (...of: Expectation[]): Expectation => ({ expect: "anyOf", of });

/** A request as a whole, a message where the connection is opened, and an ordinary connection after it. */
function sends(
  title: string,
  does: string,
  expects: string,
  head: string,
  rules: readonly Rule[],
  more: { readonly practice?: string; readonly chop?: Extract<ExtraStep, { step: "request" }>["chop"] } = {},
): Draft {
  const { practice, chop } = more;
  return {
    title,
    does,
    expects,
    roles: server,
    steps: [
      {
        steps: [
          { step: "request", head, ...(chop !== undefined && { chop }) },
          textFrame("hello"),
          messages(1, 800),
          ...closing,
        ],
      },
      liveConnection,
    ],
    rules: [...rules, must("6455 5.6", stillAlive)],
    ...(practice !== undefined && { practice }),
  };
}

const head = (change: HeadChange = {}): string => requestHead(change);
const adding = (...add: string[]): string => head({ add });

const pieces: Draft[] = [
  sends(
    "One octet at a time",
    "Sends the request an octet a millisecond.",
    "The connection is opened.",
    head(),
    [should("6455 4.2.2", echoed)],
    {
      chop: { octets: 1, every: 1 },
      practice: "Some take very small packets for an attack.",
    },
  ),
  sends(
    "Split inside the line ends",
    "Sends the request in pieces of seven octets.",
    "The connection is opened.",
    head(),
    [must("6455 4.2.2", echoed)],
    {
      chop: { octets: 7, every: 2 },
    },
  ),
  {
    title: "A frame before the response",
    does: "Sends a text message right behind the request, which a client must not.",
    expects: "It is refused, or taken for a frame; that is left open.",
    roles: server,
    steps: [
      {
        steps: [
          { step: "request", head: `${head()}\x81\x85\x00\x00\x00\x00hello` },
          messages(1, 800),
          ...closing,
        ],
      },
      liveConnection,
    ],
    rules: [
      must("6455 5.6", stillAlive),
      must("6455 4.1", either(refused, { expect: "messagesWithin", are: [textMessage("hello")] })),
    ],
  },
];

const unread = "Servers that speak nothing but WebSocket often do not look for a body at all.";
const bodies: Draft[] = [
  sends(
    "A body of no octets",
    "Says `Content-Length: 0`.",
    "The connection is opened.",
    adding("Content-Length: 0"),
    [should("9110 7.8", echoed)],
  ),
  sends(
    "A body",
    "Says `Content-Length: 5`, sends five octets, and then a message.",
    "The request is refused; or the octets are taken for its body, and not for frames.",
    `${adding("Content-Length: 5")}\x81\x80\x01\x02\x03`,
    [must("9112 6.3", either(refused, echoed))],
    { practice: "Servers that hand the connection over at the end of the head read the body as frames." },
  ),
  sends(
    "A chunked body of no octets",
    "Says `Transfer-Encoding: chunked`, and sends the last chunk.",
    "The request is refused; or the chunk is taken for its body, and not for frames.",
    `${adding("Transfer-Encoding: chunked")}0\r\n\r\n`,
    [must("9112 6.3", either(refused, echoed))],
    { practice: "Servers that hand the connection over at the end of the head read the body as frames." },
  ),
  sends(
    "Two lengths",
    "Says `Content-Length: 0` and `Content-Length: 5`.",
    "The request is refused.",
    adding("Content-Length: 0", "Content-Length: 5"),
    [must("9112 6.3", refused), should("9112 6.3", status(400))],
    { practice: unread },
  ),
  sends(
    "A length that is none",
    "Says `Content-Length: five`.",
    "The request is refused.",
    adding("Content-Length: five"),
    [must("9112 6.3", refused), should("9112 6.3", status(400))],
    { practice: unread },
  ),
  sends(
    "A length and chunks",
    "Says both `Content-Length: 5` and `Transfer-Encoding: chunked`, as smugglers do.",
    "The request is refused, or its chunks are read.",
    `${adding("Content-Length: 5", "Transfer-Encoding: chunked")}0\r\n\r\n`,
    [must("9112 6.1", either(refused, echoed))],
  ),
];

const lines: Draft[] = [
  sends(
    "A blank before the colon",
    "Sends `Upgrade : websocket`.",
    "The request is refused with 400.",
    head({ replace: { Upgrade: "Upgrade : websocket" } }),
    [must("9112 5.1", refused), should("9112 5.1", status(400))],
  ),
  sends(
    "A folded field",
    "Folds the value of a field over two lines.",
    "The request is refused with 400, or the fold is taken for blanks.",
    adding("X-Folded: a\r\n b"),
    [must("9112 5.2", either(status(400), echoed, refused))],
  ),
  sends(
    "A line without a colon",
    "Sends a line that is no field.",
    "That is left open; most refuse it.",
    adding("this is no field"),
    [open("9112 5", refused)],
  ),
  sends(
    "A bare LF at the ends of lines",
    "Ends the lines with LF alone.",
    "That is left open.",
    head().replaceAll("\r\n", "\n"),
    [open("9112 2.2", refused)],
    { practice: "A recipient may take LF for the end of a line; strict ones do not, against smuggling." },
  ),
  sends(
    "A NUL in a value",
    "Sends a field with a NUL in its value.",
    "The request is refused, or the NUL is taken for a blank.",
    adding("X-Nul: a\0b"),
    [open("9110 5.5", refused)],
  ),
  sends(
    "Two requests in one",
    "Sends a request without an upgrade, and one with it, on the same connection.",
    "The first one is answered; whether the second one is, is left open.",
    `GET {resource} HTTP/1.1\r\nHost: {host}\r\n\r\n${head()}`,
    [open("9112 9.3", refused)],
  ),
];

const sizes: Draft[] = [
  sends(
    "A field of 6,000 octets",
    "Sends a cookie of 6,000 octets.",
    "The connection is opened.",
    adding(`Cookie: a=${"b".repeat(6_000)}`),
    [should("9110 5.4", echoed)],
    { practice: "Servers set their limits at 8 KiB and more." },
  ),
  sends(
    "A field of 200,000 octets",
    "Sends a field of 200,000 octets.",
    "The request is refused, with 431 where a response is sent; the server goes on serving.",
    adding(`X-Long: ${"b".repeat(200_000)}`),
    [open("6585 5", status(431))],
  ),
  sends(
    "Two thousand fields",
    "Sends 2,100 short fields before those that count, which ended a server once (CVE-2024-37890).",
    "The request is refused, or the connection opened; the server goes on serving.",
    head({ line: `GET {resource} HTTP/1.1${"\r\na:".repeat(2_100)}` }),
    [open("9110 5.4", refused)],
  ),
];

/** HTTP around the upgrade: where a request ends, and what it may consist of. */
export const chapter23: Chapter = extraChapter(
  "23",
  "HTTP around the upgrade",
  [
    { title: "Requests in pieces", cases: pieces },
    { title: "Bodies", cases: bodies },
    { title: "Lines", cases: lines },
    { title: "Sizes", cases: sizes },
  ],
  { over: "h1" },
);
