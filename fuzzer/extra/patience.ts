import { payloadOctets } from "../digest.ts";
import type { Chopping, ExtraStep } from "./script.ts";

/** Ms that an answer to a request is waited for, unless a step says otherwise. */
export const responsePatience = 5_000;

/** The same for the ordinary handshake that a case rests on: a server that is only busy has not failed the case. */
export const openPatience = 10_000;

/** Ms that the waits of steps take at the most. */
export function longestScript(steps: readonly ExtraStep[]): number {
  return steps.reduce((sum, step) => sum + longestStep(step), 0);
}

function longestStep(step: ExtraStep): number {
  switch (step.step) {
    case "open":
      return step.ms ?? openPatience;
    case "request":
      return (step.ms ?? responsePatience) + chopped(step.head.length + 100, step.chop);
    case "response":
      return chopped(step.head.length + 200, step.chop);
    case "octets":
    case "frame":
      return chopped(payloadOctets(step.payload).length + 14, step.chop);
    case "repeat":
      return step.times * longestScript(step.steps);
    case "await":
    case "pause":
      return step.ms;
    case "mark":
    case "reading":
    case "shut":
    case "cut":
    case "reset":
    case "http2":
      return 0;
  }
}

function chopped(octets: number, chop: Chopping | undefined): number {
  return chop === undefined ? 0 : Math.ceil(octets / chop.octets) * chop.every;
}
