import { beyondMutants } from "./beyond.ts";
import { closingMutants } from "./closing.ts";
import { compressionMutants } from "./compression.ts";
import { controlMutants } from "./control.ts";
import { lenientOpeningMutants } from "./lenient-openings.ts";
import type { Mutant } from "./mutant.ts";
import { openingMutants } from "./opening.ts";
import { readingMutants } from "./reading.ts";
import { streamingMutants } from "./streaming.ts";
import { textMutants } from "./text.ts";
import { trustingMutants } from "./trusting.ts";
import { writingMutants } from "./writing.ts";

/** All mutants, in the order of the suite's chapters as far as that goes. */
export const mutants: readonly Mutant[] = Object.freeze([
  ...openingMutants,
  ...readingMutants,
  ...writingMutants,
  ...controlMutants,
  ...textMutants,
  ...closingMutants,
  ...compressionMutants,
  ...lenientOpeningMutants,
  ...beyondMutants,
  ...trustingMutants,
  ...streamingMutants,
]);
