import { type TallyClass, type VerdictPair, classify } from "./tally.ts";

/** What a gate lets through without a baseline (design section 1), the word of `--accept`. */
export const ACCEPT_PRESETS = ["default", "strict", "lenient"] as const;

/** One of {@link ACCEPT_PRESETS}. */
export type AcceptPreset = (typeof ACCEPT_PRESETS)[number];

const ACCEPTED: Readonly<Record<Exclude<AcceptPreset, "lenient">, ReadonlySet<TallyClass>>> = {
  default: new Set(["pass", "nonStrict", "informational", "unimplemented"]),
  strict: new Set(["pass", "informational"]),
};

/**
 * Whether a preset alone lets a case through. A case that was not run is accepted by none.
 *
 * `lenient` asks for a behavior other than FAILED, whatever the close; the others go by the tally's class.
 */
export function accepts(preset: AcceptPreset, verdict: VerdictPair | null): boolean {
  if (verdict === null) return false;
  if (preset === "lenient") return verdict.behavior !== "FAILED";
  return ACCEPTED[preset].has(classify(verdict));
}
