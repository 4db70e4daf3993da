import { type Difference, difference, ruleName } from "./difference.ts";
import type { Seen } from "./observation.ts";

/** The rule that a peer breaks in what it sends itself, the weightiest of them, or null. */
export function ownFault(events: readonly Seen[]): Difference | null {
  const faults = events.filter((seen) => seen.type === "violation");
  const fault = faults.find(({ level }) => level === "must") ?? faults[0];
  if (fault === undefined) return null;
  const { level, text, section } = fault;
  return difference("writes", text, {
    level,
    rule: ruleName(section, text),
    expected: "frames that are in order",
    seen: text,
  });
}
