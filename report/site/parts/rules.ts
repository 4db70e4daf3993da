import type { BrokenRule, Fault, Since } from "../../facts/rules.ts";
import { html, type Html } from "../../html.ts";
import { linkFrom, resultAddress } from "../address.ts";
import { caseRanges, cutText, plural, sectionLink, sentenceText } from "../words.ts";

const h = html;

/** Where a group, or the cases of a rule, say more than the chapter does. */
const NARROWER: readonly { readonly ids: RegExp; readonly wrong: string; readonly right: string }[] = [
  { ids: /^2\.10$|^2\.11$/, wrong: "many pings", right: "several pings in a row" },
  { ids: /^5\.[12]$/, wrong: "fragmented pings and pongs", right: "fragmented pings and pongs" },
  { ids: /^7\.1\./, wrong: "frames around a close frame", right: "frames around a close frame" },
  {
    ids: /^7\.3\./,
    wrong: "close frames with a broken payload",
    right: "close frames with and without a reason",
  },
  { ids: /^7\.5\./, wrong: "a close reason that is not UTF-8", right: "a close reason" },
  { ids: /^7\.7\./, wrong: "close codes that are allowed", right: "close codes that are allowed" },
  { ids: /^7\.9\./, wrong: "close codes that are not allowed", right: "close codes" },
];

/** What a chapter's cases send that has to be refused, and what of them is legal. */
const SUBJECTS: Readonly<Record<string, { readonly wrong: string; readonly right: string }>> = {
  "1": { wrong: "frames that are not allowed", right: "plain messages of some lengths" },
  "2": { wrong: "pings with more than 125 octets", right: "pings and pongs" },
  "3": {
    wrong: "frames with reserved bits that no extension gave a meaning",
    right: "frames before a wrong one",
  },
  "4": { wrong: "frames with opcodes that mean nothing", right: "frames before a wrong one" },
  "5": { wrong: "fragments out of order, or fragmented control frames", right: "fragmented messages" },
  "6": { wrong: "text that is not UTF-8", right: "valid UTF-8 text" },
  "7": { wrong: "close frames, codes or reasons that are not allowed", right: "an orderly close" },
  "9": { wrong: "messages that are not allowed", right: "long messages, or many of them" },
  "10": { wrong: "frames that are not allowed", right: "a fragmented message" },
  "12": { wrong: "broken compression", right: "compressed messages" },
  "13": { wrong: "broken compression", right: "compressed messages with negotiated parameters" },
};

const VERBS: Readonly<Record<Fault, (wrong: string, right: string) => string>> = {
  accepts: (wrong) => `Does not fail the connection on ${wrong}`,
  refuses: (_wrong, right) => `Ends the connection on ${right}`,
  answers: (_wrong, right) => `Sends something else than is due, or nothing, with ${right}`,
  wrongCode: (wrong) => `Answers ${wrong} with a wrong close code`,
  handshake: () => "Does not complete the opening handshake",
  died: (_wrong, right) => `Dies with ${right}`,
};

/** Rules that are broken, each in a sentence: what, which cases, since when, and why if that is known. */
export function ruleList(rules: readonly BrokenRule[], file: string, page: string): Html {
  return html`<ul class="rules">
    ${rules.map((rule) => ruleItem(rule, file, page))}
  </ul>`;
}

function ruleItem(rule: BrokenRule, file: string, page: string): Html {
  const { chapter, fault, cases, citations, since, known, said } = rule;
  const narrower = NARROWER.find(({ ids }) => cases.every((id) => ids.test(id)));
  const subject = narrower ??
    SUBJECTS[chapter.id] ?? {
      wrong: `what “${chapter.title}” forbids`,
      right: `what “${chapter.title}” is about`,
    };
  const sections = citations.slice(0, 2).map((citation, at) => h`${at > 0 && ", "}${sectionLink(citation)}`);
  const why =
    known === null
      ? null
      : h`<p class="why">Known: ${sentenceText(known.reason)} ${known.link !== undefined && h`<a href="${known.link}">${linkWords(known.link)}</a>`}</p>`;
  return h`<li><p><strong>${said === null ? VERBS[fault](subject.wrong, subject.right) : `${chapter.title}: ${cutText(said, 300)}`}</strong>${sections.length > 0 && h` (${sections})`}: ${plural(cases.length, "case")} of chapter ${chapter.id}, ${sinceText(since)}.</p>${why}<p class="cases">${caseLinks(cases, file, page)}</p></li>
`;
}

function linkWords(address_: string): string {
  return address_.replace(/^https?:\/\//, "").slice(0, 60);
}

function sinceText(since: Since): string {
  switch (since.in) {
    case "only":
      return "in the only version played";
    case "all":
      return `in all versions played (${since.versions.join(", ")})`;
    case "since":
      return `since ${since.version} (not in ${since.before})`;
  }
}

/** Cases as links to their verdicts, those in a row as a range. */
function caseLinks(ids: readonly string[], file: string, page: string): readonly Html[] {
  const to = (id: string) => h`<a href="${linkFrom(page, resultAddress(file, id))}">${id}</a>`;
  const ranges = caseRanges(ids);
  const shown = ranges
    .slice(0, 24)
    .map(({ first, last }, at) => h`${at > 0 && ", "}${to(first)}${first !== last && h`–${to(last)}`}`);
  return ranges.length > 24 ? [...shown, h`, …`] : shown;
}
