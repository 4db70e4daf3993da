import { createHash } from "node:crypto";

/** Characters of an agent in a file name; with the case and the extension that stays below 200. */
const longest = 160;

const hashDigits = 8;

/**
 * An agent as Autobahn spells it in file names: lower case, and every character but a to z and 0 to 9 at the
 * ends taken away, elsewhere an underscore (`AutobahnPython/0.10.9` -> `autobahnpython_0_10_9`). A name
 * without any Latin letter or digit gives an empty text, and two agents may give the same.
 */
export function cleanAgent(agent: string): string {
  return agent
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/gu, " ")
    .trim()
    .replaceAll(" ", "_");
}

/**
 * The names of report files, by agent. An agent that cleans to what another one has already, or to something
 * long, gets a hash behind it; what is first keeps the name that the original gives.
 */
export class FileNames {
  readonly #stems = new Map<string, string>();
  readonly #taken = new Set<string>();

  /** The name, without extension, of a case's files: `ws_8_23_0_case_5_19`. */
  of(agent: string, id: string): string {
    return `${this.#stemOf(agent)}_case_${id.replaceAll(".", "_")}`;
  }

  #stemOf(agent: string): string {
    const known = this.#stems.get(agent);
    if (known !== undefined) return known;
    const stem = this.#newStem(agent);
    this.#stems.set(agent, stem);
    this.#taken.add(stem);
    return stem;
  }

  #newStem(agent: string): string {
    const cleaned = cleanAgent(agent);
    if (cleaned.length <= longest && !this.#taken.has(cleaned)) return cleaned;
    const begin = cleaned.slice(0, longest - hashDigits - 1);
    for (let attempt = 0; ; attempt++) {
      const stem = `${begin}_${shortHash(`${agent}\n${attempt}`)}`;
      if (!this.#taken.has(stem)) return stem;
    }
  }
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, hashDigits);
}
