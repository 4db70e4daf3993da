/** The thread of a canary: it looks at the clock, and notes each look that came late. */

import { workerData } from "node:worker_threads";

import { lagLimit, tickEvery } from "../place/lag-watch.ts";
import { canarySlots } from "./canary.ts";

const slots = workerData as BigInt64Array;
const limit = BigInt((tickEvery + lagLimit) * 1e6);
let last = process.hrtime.bigint();

setInterval(() => {
  const now = process.hrtime.bigint();
  if (now - last > limit) {
    const late = Number(slots[canarySlots.lateLooks]);
    const at = canarySlots.ring + 2 * (late % canarySlots.kept);
    slots[at] = last;
    slots[at + 1] = now;
    Atomics.store(slots, canarySlots.lateLooks, BigInt(late + 1));
  }
  last = now;
  Atomics.store(slots, canarySlots.lastLook, now);
}, tickEvery);
