import { type Difference, difference } from "../../mutation/difference.ts";

import type { Exit } from "../engines/engine.ts";

/** No rule of an RFC: nothing that a stranger sends may do so. */
const rule = "RFC 6455, 10.7";

/** Characters of a target's last words that are told. */
const maxWords = 400;

/** What a target must do whatever it is sent. */
const expected = {
  server: "the target serves others, whatever one peer sends",
  client: "the target goes on to its next connection, whatever it is sent",
} as const;

/** A target whose process ended. */
export function deathOf({ reason }: Exit, lastWords: string, role: "client" | "server"): Difference {
  // What went wrong stands before the stack that tells where.
  const fault = lastWords.search(/^.*(error|panic|exception|assert|fault)/im);
  const from = fault >= 0 ? fault : Math.max(0, lastWords.length - maxWords);
  const words = lastWords.slice(from, from + maxWords).trim();
  const told = words === "" ? "" : `; its last words: ${words.replaceAll(/\s*\n\s*/g, " | ")}`;
  return difference("dies", reason, {
    rule,
    expected: expected[role],
    seen: `its process ${reason}${told}`,
  });
}

/** A server is there, and nobody gets an answer. */
export const silence: Difference = difference("hangs", "nobody gets an answer any more", {
  rule,
  expected: expected.server,
  seen: "no new connection gets an echo",
});

/** A client is there, and does not ask for its next case. */
export const standstill: Difference = difference("hangs", "it does not go on", {
  rule,
  expected: expected.client,
  seen: "its connection is over, and it asks for no other",
});
