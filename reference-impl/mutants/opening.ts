/** Mutants that answer the opening handshake wrongly. */

import { type Mutant, mutant } from "./mutant.ts";

const everywhere = ["1.1.1", "2.1", "7.1.1"];

const answering = (
  name: string,
  defect: string,
  rule: string,
  caughtBy: readonly string[],
  head: (head: string) => string,
  long: readonly string[] = [],
): Mutant => mutant({ name, defect, rule, caughtBy, sides: ["server"], long, make: () => ({ head }) });

const adding = (line: string) => (head: string) => head.replace("\r\n\r\n", `\r\n${line}\r\n\r\n`);
const without = (name: string) => (head: string) =>
  head.replace(new RegExp(`${name}:[^\\r]*\\r\\n`, "i"), "");

/** Defects in a server's response. */
export const openingMutants: readonly Mutant[] = [
  answering("wrong-accept", "computes a wrong Sec-WebSocket-Accept", "RFC 6455, 4.2.2", everywhere, (head) =>
    head.replace(/(Sec-WebSocket-Accept: )./i, "$1#"),
  ),
  answering(
    "no-accept",
    "leaves Sec-WebSocket-Accept out",
    "RFC 6455, 4.2.2",
    everywhere,
    without("Sec-WebSocket-Accept"),
  ),
  answering(
    "no-upgrade",
    "leaves Upgrade out of its response",
    "RFC 6455, 4.2.2",
    everywhere,
    without("Upgrade"),
  ),
  answering(
    "no-connection",
    "leaves Connection out of its response",
    "RFC 6455, 4.2.2",
    everywhere,
    without("Connection"),
  ),
  answering("status-200", "answers with status 200", "RFC 6455, 4.2.2", everywhere, (head) =>
    head.replace(/^HTTP\/1\.1 101/, "HTTP/1.1 200"),
  ),
  answering(
    "unasked-subprotocol",
    "chooses a subprotocol that was not offered",
    "RFC 6455, 4.2.2",
    everywhere,
    adding("Sec-WebSocket-Protocol: chat"),
  ),
  answering(
    "unasked-extension",
    "agrees to an extension that was not offered",
    "RFC 6455, 9.1",
    everywhere,
    adding("Sec-WebSocket-Extensions: x-unknown"),
  ),
  answering(
    "bad-window-bits",
    "agrees to a window of 16 bits, which does not exist",
    "RFC 7692, 7.1.2.1",
    ["12.1.2", "13.1.2"],
    (head) => head.replace(/(permessage-deflate)/, "$1; server_max_window_bits=16"),
    ["12.1.2", "13.1.2"],
  ),
];
