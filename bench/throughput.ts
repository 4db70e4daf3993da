import type { Message } from "../reference-impl/incoming.ts";
import { ScenarioServer } from "../reference-impl/scenarios/against-clients.ts";
import { playWithServer } from "../reference-impl/scenarios/against-servers.ts";
import type { Scenario, ScenarioResult } from "../reference-impl/scenarios/scenario.ts";
import type { Talk } from "../reference-impl/scenarios/talk.ts";

import { median } from "./measure.ts";
import { startServerTarget, startTarget } from "./targets.ts";

/** What goes to and fro: so many messages, so many of them on their way at once. Long enough for code to get warm. */
interface Load {
  readonly title: string;
  readonly octets: number;
  readonly count: number;
  readonly inFlight: number;
  readonly compressed: boolean;
}

const loads: readonly Load[] = [
  { title: "64 octets", octets: 64, count: 20_000, inFlight: 32, compressed: false },
  { title: "64 KiB", octets: 65_536, count: 3_000, inFlight: 8, compressed: false },
  { title: "4 MiB", octets: 4 << 20, count: 40, inFlight: 2, compressed: false },
  { title: "64 octets, compressed", octets: 64, count: 20_000, inFlight: 32, compressed: true },
  { title: "64 KiB, compressed", octets: 65_536, count: 600, inFlight: 8, compressed: true },
  { title: "4 MiB, compressed", octets: 4 << 20, count: 12, inFlight: 2, compressed: true },
];

const abilities = { capabilities: { deflate: true }, maxMessage: null };

/** Rounds of each measurement; the middle one counts. */
const rounds = 5;

/**
 * Throughput of the reference endpoint beside that of others, each echoing to the same peer, in turn: as server beside
 * ws, as client beside ws and undici, which inflates but never compresses. A ratio above 1 means that the reference endpoint
 * is faster.
 */
export async function* compareThroughput(): AsyncGenerator<string> {
  for (const role of ["server", "client"] as const) {
    const others = role === "server" ? ["ws"] : ["ws", "undici"];
    for (const load of loads) {
      const times = await timesOf(role, ["reference", ...others], echoing(load));
      const own = median(times.get("reference")!);
      const ratios = others.map((name) => `${(median(times.get(name)!) / own).toFixed(2)} of ${name}`);
      yield `reference as ${role}, ${load.title}: ${Math.round(own)} ms, throughput **${ratios.join(" and ")}**, wanted 1 of ws`;
    }
  }
}

/** Ms of each round, by the name of the target. */
async function timesOf(
  role: "server" | "client",
  names: readonly string[],
  scenario: Scenario,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const times = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const result = await (role === "server" ? withServer(name, scenario) : withClient(name, scenario));
      if (result.outcome !== "passed") throw new Error(`${name} as ${role}: ${result.reason}`);
      times.get(name)!.push(result.duration);
    }
  }
  return times;
}

async function withServer(name: string, scenario: Scenario): Promise<ScenarioResult> {
  await using server = await startServerTarget(name);
  const target = { url: server.url, trust: {}, abilities, signal: new AbortController().signal };
  let result: ScenarioResult | null = null;
  await playWithServer([scenario], target, (played) => (result = played));
  return result!;
}

async function withClient(name: string, scenario: Scenario): Promise<ScenarioResult> {
  const server = await ScenarioServer.listen([scenario], {
    host: "127.0.0.1",
    port: 0,
    tls: null,
    abilities,
  });
  const running = await startTarget(name, "client", { FUZZER_URL: server.url, AGENT: name });
  try {
    let result: ScenarioResult | null = null;
    const gone = new AbortController();
    void running.exited.then(({ reason }) => gone.abort(reason));
    await server.play(gone.signal, (played) => (result = played));
    return result!;
  } finally {
    await running.stop();
    await server.close();
  }
}

/** A load as a scenario: the clock of its result runs from the opened connection on. */
function echoing({ title, octets, count, inFlight, compressed }: Load): Scenario {
  return {
    name: title,
    title,
    roles: ["server", "client"],
    needs: [],
    longest: octets,
    connections: 1,
    opening: compressed ? { deflate: {} } : {},
    async run(open) {
      const talk = await open();
      await goRound(talk, messageOf(octets), count, inFlight);
      await talk.close();
    },
  };
}

async function goRound(talk: Talk, message: Message, count: number, inFlight: number): Promise<void> {
  for (let sent = 0; sent < Math.min(count, inFlight); sent++) talk.send(message);
  for (let back = 0; back < count; back++) {
    await talk.expect(message);
    if (back + inFlight < count) talk.send(message);
  }
}

/** Text that compresses about as well as JSON does. */
function messageOf(octets: number): Message {
  const words = ["value", "count", "true", "name", "left", "right", "status", "0.25", "1024", "null"];
  let text = "";
  for (let at = 0, state = 7; text.length < octets; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    text += `"${words[state % words.length]!}": ${state % 1_000}, `;
  }
  return { binary: false, payload: Buffer.from(text.slice(0, octets)) };
}
