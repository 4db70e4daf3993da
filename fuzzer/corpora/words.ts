import type { Seeded } from "./seeded.ts";

const beginnings = [
  "b",
  "d",
  "f",
  "g",
  "h",
  "k",
  "l",
  "m",
  "n",
  "p",
  "r",
  "s",
  "t",
  "v",
  "w",
  "st",
  "tr",
  "gr",
  "sch",
  "kl",
];
const vowels = ["a", "e", "i", "o", "u", "ei", "au", "ie"];
const accented = ["ä", "ö", "ü"];
const endings = ["", "", "n", "r", "l", "s", "m", "ng", "nd", "rt", "st"];

/** Different words that no language has, short ones first: of one to three syllables, some with letters beyond ASCII. */
export function inventWords(random: Seeded, count: number): string[] {
  const words = new Set<string>();
  while (words.size < count) words.add(word(random, 1 + Math.floor((words.size / count) * 3), true));
  return [...words];
}

/** Different names of two syllables, in ASCII. */
export function inventNames(random: Seeded, count: number): string[] {
  const names = new Set<string>();
  while (names.size < count) names.add(capital(word(random, 2, false)));
  return [...names];
}

function word(random: Seeded, syllables: number, accents: boolean): string {
  return Array.from({ length: syllables }, () => syllable(random, accents)).join("");
}

function syllable(random: Seeded, accents: boolean): string {
  const vowel = accents && random.below(16) === 0 ? random.pick(accented) : random.early(vowels);
  return random.early(beginnings) + vowel + random.early(endings);
}

/** With a capital letter. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
