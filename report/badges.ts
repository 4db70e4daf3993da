import { displayWidth } from "./columns.ts";
import { escapeHtml } from "./html.ts";
import type { Role } from "../fuzzer/record.ts";
import { type Tally, tallySize } from "./tally.ts";

/** What a badge says: of one target in one role. */
export interface Badge {
  readonly label: string;
  readonly message: string;
  readonly colour: "good" | "fair" | "bad" | "none";
}

/** The badge of a tally; without one, that it was not played. Never a percentage. */
export function badgeOf(role: Role, tally: Tally | null): Badge {
  const label = `WebSocket ${role}`;
  if (tally === null || tallySize(tally) === tally.notRun)
    return { label, message: "not played", colour: "none" };
  const size = tallySize(tally);
  const missing = tally.notRun > 0 ? `, ${tally.notRun} not run` : "";
  const message = `${tally.failed} failed of ${size}${missing}`;
  const colour = tally.notRun > 0 ? "none" : tally.failed > 0 ? "bad" : tally.unclean > 0 ? "fair" : "good";
  return { label, message, colour };
}

const COLOURS: Readonly<Record<Badge["colour"], string>> = {
  good: "#2b7a4b",
  fair: "#8a6100",
  bad: "#b3182b",
  none: "#6a6f76",
};

const SHIELDS_COLOURS: Readonly<Record<Badge["colour"], string>> = {
  good: "success",
  fair: "yellow",
  bad: "critical",
  none: "inactive",
};

/** A badge as an image that loads nothing. */
export function badgeSvg({ label, message, colour }: Badge): string {
  const [left, right] = [widthOf(label), widthOf(message)];
  const total = left + right;
  const text = escapeHtml(`${label}: ${message}`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${total}" height="20" role="img" aria-label="${text}"><title>${text}</title><clipPath id="r"><rect width="${total}" height="20" rx="3"/></clipPath><g clip-path="url(#r)"><rect width="${left}" height="20" fill="#40464e"/><rect x="${left}" width="${right}" height="20" fill="${COLOURS[colour]}"/></g><g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11" text-anchor="middle"><text x="${left / 2}" y="14" textLength="${left - 12}">${escapeHtml(label)}</text><text x="${left + right / 2}" y="14" textLength="${right - 12}">${escapeHtml(message)}</text></g></svg>
`;
}

/** A badge as shields.io's endpoint wants it (schemaVersion 1). */
export function badgeJson({ label, message, colour }: Badge): object {
  return { schemaVersion: 1, label, message, color: SHIELDS_COLOURS[colour] };
}

function widthOf(text: string): number {
  return Math.round(displayWidth(text) * 6.6) + 12;
}
