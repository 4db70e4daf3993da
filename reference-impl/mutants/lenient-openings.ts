/** Mutants that take the peer's half of the opening handshake for what it should have been. */

import { acceptKey } from "../../wire/handshake.ts";

import { type Mutant, mutant } from "./mutant.ts";

type Hearing = (head: string, own: string) => string;

const hearing =
  (side: "server" | "client") =>
  (name: string, defect: string, rule: string, caughtBy: readonly string[], hears: Hearing): Mutant =>
    mutant({ name, defect, rule, caughtBy, sides: [side], make: () => ({ hears }) });

const server = hearing("server");
const client = hearing("client");

const replacing =
  (pattern: RegExp, by: string): Hearing =>
  (head) =>
    head.replace(pattern, by);

/** Adds a line where the field is missing. */
const supplying =
  (name: string, line: string): Hearing =>
  (head) =>
    new RegExp(`^${name}:`, "im").test(head) ? head : head.replace("\r\n\r\n", `\r\n${line}\r\n\r\n`);

const field = (name: string, value: string): Hearing =>
  replacing(new RegExp(`^${name}:.*\r$`, "im"), `${name}: ${value}\r`);

/** The second line of a field is not looked at. */
const firstOf =
  (name: string): Hearing =>
  (head) => {
    let seen = 0;
    return head.replaceAll(new RegExp(`^${name}:.*\r\n`, "gim"), (line) => (seen++ === 0 ? line : ""));
  };

const someKey = "AAAAAAAAAAAAAAAAAAAAAA==";

/** Servers that do not look closely at a request. */
const lenientServers: readonly Mutant[] = [
  server(
    "takes-post",
    "takes a request of any method",
    "RFC 6455, 4.2.1",
    ["20.3.1", "20.3.2", "20.3.3"],
    replacing(/^\S+/, "GET"),
  ),
  server(
    "serves-any-path",
    "takes a request for any path",
    "RFC 6455, 4.2.2",
    ["20.9.4", "20.9.5"],
    replacing(/^GET \S+/, "GET /"),
  ),
  server(
    "compares-begins-of-subprotocols",
    "takes a subprotocol for another one that it begins with",
    "RFC 6455, 4.2.2",
    ["22.4.7"],
    replacing(/v2\.echox/, "v2.echo"),
  ),
  server(
    "reads-one-line-of-subprotocols",
    "looks at the first of two lines of subprotocols alone",
    "RFC 6455, 11.3.4",
    ["22.4.4"],
    firstOf("Sec-WebSocket-Protocol"),
  ),
  server(
    "takes-http-1-0",
    "takes a request of HTTP/1.0",
    "RFC 9110, 7.8",
    ["20.3.4"],
    replacing(/ HTTP\/1\.0/, " HTTP/1.1"),
  ),
  server(
    "takes-no-version-of-http",
    "takes a request line without a version",
    "RFC 6455, 4.2.1",
    ["20.3.5"],
    replacing(/^(\S+ [^ \r]+)\r/, "$1 HTTP/1.1\r"),
  ),
  server(
    "needs-no-host",
    "takes a request without Host",
    "RFC 9112, 3.2",
    ["20.4.1"],
    supplying("Host", "Host: x"),
  ),
  server("takes-two-hosts", "takes the first of two Hosts", "RFC 9112, 3.2", ["20.4.2"], firstOf("Host")),
  server(
    "takes-any-host",
    "does not look at what stands in Host",
    "RFC 9112, 3.2",
    ["20.4.3"],
    field("Host", "x"),
  ),
  server(
    "needs-no-upgrade",
    "takes a request without Upgrade",
    "RFC 6455, 4.2.1",
    ["20.5.1"],
    supplying("Upgrade", "Upgrade: websocket"),
  ),
  server(
    "takes-any-upgrade",
    "takes an Upgrade to anything",
    "RFC 6455, 4.2.1",
    ["20.5.2", "20.5.3"],
    field("Upgrade", "websocket"),
  ),
  server(
    "needs-no-connection",
    "takes a request without Connection",
    "RFC 6455, 4.2.1",
    ["20.5.4"],
    supplying("Connection", "Connection: Upgrade"),
  ),
  server(
    "takes-any-connection",
    "does not look at what stands in Connection",
    "RFC 6455, 4.2.1",
    ["20.5.5", "20.5.6"],
    field("Connection", "Upgrade"),
  ),
  server(
    "takes-any-key",
    "does not look at the key",
    "RFC 6455, 4.2.1",
    ["20.6.2", "20.6.3", "20.6.4", "20.6.5"],
    field("Sec-WebSocket-Key", someKey),
  ),
  server(
    "needs-no-key",
    "takes a request without a key",
    "RFC 6455, 4.2.1",
    ["20.6.1"],
    supplying("Sec-WebSocket-Key", `Sec-WebSocket-Key: ${someKey}`),
  ),
  server(
    "takes-two-keys",
    "takes the first of two keys",
    "RFC 6455, 11.3.1",
    ["20.6.6"],
    firstOf("Sec-WebSocket-Key"),
  ),
  server(
    "needs-no-websocket-version",
    "takes a request without a version of the protocol",
    "RFC 6455, 4.2.1",
    ["20.7.1"],
    supplying("Sec-WebSocket-Version", "Sec-WebSocket-Version: 13"),
  ),
  server(
    "takes-any-websocket-version",
    "does not look at the version of the protocol",
    "RFC 6455, 4.2.2",
    ["20.7.2", "20.7.4"],
    field("Sec-WebSocket-Version", "13"),
  ),
  server(
    "takes-what-begins-with-13",
    "takes a version that begins with 13",
    "RFC 6455, 4.2.1",
    ["20.7.5"],
    replacing(/^(Sec-WebSocket-Version: 13)\d/im, "$1"),
  ),
  server(
    "takes-a-blank-before-the-colon",
    "takes a field name with a blank behind it",
    "RFC 9112, 5.1",
    ["23.3.1"],
    replacing(/^(\S+) +:/gm, "$1:"),
  ),
  server(
    "takes-a-body-for-frames",
    "does not look at Content-Length and Transfer-Encoding",
    "RFC 9112, 6.3",
    ["23.2.2", "23.2.3", "23.2.4"],
    replacing(/^(Content-Length|Transfer-Encoding):.*\r\n/gim, ""),
  ),
  server(
    "takes-any-extensions",
    "does not mind extensions that break the grammar",
    "RFC 6455, 9.1",
    ["22.2.6", "22.2.7", "22.2.8"],
    replacing(/^(Sec-WebSocket-Extensions: )x-.*\r$/im, "$1x-one\r"),
  ),
  server(
    "takes-unknown-deflate-parameters",
    "does not look at parameters that it does not know",
    "RFC 7692, 7.1",
    ["30.2.1", "30.2.2"],
    replacing(/; x_unknown(=1)?/, ""),
  ),
  server(
    "takes-any-deflate-values",
    "does not look at the values of parameters",
    "RFC 7692, 7.1",
    ["30.2.3", "30.2.6", "30.2.7", "30.2.10"],
    replacing(/(permessage-deflate); [^\r,]*/, "$1"),
  ),
  server(
    "takes-a-zero-in-front",
    "reads window bits as any number",
    "RFC 7692, 7.1.2.1",
    ["30.2.9"],
    replacing(/=08/, "=8"),
  ),
  server(
    "cannot-read-lists-in-connection",
    "wants Connection to be `Upgrade` and nothing else",
    "RFC 6455, 4.2.1",
    ["20.1.3", "20.1.5"],
    (head) =>
      /^Connection: Upgrade\r$/im.test(head) && !/keep-alive/.test(head)
        ? head
        : head.replaceAll(/^Connection:.*\r\n/gim, ""),
  ),
  server(
    "minds-the-case-of-names",
    "knows field names in one spelling only",
    "RFC 9110, 5.1",
    ["20.1.6"],
    replacing(/^upgrade:/m, "x-upgrade:"),
  ),
];

/** Clients that do not look closely at a response. */
const lenientClients: readonly Mutant[] = [
  client(
    "takes-any-status",
    "takes a response of any status",
    "RFC 6455, 4.1",
    ["21.3.1"],
    replacing(/^HTTP\/1\.1 200/, "HTTP/1.1 101"),
  ),
  client(
    "takes-any-status-line",
    "does not look at the status line",
    "RFC 6455, 4.1",
    ["21.3.4"],
    replacing(/^HTTP\/1\.1 abc/, "HTTP/1.1 101"),
  ),
  client(
    "needs-no-upgrade-in-response",
    "takes a response without Upgrade",
    "RFC 6455, 4.1",
    ["21.3.5"],
    supplying("Upgrade", "Upgrade: websocket"),
  ),
  client(
    "takes-any-upgrade-in-response",
    "takes a response with any Upgrade",
    "RFC 6455, 4.1",
    ["21.3.6"],
    field("Upgrade", "websocket"),
  ),
  client(
    "needs-no-connection-in-response",
    "takes a response without Connection",
    "RFC 6455, 4.1",
    ["21.3.7"],
    supplying("Connection", "Connection: Upgrade"),
  ),
  client(
    "takes-any-connection-in-response",
    "takes a response with any Connection",
    "RFC 6455, 4.1",
    ["21.3.8"],
    field("Connection", "Upgrade"),
  ),
  client(
    "needs-no-accept",
    "takes a response without Sec-WebSocket-Accept",
    "RFC 6455, 4.1",
    ["21.3.9"],
    (head, own) => supplying("Sec-WebSocket-Accept", `Sec-WebSocket-Accept: ${acceptFor(own)}`)(head, own),
  ),
  client(
    "takes-any-accept",
    "does not look at Sec-WebSocket-Accept",
    "RFC 6455, 4.1",
    ["21.3.10", "21.3.11", "21.3.12"],
    (head, own) => field("Sec-WebSocket-Accept", acceptFor(own))(head, own),
  ),
  client(
    "takes-two-accepts",
    "takes the first of two accepts",
    "RFC 6455, 11.3.3",
    ["21.3.13"],
    firstOf("Sec-WebSocket-Accept"),
  ),
  client(
    "takes-an-unasked-subprotocol",
    "does not look at the subprotocol",
    "RFC 6455, 4.1",
    ["22.3.1", "22.3.2"],
    replacing(/^Sec-WebSocket-Protocol:.*\r\n/im, ""),
  ),
  client(
    "takes-an-unasked-extension",
    "does not look at extensions that it does not know",
    "RFC 6455, 4.1",
    ["22.3.4", "22.3.5"],
    replacing(/^Sec-WebSocket-Extensions: (?!permessage).*\r\n/im, ""),
  ),
  client(
    "takes-any-deflate-answer",
    "does not look at the parameters of an answer",
    "RFC 7692, 7.1",
    ["30.3.1", "30.3.2", "30.3.4", "30.3.6"],
    replacing(/(permessage-deflate); [^\r,]*/, "$1"),
  ),
  client(
    "takes-no-lists-in-connection",
    "wants Connection to be `Upgrade` and nothing else",
    "RFC 6455, 4.1",
    ["21.2.4"],
    replacing(/^Connection: keep-alive.*\r\n/im, ""),
  ),
  client(
    "wants-one-reason-phrase",
    "compares the whole status line",
    "RFC 6455, 4.1",
    ["21.2.6", "21.2.7"],
    replacing(/^HTTP\/1\.1 101 (?!Switching Protocols\r).*\r/, "HTTP/1.1 500 x\r"),
  ),
];

function acceptFor(request: string): string {
  return acceptKey(/^Sec-WebSocket-Key: (.*)\r$/im.exec(request)?.[1] ?? "");
}

/** Defects in the reading of the peer's half of the opening handshake. */
export const lenientOpeningMutants: readonly Mutant[] = [...lenientServers, ...lenientClients];
