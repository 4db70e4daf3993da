/** A thread of the self-check: answers each {@link TrialRequest} with a {@link TrialResult}. */

import { parentPort } from "node:worker_threads";

import { tryMutant, type TrialRequest } from "./trial.ts";

parentPort!.on("message", (request: TrialRequest) => parentPort!.postMessage(tryMutant(request)));
