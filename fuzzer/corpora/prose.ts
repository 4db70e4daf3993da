import { Seeded } from "./seeded.ts";
import { capital, inventNames, inventWords } from "./words.ts";

/** A play in a language of its own: UTF-8 with a byte order mark, lines of verse with speakers between. */
export function makeProse(length: number): Buffer {
  const random = new Seeded(0x70_72_6f_73);
  const words = inventWords(random, 4800);
  const vocabulary = { words, common: words.slice(0, 160) };
  const speakers = inventNames(random, 9).map((name) => name.toUpperCase());
  const parts: string[] = ["\u{feff}"];
  let total = 3;
  for (;;) {
    const speech = speechText(random, vocabulary, speakers);
    const octets = Buffer.byteLength(speech);
    if (total + octets > length - 2) break;
    parts.push(speech);
    total += octets;
  }
  return Buffer.from([...parts, "*".repeat(length - total - 2), "\r\n"].join(""), "utf8");
}

interface Vocabulary {
  readonly words: readonly string[];
  readonly common: readonly string[];
}

function speechText(random: Seeded, vocabulary: Vocabulary, speakers: readonly string[]): string {
  const lines = Array.from({ length: 1 + random.below(9) }, () => `    ${verse(random, vocabulary)}\r\n`);
  return `${random.early(speakers)}:\r\n${lines.join("")}\r\n`;
}

function verse(random: Seeded, vocabulary: Vocabulary): string {
  const chosen = Array.from({ length: 5 + random.below(4) }, () => word(random, vocabulary));
  return capital(chosen.join(" ")) + random.early([",", ".", "", ";", "!", "?"]);
}

/** Of the few common words two times in three, else of all of them, rarer ones less often. */
function word(random: Seeded, { words, common }: Vocabulary): string {
  if (random.below(3) > 0) return random.early(common);
  return words[Math.min(random.below(words.length), random.below(words.length), random.below(words.length))]!;
}
