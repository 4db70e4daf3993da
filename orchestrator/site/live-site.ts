import { formatDuration } from "../../report/duration.ts";
import { siteFiles } from "../../report/site/site.ts";

import { type Assembled, assembleSite, type SiteRequest } from "./assemble.ts";
import { RunFollower } from "./run-follower.ts";
import type { ServedSite } from "./site-server.ts";

/** ms for which pages are made of the same state, since making it costs more than a request. */
const FRESH = 1500;

/** A site that is made anew of a run as it goes on. Only pages that are asked for are made. */
export class LiveSite implements ServedSite, Disposable {
  readonly #request: SiteRequest;
  readonly #followers = new Map<string, RunFollower>();
  #assembled: Assembled;
  #files: ReturnType<typeof siteFiles>;
  #madeAt = performance.now();
  #stale = false;
  /** The run went on when it was opened, so that somebody may be following it. */
  readonly #wentOn: boolean;

  private constructor(request: SiteRequest, assembled: Assembled, followers: Map<string, RunFollower>) {
    this.#request = request;
    this.#assembled = assembled;
    this.#followers = followers;
    this.#files = siteFiles(assembled.input);
    this.#wentOn = assembled.input.live;
  }

  /** Reads the run as it is. @throws {ConfigError} there is none */
  static async open(request: Omit<SiteRequest, "follow">): Promise<LiveSite> {
    const followers = new Map<string, RunFollower>();
    const following: SiteRequest = {
      ...request,
      follow(dir) {
        const follower = followers.get(dir) ?? new RunFollower(dir);
        followers.set(dir, follower);
        follower.poll();
        return follower.current();
      },
    };
    return new LiveSite(following, await assembleSite(following), followers);
  }

  /** The folder of the run. */
  get dir(): string {
    return this.#assembled.dir;
  }

  /** Whether the run goes on, so that there is something to follow. */
  get live(): boolean {
    return this.#assembled.input.live;
  }

  /** Looks for news, and takes it in. Whether there was any. */
  async refresh(): Promise<boolean> {
    const news = this.#followers.get(this.dir)?.poll() ?? false;
    this.#stale ||= news;
    if (!this.#stale || performance.now() - this.#madeAt < FRESH) return false;
    this.#stale = false;
    const next = await assembleSite(this.#request);
    this.#assembled[Symbol.dispose]();
    this.#assembled = next;
    this.#files = siteFiles(next.input);
    this.#madeAt = performance.now();
    return true;
  }

  readonly content = (path: string): string | Uint8Array | null => this.#files.get(path)?.() ?? null;

  readonly progress = (): string | null => {
    const [run] = this.#assembled.input.runs;
    if (!this.#wentOn) return null;
    const planned = run.cells.reduce((sum, cell) => sum + cell.planned, 0);
    const done = run.cells.reduce((sum, cell) => sum + cell.cases.size, 0);
    const over = run.cells.filter(({ status }) => status !== "waiting" && status !== "unfinished").length;
    const since = formatDuration((run.finishedAt ?? Date.now()) - run.startedAt);
    const words = `${done} of ${planned} cases, ${over} of ${run.cells.length} cells, ${since}`;
    return JSON.stringify({
      done,
      planned,
      words: run.state === "running" ? words : `${run.state}: ${words}`,
    });
  };

  [Symbol.dispose](): void {
    this.#assembled[Symbol.dispose]();
  }
}
