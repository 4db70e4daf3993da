import { setFlagsFromString } from "node:v8";

/**
 * Keeps V8's young generation at the 2 MB with which it begins. Nearly all of what the fuzzer allocates is dead at once,
 * and much of it stands for octets outside of the heap: collected often, it stays in the processor's caches. To let it
 * grow, as V8 does, took 60 to 250 MB more, and a third more of processor time (`docs/performance.md`). To be called before
 * anything else is loaded, since it does not shrink again.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
