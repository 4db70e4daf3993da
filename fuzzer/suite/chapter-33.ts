import type { Chapter } from "../case.ts";
import type { ExtraStep, Rule, TlsScript } from "../extra/script.ts";
import {
  closing,
  type Draft,
  echoes,
  extraChapter,
  liveConnection,
  messages,
  must,
  octets,
  open,
  opening,
  pause,
  request,
  server,
  should,
  stillAlive,
  textFrame,
  textMessage,
} from "./extra.ts";

const echo: readonly ExtraStep[] = [opening, textFrame("hello"), messages(1), ...closing];
const echoed = echoes(textMessage("hello"));
const alive: Rule = must("6455 5.6", stillAlive);

function speaks(title: string, does: string, tls: TlsScript, rule: Rule, practice?: string): Draft {
  return {
    title,
    does,
    expects: "The connection is opened, and the message echoed.",
    roles: server,
    steps: [{ steps: echo, tls }],
    rules: [rule],
    overTls: true,
    ...(practice !== undefined && { practice }),
  };
}

const names =
  "A server with several certificates may refuse a name that it does not know (RFC 6066 section 3).";

const handshakes: Draft[] = [
  speaks("TLS 1.2", "Speaks TLS 1.2 and nothing else.", { version: "TLSv1.2" }, should("9325 3.1.1", echoed)),
  speaks("TLS 1.3", "Speaks TLS 1.3 and nothing else.", { version: "TLSv1.3" }, should("9325 3.1.1", echoed)),
  speaks("No server name", "Names no server.", { serverName: null }, should("6066 3", echoed)),
  speaks(
    "A name of nobody",
    "Names a server that nobody knows.",
    { serverName: "nobody.invalid" },
    open("6066 3", echoed),
    names,
  ),
  speaks("http/1.1 by ALPN", "Offers http/1.1.", { alpn: ["http/1.1"] }, must("7301 3.2", echoed)),
  speaks(
    "http/1.1 before h2 by ALPN",
    "Offers http/1.1 and h2, and goes on with HTTP/1.1.",
    { alpn: ["http/1.1", "h2"] },
    open("7301 3.2", echoed),
    "A server may choose h2, and then expects HTTP/2.",
  ),
];

/** Something that is no TLS, or no end of it, and an ordinary connection after it or beside it. */
const survives = (
  title: string,
  does: string,
  expects: string,
  steps: readonly ExtraStep[],
  tls: TlsScript | null,
  rules: readonly Rule[] = [],
): Draft => ({
  title,
  does: `${does} Then plays an ordinary connection.`,
  expects: `${expects} The server goes on serving.`,
  roles: server,
  steps: [{ steps, ...(tls !== null && { tls }) }, liveConnection],
  rules: [...rules, alive],
  overTls: true,
});

const plain: TlsScript = { none: true };

const broken: Draft[] = [
  survives(
    "No TLS at all",
    "Sends an opening handshake without TLS.",
    "No connection is opened.",
    [request()],
    plain,
    [must("6455 4.1", { expect: "refused" })],
  ),
  survives(
    "What is no handshake",
    "Sends 400 octets that are no TLS.",
    "The connection is given up.",
    [{ step: "octets", payload: { unit: "ff00aa55", length: 400 } }, pause(300)],
    plain,
  ),
  {
    ...survives(
      "Half a handshake",
      "Sends the begin of a TLS handshake, and nothing for 1.2 s.",
      "The other connection is served meanwhile.",
      [{ step: "octets", payload: octets("16030100c8010000c40303") }, pause(1_200)],
      plain,
    ),
    steps: [
      { steps: [{ step: "octets", payload: octets("16030100c8010000c40303") }, pause(1_200)], tls: plain },
      { ...liveConnection, besideAfter: 200 },
    ],
  },
  survives(
    "A message cut short by the end of TCP",
    "Sends the first fragment of a message, and resets TCP without an end of TLS.",
    "Nothing of it is taken for a message.",
    [opening, textFrame("hel", { fin: false }), pause(100), { step: "reset" }],
    null,
    [must("6455 5.4", echoes())],
  ),
  survives(
    "Records of an octet",
    "Sends a message in records of an octet each.",
    "The message is echoed.",
    [opening, textFrame("hello", { chop: { octets: 1, every: 2 } }), messages(1), ...closing],
    null,
    [must("6455 5.6", echoed)],
  ),
];

/** WebSocket over TLS, of servers; only played where they are reached so. */
export const chapter33: Chapter = extraChapter("33", "TLS", [
  { title: "Handshakes of TLS", cases: handshakes },
  { title: "What is no TLS, or ends it", cases: broken },
]);
