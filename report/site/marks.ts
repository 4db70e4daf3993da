import { html, type Html, trustedHtml } from "../html.ts";
import {
  classify,
  formatTally,
  type Tally,
  TALLY_DISPLAY,
  TALLY_LABELS,
  type TallyClass,
  tallySize,
  type VerdictPair,
} from "../tally.ts";

/** A name that the formatter does not take for markup which it may indent: these are written by the thousand. */
const h = html;

/** The sign of each class: told apart without colour. */
export const GLYPHS: Readonly<Record<TallyClass, string>> = {
  pass: "✓",
  nonStrict: "≈",
  informational: "i",
  unclean: "~",
  unimplemented: "○",
  failed: "✕",
  notRun: "–",
};

/** What each class means, in a sentence. */
export const MEANINGS: Readonly<Record<TallyClass, string>> = {
  pass: "What was exchanged and how the connection ended is what the case expects.",
  nonStrict: "Not quite what the case expects, and tolerated: no rule of the protocol is broken.",
  informational: "The protocol leaves it open; what happened is noted, and judged no further.",
  unclean:
    "The exchange was right, but the connection did not end as it should: no closing handshake, or the server left it to the client to end TCP.",
  unimplemented: "The target did not negotiate what the case is about, which is compression.",
  failed: "Against the protocol; in chapter 9 it may also have been too slow, or have a limit on sizes.",
  notRun: "Planned, and without a verdict. Neither passed nor failed.",
};

const MARKS: ReadonlyMap<TallyClass, Html> = new Map(
  TALLY_DISPLAY.map((name) => [
    name,
    h`<span class="m ${name}"><b aria-hidden="true">${GLYPHS[name]}</b> ${TALLY_LABELS[name]}</span>`,
  ]),
);

/** A class as sign, word and colour. */
export function classMark(name: TallyClass): Html {
  return MARKS.get(name)!;
}

/** The mark of a verdict; null for a case that was not run. */
export function verdictMark(verdict: VerdictPair | null): Html {
  return classMark(classify(verdict));
}

/** Only the sign, with the word for who does not see it. */
export function smallMark(name: TallyClass): Html {
  return h`<span class="s ${name}" title="${TALLY_LABELS[name]}"><b aria-hidden="true">${GLYPHS[name]}</b><i class="vh">${TALLY_LABELS[name]}</i></span>`;
}

/** Both halves of a verdict in Autobahn's words. */
export function verdictWords({ behavior, behaviorClose }: VerdictPair): string {
  return `${behavior} / ${behaviorClose}`;
}

const BAR_WIDTH = 120;

/** A tally as a bar of coloured parts, each at least a pixel wide; the words are in its title. */
export function tallyBar(tally: Tally): Html {
  const size = tallySize(tally);
  if (size === 0) return h`<span class="faint">no cases</span>`;
  let x = 0;
  const parts = TALLY_DISPLAY.filter((name) => tally[name] > 0).map((name) => {
    const width = Math.max(1.5, (tally[name] / size) * BAR_WIDTH);
    const part = `<rect class="${name}" x="${x.toFixed(1)}" width="${width.toFixed(1)}" height="10"/>`;
    x += width;
    return part;
  });
  const scale = Math.max(BAR_WIDTH, x).toFixed(1);
  const words = formatTally(tally);
  return h`<svg class="bar" viewBox="0 0 ${scale} 10" preserveAspectRatio="none" role="img" aria-label="${words}"><title>${words}</title>${trustedHtml(parts.join(""))}</svg>`;
}

/** The worst class of a tally that says something about a target. */
export function worstOf(tally: Tally): TallyClass {
  const order = ["failed", "unclean", "unimplemented", "notRun", "nonStrict"] as const;
  return order.find((name) => tally[name] > 0) ?? "pass";
}

/** A field of a heat map: the sign and number of what is worst, the deeper coloured the larger its share. */
export function heatField(tally: Tally, name: string): Html {
  const size = tallySize(tally);
  if (size === 0) return h`<td class="h"></td>`;
  const worst = worstOf(tally);
  const share = tally[worst] / size;
  const step = worst === "pass" ? 0 : share <= 0.05 ? 1 : share <= 0.25 ? 2 : share <= 0.6 ? 3 : 4;
  const number = worst === "pass" ? "" : tally[worst];
  return h`<td class="h ${worst} h${step}" title="${name}: ${formatTally(tally)}">${GLYPHS[worst]}${number}</td>`;
}

/** A count in a table: what is nothing steps back. */
export function count(value: number, name: TallyClass): Html {
  return value === 0
    ? h`<td class="n z" data-v="0">·</td>`
    : h`<td class="n ${name === "pass" ? "" : `t-${name}`}" data-v="${value}">${value}</td>`;
}

/** How a cell's counts are headed, in the order of {@link TALLY_DISPLAY}. */
export const COUNT_HEADS: Readonly<Record<TallyClass, string>> = {
  pass: "pass",
  nonStrict: "non-str.",
  informational: "info",
  unclean: "unclean",
  unimplemented: "unimpl.",
  failed: "failed",
  notRun: "not run",
};
