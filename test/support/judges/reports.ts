import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What `index.json` says of a case. */
export interface IndexRecord {
  readonly behavior: string;
  readonly behaviorClose: string;
  readonly duration: number;
  readonly remoteCloseCode: number | null;
  readonly reportfile: string;
}

/** Agent -> case -> record. */
export type Index = Record<string, Record<string, IndexRecord>>;

/** What judges read in the JSON file of a case. */
export interface Detail {
  readonly id: string;
  readonly description: string;
  readonly expectation: string;
  readonly behavior: string;
  readonly behaviorClose: string;
  readonly result: string;
  readonly resultClose: string;
  readonly duration: number;
}

/** `index.json` of a report. */
export function readIndex(dir: string): Index {
  return JSON.parse(readFileSync(join(dir, "index.json"), "utf8")) as Index;
}

/** All cases of all agents, in the order of the file. */
export function readRecords(dir: string): (readonly [id: string, IndexRecord])[] {
  return Object.values(readIndex(dir)).flatMap((cases) => Object.entries(cases));
}

/** The file that a record names. */
export function readDetail(dir: string, { reportfile }: IndexRecord): Detail {
  return JSON.parse(readFileSync(join(dir, reportfile), "utf8")) as Detail;
}
