/** What a record says of the end of a connection, and what that means: for every page that shows it. */

/** Name -> meaning, in the order in which they are shown. Autobahn's names, as far as it has them. */
export const closingMeanings = Object.freeze({
  closedByMe: "The fuzzer sent the first close frame.",
  failedByMe: "The fuzzer failed the connection: an error of the peer's, or no time left.",
  droppedByMe: "The fuzzer ended TCP.",
  wasClean: "Both sides finished the closing handshake.",
  wasNotCleanReason: "Why not.",
  wasServerConnectionDropTimeout: "The server did not end TCP in time after the closing handshake.",
  wasOpenHandshakeTimeout: "The opening handshake was not finished in time.",
  wasCloseHandshakeTimeout: "The peer did not answer the fuzzer's close frame in time.",
  localCloseCode: "In the fuzzer's close frame.",
  localCloseReason: "In the fuzzer's close frame.",
  remoteCloseCode: "In the peer's close frame.",
  remoteCloseReason: "In the peer's close frame.",
});

/** The name of a fact about the end of a connection. */
export type ClosingFact = keyof typeof closingMeanings;

/** Rows of a table: name, value and meaning. */
export function closingRows(
  textOf: (fact: ClosingFact) => string,
): readonly (readonly [name: string, value: string, meaning: string])[] {
  const names = Object.keys(closingMeanings) as ClosingFact[];
  return names.map((name) => [name, textOf(name), closingMeanings[name]]);
}
