import type { TrustOptions } from "../dial.ts";
import { connect } from "../client.ts";
import { notApplicable, type Abilities, runScenario } from "./run-scenario.ts";
import type { Scenario, ScenarioResult } from "./scenario.ts";
import { Talk, type Transcript } from "./talk.ts";

/** A server target. */
export interface ServerUnderScenarios {
  readonly url: string;
  readonly trust: TrustOptions;
  readonly abilities: Abilities;
  readonly signal: AbortSignal;
}

/**
 * Plays scenarios with a server, one after the other.
 *
 * @param onResult called as each ends
 */
export async function playWithServer(
  scenarios: readonly Scenario[],
  target: ServerUnderScenarios,
  onResult: (result: ScenarioResult) => void,
): Promise<void> {
  for (const scenario of scenarios.filter(({ roles }) => roles.includes("server"))) {
    target.signal.throwIfAborted();
    const reason = notApplicable(scenario, target.abilities);
    onResult(reason ?? (await runScenario(scenario, (transcript) => openTalk(scenario, target, transcript))));
  }
}

async function openTalk(
  { opening }: Scenario,
  { url, trust, signal }: ServerUnderScenarios,
  transcript: Transcript,
): Promise<Talk> {
  let talk: Talk | null = null;
  await connect(url, {
    ...trust,
    deflate: opening.deflate ?? false,
    ...(opening.subprotocols && { subprotocols: opening.subprotocols }),
    ...(opening.pieces && { pieces: opening.pieces }),
    signal,
    onOpen: (connection) => (talk = new Talk(connection, transcript)).handlers,
  });
  return talk!;
}
