import { describe, expect, it } from "vitest";

import { pairsText } from "../../../orchestrator/commands/pairs.ts";
import type { Pair } from "../../../orchestrator/pairs/pair-run.ts";
import { RelayedTalk } from "../../../orchestrator/pairs/relayed-talk.ts";
import { messageOf, type PairTalk, type PairTalkResult } from "../../../orchestrator/pairs/talk.ts";
import { Endpoint } from "../../../reference-impl/endpoint.ts";
import type { Message } from "../../../reference-impl/incoming.ts";
import type { AgreedDeflate } from "../../../wire/permessage-deflate.ts";

const agreed: AgreedDeflate = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: true,
  serverMaxWindowBits: null,
  clientMaxWindowBits: 10,
};
const talk: PairTalk = { binary: false, octets: 2_000, turns: 3 };

interface Manners {
  /** What an end sends for a message; the same by default. */
  readonly clientEcho?: (message: Message) => Message | null;
  readonly serverEcho?: (message: Message) => Message | null;
}

/** Plays a talk between two reference endpoints in memory. */
function play(played: PairTalk, deflate: AgreedDeflate | null, manners: Manners = {}) {
  const ends = {
    client: new Endpoint("client", {}, deflate),
    server: new Endpoint("server", {}, deflate),
  };
  const echo = { client: manners.clientEcho ?? same, server: manners.serverEcho ?? same };
  const queue: (() => void)[] = [];
  let result: PairTalkResult | null = null;
  const counts = { client: 0, server: 0 };
  const give = (side: "client" | "server", octets: Buffer) => {
    counts[side]++;
    queue.push(() => {
      const end = ends[side];
      end.receive(0, Buffer.from(octets));
      for (let event = end.next(); event !== null; event = end.next()) {
        const answer = event.type === "message" ? echo[side](event) : null;
        if (answer !== null) end.send(answer);
      }
      const { octets: out, tcp } = end.takeOutput(0);
      const said = Buffer.concat(out);
      if (said.length > 0)
        queue.push(() => (side === "client" ? relayed.fromClient(said) : relayed.fromServer(said)));
      if (tcp !== "keep") queue.push(() => relayed.lost(side));
    });
  };
  const relayed = new RelayedTalk(
    played,
    {
      toClient: (octets) => give("client", octets),
      toServer: (octets) => give("server", octets),
      end: (ended) => (result = ended),
    },
    deflate && { agreed: deflate, text: "permessage-deflate" },
  );
  relayed.begin();
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) next();
  if (result === null) relayed.lost("time");
  return { result: result as PairTalkResult | null, counts, ends };
}

const same = (message: Message): Message => message;

describe("a talk between two that echo", () => {
  it.each([
    ["text", { ...talk, binary: false }, null],
    ["binary", { ...talk, binary: true }, null],
    ["compressed text", talk, agreed],
    ["one octet", { ...talk, octets: 1 }, agreed],
  ] as const)("goes round and ends in peace: %s", (_, played, deflate) => {
    const { result, ends } = play(played, deflate);
    expect(result).toEqual({
      ...played,
      fault: null,
      by: null,
      deflate: deflate && "permessage-deflate",
      clientClose: 1000,
      serverClose: 1000,
    });
    expect(ends.client.closure).toMatchObject({ clean: true, failure: null });
    expect(ends.server.closure).toMatchObject({ clean: true, failure: null });
  });

  it("has as many turns as it should", () => {
    let turns = 0;
    play(talk, agreed, { serverEcho: (message) => (turns++, message) });
    expect(turns).toBe(3);
  });

  it.each<[string, Manners, PairTalkResult["by"], RegExp]>([
    [
      "a client that changes the type",
      { clientEcho: (m) => ({ ...m, binary: true }) },
      "client",
      /made a binary message/,
    ],
    [
      "a server that cuts it",
      { serverEcho: (m) => ({ ...m, payload: m.payload.subarray(1) }) },
      "server",
      /changed the message: 1999 octets of 2000/,
    ],
    ["a client that says nothing", { clientEcho: () => null }, "client", /did not echo in time/],
    ["a server that says nothing", { serverEcho: () => null }, "server", /did not echo in time/],
  ])("tells %s", (_, manners, by, fault) => {
    const { result } = play(talk, null, manners);
    expect(result).toMatchObject({ by, fault: expect.stringMatching(fault) as string });
  });
});

it("the messages of talks are UTF-8 where they are text", () => {
  for (const octets of [1, 125, 65_536]) {
    const { payload } = messageOf({ binary: false, octets, turns: 1 });
    expect(payload).toHaveLength(octets);
    expect(Buffer.from(payload.toString()).equals(payload)).toBe(true);
  }
});

it("the table shows who understood whom, and why not", () => {
  const good: PairTalkResult = {
    ...talk,
    fault: null,
    by: null,
    deflate: null,
    clientClose: 1000,
    serverClose: 1000,
  };
  const bad: PairTalkResult = { ...good, fault: "it closed\u001b[31m TCP", by: "client" };
  const pair = (client: string, talks: Pair["talks"], notRun: string | null = null): Pair => ({
    client,
    server: "s@1",
    talks,
    notRun,
  });
  const text = pairsText([
    pair("a@1", [good]),
    pair("b@1", [good, bad, null]),
    pair("c@1", [null], "the client: no"),
    pair("d@1", [{ ...good, deflate: "permessage-deflate" }]),
  ]);
  expect(text).toContain("a@1     +\nb@1     x\nc@1     -\nd@1     z\n");
  expect(text).toContain("  1 s@1\n");
  expect(text).toContain("b@1 with s@1: talk 2: the client: it closed");
  expect(text).toContain("b@1 with s@1: talk 3: the client did not ask for it\n");
  expect(text).not.toContain("\u001b");
});
