/** A thread of the self-check: answers each {@link TrialRequest} with a {@link TrialResult}. */

import { parentPort } from "node:worker_threads";

import { tryMutant, type TrialRequest, tryOverTls } from "./trial.ts";

parentPort!.on("message", (request: TrialRequest) => void answer(request));

async function answer(request: TrialRequest): Promise<void> {
  const [here, overTls] = [tryMutant(request), await tryOverTls(request)];
  parentPort!.postMessage({
    caught: [...here.caught, ...overTls.caught],
    played: here.played + overTls.played,
  });
}
