import { setTimeout as sleep } from "node:timers/promises";

import type { Message } from "../incoming.ts";
import type { Scenario } from "./scenario.ts";
import { ScenarioFailure, type Talk } from "./talk.ts";

const mebi = 1 << 20;

const sentence = Buffer.from("Größe, 大きさ, μέγεθος, size 🙂. ");

/** A text with characters of one to four octets, again and again. */
function text(octets: number): Message {
  const payload = Buffer.alloc(octets, "x");
  return { binary: false, payload: payload.fill(sentence, 0, octets - (octets % sentence.length)) };
}

/** Octets that neither repeat soon nor compress well, the same each time. */
function binary(octets: number): Message {
  const payload = Buffer.allocUnsafe(octets);
  for (let at = 0, state = 0x9e3779b9; at < octets; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    payload[at] = state >>> 24;
  }
  return { binary: true, payload };
}

/** Lengths about which implementations change their ways (RFC 6455 section 5.2). */
const lengths = [0, 1, 125, 126, 127, 65_535, 65_536, mebi, 16 * mebi];

/** What most scenarios have in common need not be said each time. */
function scenario(
  facts: Pick<Scenario, "name" | "title" | "run"> & Partial<Omit<Scenario, "name" | "title" | "run">>,
): Scenario {
  return { roles: ["server", "client"], needs: [], longest: 65_536, connections: 1, opening: {}, ...facts };
}

/** With one connection that is closed in the end. */
function talking(
  facts: Pick<Scenario, "name" | "title"> & Partial<Omit<Scenario, "name" | "title" | "run">>,
  say: (talk: Talk) => Promise<void>,
): Scenario {
  return scenario({
    ...facts,
    async run(open) {
      const talk = await open();
      await say(talk);
      await talk.close();
    },
  });
}

async function echoAll(talk: Talk, messages: readonly Message[], fragment?: number): Promise<void> {
  for (const message of messages) await talk.echo(message, fragment);
}

const echoes: readonly Scenario[] = [
  talking(
    { name: "text-of-many-sizes", title: "echoes texts of 0 octets to 16 MiB", longest: 16 * mebi },
    (talk) => echoAll(talk, lengths.map(text)),
  ),
  talking(
    {
      name: "binary-of-many-sizes",
      title: "echoes binary messages of 0 octets to 16 MiB",
      longest: 16 * mebi,
    },
    (talk) => echoAll(talk, lengths.map(binary)),
  ),
  talking(
    { name: "many-small-messages", title: "echoes 2,000 messages that come close together, in order" },
    async (talk) => {
      const messages = Array.from({ length: 2_000 }, (_, at) => text(16 + (at % 32)));
      for (const message of messages) talk.send(message);
      for (const message of messages) await talk.expect(message);
    },
  ),
  talking({ name: "fragments", title: "puts fragmented messages together" }, async (talk) => {
    await echoAll(talk, [text(13), binary(13)], 1);
    await echoAll(talk, [text(1_000), binary(1_000)], 7);
    await echoAll(talk, [text(65_536), binary(65_536)], 1_000);
  }),
  talking(
    {
      name: "half-written-frames",
      title: "reads frames that arrive octet by octet",
      opening: { pieces: { octets: 3, pauseMs: 2 } },
    },
    (talk) => echoAll(talk, [text(1), text(126), binary(300)]),
  ),
];

const pings: readonly Scenario[] = [
  talking({ name: "pings", title: "answers pings before, between and behind messages" }, async (talk) => {
    for (const octets of [0, 1, 125]) {
      const { payload } = binary(octets);
      talk.ping(payload);
      await talk.expectPong(payload);
      await talk.echo(text(octets));
    }
  }),
  talking(
    {
      name: "ping-inside-message",
      title: "answers a ping between two fragments, and still puts them together",
    },
    async (talk) => {
      const message = text(3_000);
      const payload = Buffer.from("between");
      talk.send(message, 1_000, () => talk.ping(payload));
      await talk.expectPong(payload);
      await talk.expectPong(payload);
      await talk.expect(message);
    },
  ),
];

const closing = (code: number | null, reason: string) => async (open: () => Promise<Talk>) => {
  const talk = await open();
  await talk.echo(text(20));
  await talk.close(code, reason);
};

const ends: readonly Scenario[] = [
  scenario({
    name: "close-with-reason",
    title: "answers a close frame with code and reason",
    run: closing(1000, "Schönen Abend"),
  }),
  scenario({ name: "close-without-code", title: "answers an empty close frame", run: closing(null, "") }),
  scenario({
    name: "close-with-own-code",
    title: "answers a close frame with a code of an application",
    run: closing(4321, ""),
  }),
  scenario({
    name: "close-behind-messages",
    title: "echoes what stood before a close frame",
    async run(open) {
      const talk = await open();
      const messages = Array.from({ length: 10 }, () => text(1_000));
      for (const message of messages) talk.send(message);
      for (const message of messages) await talk.expect(message);
      await talk.close(1001);
    },
  }),
  scenario({
    name: "lost-connection",
    title: "bears a connection that is lost in the middle of a message",
    connections: 2,
    async run(open) {
      const lost = await open();
      await lost.echo(text(20));
      lost.send(binary(mebi));
      lost.connection.drop();
      const next = await open();
      await next.echo(text(20));
      await next.close();
    },
  }),
  scenario({
    name: "reconnects",
    title: "opens and closes twenty connections in a row",
    connections: 20,
    async run(open) {
      for (let count = 0; count < 20; count++) await closing(1000, "")(open);
    },
  }),
];

const loads: readonly Scenario[] = [
  scenario({
    name: "a-hundred-connections",
    title: "serves a hundred connections at once",
    roles: ["server"],
    connections: 100,
    async run(open) {
      const talks = await Promise.all(Array.from({ length: 100 }, open));
      await Promise.all(talks.map((talk, at) => echoAll(talk, [text(at), binary(at * 100)])));
      await Promise.all(talks.map((talk) => talk.close()));
    },
  }),
  talking(
    { name: "slow-reader", title: "waits for a peer that does not read, and loses nothing" },
    async (talk) => {
      const messages = Array.from({ length: 64 }, () => binary(65_536));
      talk.connection.pause();
      for (const message of messages) talk.send(message);
      await sleep(500);
      talk.connection.resume();
      for (const message of messages) await talk.expect(message);
    },
  ),
];

const compressible = [text(1), text(1_000), text(1_000), binary(1_000), text(mebi), binary(65_536), text(0)];

const negotiations: readonly Scenario[] = [
  talking(
    {
      name: "compression",
      title: "agrees to permessage-deflate, and echoes through it",
      needs: ["deflate"],
      longest: mebi,
      opening: { deflate: {} },
    },
    async (talk) => {
      if (talk.connection.deflate === null) throw new ScenarioFailure("compression was not agreed on");
      await echoAll(talk, compressible);
      await echoAll(talk, [text(5_000), binary(5_000)], 100);
    },
  ),
  talking(
    {
      name: "compression-without-context",
      title: "keeps to no_context_takeover, if it agrees to that",
      needs: ["deflate"],
      longest: mebi,
      roles: ["server"],
      opening: { deflate: { serverNoContextTakeover: true, clientNoContextTakeover: true } },
    },
    (talk) => echoAll(talk, compressible),
  ),
  talking(
    { name: "no-compression", title: "does without compression that nobody offers or takes", longest: mebi },
    async (talk) => {
      if (talk.connection.deflate !== null)
        throw new ScenarioFailure("compression was agreed on by one side alone");
      await echoAll(talk, compressible);
    },
  ),
  talking(
    {
      name: "subprotocol",
      title: "agrees on a subprotocol that both sides have",
      needs: ["subprotocols"],
      // Which ones a client asks for, nobody can tell it.
      roles: ["server"],
      opening: { subprotocols: ["chat", "echo"] },
    },
    async (talk) => {
      if (talk.connection.subprotocol === null) throw new ScenarioFailure("no subprotocol was agreed on");
      await talk.echo(text(20));
    },
  ),
];

/** All scenarios, the quick ones first. */
export const scenarios: readonly Scenario[] = Object.freeze([
  ...pings,
  ...ends,
  ...echoes,
  ...negotiations,
  ...loads,
]);
