/** A thread of the self-check: answers each {@link TrialRequest} with a {@link TrialResult}. */

import { parentPort } from "node:worker_threads";

import { tryMutant, type TrialRequest, tryOverHttp2, tryOverTls } from "./trial.ts";

parentPort!.on("message", (request: TrialRequest) => void answer(request));

async function answer(request: TrialRequest): Promise<void> {
  const results = [tryMutant(request), await tryOverTls(request), await tryOverHttp2(request)];
  parentPort!.postMessage({
    caught: results.flatMap(({ caught }) => caught),
    played: results.reduce((sum, { played }) => sum + played, 0),
  });
}
