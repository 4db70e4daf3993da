import type { Chapter } from "../case.ts";
import type { CertificateName, ExtraStep, Rule, TlsScript } from "../extra/script.ts";
import {
  client,
  closing,
  type Draft,
  echoes,
  end,
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
  speaks(
    "http/1.1 by ALPN",
    "Offers http/1.1.",
    { alpn: ["http/1.1"] },
    must("7301 3.2", { expect: "allOf", of: [echoed, { expect: "alpn", among: ["http/1.1", null] }] }),
  ),
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
  survives(
    "A message cut short without an end of TLS",
    "Sends the first fragment of a message, and ends TCP in order, but without an end of TLS.",
    "Nothing of it is taken for a message.",
    [opening, textFrame("hel", { fin: false }), pause(100), { step: "cut" }, end()],
    null,
    [must("6455 5.4", echoes())],
  ),
];

/** A handshake of TLS as the fuzzing server does it, and one echo. */
const accepts = (
  title: string,
  does: string,
  rules: readonly Rule[],
  tls: TlsScript | null = null,
  practice?: string,
): Draft => ({
  title,
  does,
  expects: "The connection is opened, and the message echoed.",
  roles: client,
  steps: [{ steps: echo, ...(tls !== null && { tls }) }],
  rules,
  overTls: true,
  ...(practice !== undefined && { practice }),
});

const noRequest = { expect: "noRequest" } as const;

const accepted: Draft[] = [
  accepts("A good certificate", "Shows a certificate for its address.", [must("6455 5.6", echoed)]),
  accepts("TLS 1.2", "Speaks TLS 1.2 and nothing else.", [should("9325 3.1.1", echoed)], {
    version: "TLSv1.2",
  }),
  accepts("TLS 1.3", "Speaks TLS 1.3 and nothing else.", [should("9325 3.1.1", echoed)], {
    version: "TLSv1.3",
  }),
  accepts(
    "http/1.1 by ALPN",
    "Chooses http/1.1 where the client offers it, and ends the handshake where the client offers other protocols alone.",
    [should("7301 3.2", echoed), must("7301 3.2", { expect: "anyOf", of: [echoed, noRequest] })],
    { alpn: ["http/1.1"] },
    "A client that offers h2 alone wants RFC 8441.",
  ),
  accepts(
    "No name for an address",
    "Is reached by its address, and listens to the name that is asked for.",
    [must("6455 5.6", echoed), must("6066 3", { expect: "noServerName" })],
    null,
    "About one in six sends the address, and servers take no notice.",
  ),
];

/** A certificate that the client must not take. */
const refuses = (title: string, shows: string, certificate: CertificateName, place: string): Draft => ({
  title,
  does: `Shows a certificate ${shows}.`,
  expects: "The client ends the connection, in the handshake of TLS or behind it, and sends no request.",
  roles: client,
  steps: [{ steps: echo, tls: { certificate } }],
  rules: [must("6455 4.1", noRequest), must(place, noRequest)],
  overTls: true,
});

const refused: Draft[] = [
  refuses("An expired certificate", "that expired a day ago", "expired", "5280 6.1.3"),
  refuses("A certificate of tomorrow", "that is valid from tomorrow on", "notYetValid", "5280 6.1.3"),
  refuses("Another name", "for a server of another name", "otherName", "9110 4.3.4"),
  refuses("Another address", "for a server of another address", "otherAddress", "9110 4.3.4"),
  refuses(
    "The address as a common name",
    "that has the server's address as its common name, and no other name",
    "commonName",
    "9110 4.3.4",
  ),
  refuses(
    "A self-signed certificate",
    "for itself, which nobody else vouches for",
    "selfSigned",
    "5280 6.1.3",
  ),
  refuses(
    "Another authority of the same name",
    "of an authority that has the name of the trusted one and another key",
    "otherAuthority",
    "5280 6.1.3",
  ),
  refuses("A certificate for clients", "that is good for clients only", "forClients", "5280 4.2.1.12"),
  refuses(
    "An authority that is none",
    "signed with the key of another certificate, which is good but of no authority",
    "byNoAuthority",
    "5280 6.1.4",
  ),
];

const ends: Draft[] = [
  {
    title: "A message cut short by the end of TCP",
    does: "Sends the first fragment of a message, and ends TCP without an end of TLS.",
    expects: "Nothing of it is taken for a message, and the client ends the connection.",
    roles: client,
    steps: [opening, textFrame("hel", { fin: false }), pause(100), { step: "cut" }, end()],
    rules: [must("6455 5.4", echoes()), should("6455 7.2.1", { expect: "ended", before: "end" })],
    overTls: true,
  },
  {
    title: "Records of an octet",
    does: "Sends a message in records of an octet each.",
    expects: "The message is echoed.",
    roles: client,
    steps: [opening, textFrame("hello", { chop: { octets: 1, every: 2 } }), messages(1), ...closing],
    rules: [must("6455 5.6", echoed)],
    overTls: true,
  },
];

/** WebSocket over TLS; only played where servers are reached, and clients come, so. */
export const chapter33: Chapter = extraChapter("33", "TLS", [
  { title: "Handshakes of TLS, with a server", cases: handshakes },
  { title: "What is no TLS, or ends it, sent to a server", cases: broken },
  { title: "Handshakes of TLS, with a client", cases: accepted },
  { title: "Certificates that a client must refuse", cases: refused },
  { title: "Ends and pieces of TLS, sent to a client", cases: ends },
]);
