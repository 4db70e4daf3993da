/** The name of a fact about the end of a connection: Autobahn's, as far as it has it. */
export type ClosingFact =
  | "closedByMe"
  | "failedByMe"
  | "droppedByMe"
  | "wasClean"
  | "wasNotCleanReason"
  | "wasServerConnectionDropTimeout"
  | "wasOpenHandshakeTimeout"
  | "wasCloseHandshakeTimeout"
  | "localCloseCode"
  | "localCloseReason"
  | "remoteCloseCode"
  | "remoteCloseReason";

/**
 * What a record says of the end of a connection, and what that means, for every page that shows it: name, value and
 * meaning. It is written out into pages, so it uses nothing from around it.
 */
export function closingRows(
  textOf: (fact: ClosingFact) => string,
): readonly (readonly [string, string, string])[] {
  const meanings: readonly (readonly [ClosingFact, string])[] = [
    ["closedByMe", "The fuzzer sent the first close frame."],
    ["failedByMe", "The fuzzer failed the connection: an error of the peer's, or no time left."],
    ["droppedByMe", "The fuzzer ended TCP."],
    ["wasClean", "Both sides finished the closing handshake."],
    ["wasNotCleanReason", "Why not."],
    ["wasServerConnectionDropTimeout", "The server did not end TCP in time after the closing handshake."],
    ["wasOpenHandshakeTimeout", "The opening handshake was not finished in time."],
    ["wasCloseHandshakeTimeout", "The peer did not answer the fuzzer's close frame in time."],
    ["localCloseCode", "In the fuzzer's close frame."],
    ["localCloseReason", "In the fuzzer's close frame."],
    ["remoteCloseCode", "In the peer's close frame."],
    ["remoteCloseReason", "In the peer's close frame."],
  ];
  return meanings.map(([name, meaning]) => [name, textOf(name), meaning]);
}
