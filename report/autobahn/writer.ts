import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { performance as loop } from "node:perf_hooks";

import type { CatalogueEntry } from "../../fuzzer/catalogue.ts";
import { escapeTerminal } from "../escape.ts";

import { caseHtml } from "./case-html.ts";
import { caseJson, type ReportedResult } from "./case-json.ts";
import { FileNames } from "./file-names.ts";
import { indexHtml, type ReportHead } from "./index-html.ts";
import { indexFacts, type IndexFacts, indexJson } from "./index-json.ts";
import { pythonJson } from "./python-json.ts";

/** What a report needs to know beforehand. */
export interface ReportOptions extends ReportHead {
  /** The folder; it is made when it is not there. Files of an earlier report are written over. */
  readonly outdir: string;
  /** The rows of the index: all cases of the suite, played or not. */
  readonly entries: readonly CatalogueEntry[];
}

/** Files of a report could not be written. */
export class ReportWriteError extends Error {
  override readonly name = "ReportWriteError";
  readonly outdir: string;

  constructor(outdir: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `${escapeTerminal(outdir)}: the report could not be written (${escapeTerminal(reason)}); name a folder that can be written to, and see that there is space`,
      { cause },
    );
    this.outdir = outdir;
  }
}

/** Agents of a report. A fuzzing server takes any name that a client gives, so there has to be an end. */
export const maxAgents = 1000;

/** ms between two writings of the index. */
const interval = 1000;

/** An index with many agents takes its time: at most one part in so many of all time goes into writing it. */
const share = 20;

/**
 * Files of results are written for so many ms at a time, so many ms apart, since connections are played meanwhile; less
 * apart while there is little else to do.
 */
const stint = 5;
const pause = { busy: 20, idle: 2 };

/** Share of its time that the event loop works while it counts as idle. */
const idleLoad = 0.5;

/** Results that may wait for their files. */
const mostWaiting = 500;

/**
 * Autobahn's report files, written while the results come: those of a result soon after it, `index.json` and
 * `index.html` at most once a second and at the end. Of a result that has been written only what the index says
 * is kept. Files are written as wholes: a reader sees the old one or the new one.
 */
export class AutobahnReport {
  readonly #options: ReportOptions;
  readonly #names = new FileNames();
  readonly #agents = new Map<string, Map<string, IndexFacts>>();
  readonly #notes = new Map<string, string>();
  /** By the stem of their files' names, the oldest first. */
  readonly #waiting = new Map<string, ReportedResult>();
  #writing: NodeJS.Timeout | null = null;
  #indexing: NodeJS.Timeout | null = null;
  #indexedAt = -Infinity;
  #cost = 0;
  #failure: ReportWriteError | null = null;
  #leftOut = 0;

  /** @throws ReportWriteError when the folder cannot be made */
  constructor(options: ReportOptions) {
    this.#options = options;
    try {
      mkdirSync(options.outdir, { recursive: true });
    } catch (error) {
      throw new ReportWriteError(options.outdir, error);
    }
  }

  /** The first thing that could not be written; null while all is well. */
  get failure(): ReportWriteError | null {
    return this.#failure;
  }

  /** Results that were left out, because their agent came after {@link maxAgents} others. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Has the files of a result written. A second result of the same agent and case takes the place of the first. */
  add(result: ReportedResult): void {
    if (!this.#hasRoomFor(result.agent)) {
      this.#leftOut++;
      return;
    }
    this.#waiting.set(this.#names.of(result.agent, result.entry.case.id), result);
    if (this.#waiting.size > mostWaiting) this.#writeOldest();
    this.#planFiles();
  }

  /** Says in the index why cases of an agent are missing. */
  note(agent: string, text: string): void {
    if (!this.#notes.has(agent) && this.#notes.size >= maxAgents) return;
    this.#notes.set(agent, text);
    this.#planIndex();
  }

  /** Writes all that waits, and the index, now. */
  flush(): void {
    while (this.#waiting.size > 0) this.#writeOldest();
    this.#writing = stopped(this.#writing);
    this.#writeIndex();
  }

  /**
   * Writes the index for the last time.
   *
   * @throws ReportWriteError when this, or anything before, could not be written
   */
  close(): void {
    this.flush();
    if (this.#failure !== null) throw this.#failure;
  }

  #hasRoomFor(agent: string): boolean {
    if (!this.#agents.has(agent)) {
      if (this.#agents.size >= maxAgents) return false;
      this.#agents.set(agent, new Map());
    }
    return true;
  }

  /** Timers hold no process up: whoever ends one closes the report. */
  #planFiles(ms = pause.busy): void {
    if (this.#writing !== null) return;
    const before = loop.eventLoopUtilization();
    this.#writing = setTimeout(() => {
      this.#writing = null;
      const load = loop.eventLoopUtilization(before).utilization;
      const end = performance.now() + stint;
      while (this.#waiting.size > 0 && performance.now() < end) this.#writeOldest();
      if (this.#waiting.size > 0) this.#planFiles(load < idleLoad ? pause.idle : pause.busy);
    }, ms);
    this.#writing.unref();
  }

  #writeOldest(): void {
    const [stem, result] = this.#waiting.entries().next().value!;
    const { agent, entry } = result;
    this.#waiting.delete(stem);
    this.#agents.get(agent)!.set(entry.case.id, indexFacts(result, stem));
    this.#write(`${stem}.json`, () => pythonJson(caseJson(result)));
    this.#write(`${stem}.html`, () => caseHtml(result, this.#options));
    this.#planIndex();
  }

  #planIndex(): void {
    if (this.#indexing !== null) return;
    const due = this.#indexedAt + Math.max(interval, this.#cost * share);
    this.#indexing = setTimeout(() => this.#writeIndex(), Math.max(0, due - performance.now()));
    this.#indexing.unref();
  }

  #writeIndex(): void {
    this.#indexing = stopped(this.#indexing);
    const begun = performance.now();
    const { entries } = this.#options;
    this.#write("index.json", () => indexJson(this.#agents));
    this.#write("index.html", () =>
      indexHtml({
        head: this.#options,
        generated: Date.now(),
        entries,
        agents: this.#agents,
        notes: this.#notes,
      }),
    );
    this.#indexedAt = performance.now();
    this.#cost = this.#indexedAt - begun;
  }

  /** A report that cannot be written does not stop the playing; the failure is told at the end. */
  #write(name: string, content: () => string): void {
    try {
      replaceFile(join(this.#options.outdir, name), content());
    } catch (error) {
      this.#failure ??= new ReportWriteError(this.#options.outdir, error);
    }
  }
}

function stopped(timer: NodeJS.Timeout | null): null {
  if (timer !== null) clearTimeout(timer);
  return null;
}

/** Short, because the name in front of it may be long. */
function replaceFile(file: string, content: string): void {
  const begun = `${file}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    writeFileSync(begun, content, { flag: "wx" });
    renameSync(begun, file);
  } catch (error) {
    rmSync(begun, { force: true });
    throw error;
  }
}
