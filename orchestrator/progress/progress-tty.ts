import { displayWidth, pad, truncate } from "../../report/columns.ts";
import { formatDuration } from "../../report/duration.ts";
import type { RunEvent } from "../results/event-schema.ts";
import { type Activity, ProgressState, describeActivity, describeEvent } from "./progress-state.ts";
import { type ProgressClock, type ProgressStream, type Reporter, safeLines } from "./reporter.ts";

/** Milliseconds from one drawing to the next at least: ten a second. */
const FRAME_MS = 100;

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const ERASE_BELOW = "\u001b[J";

/** Events that leave a line above the live ones; the rest is seen in those. */
const LASTING: ReadonlySet<RunEvent["type"]> = new Set([
  "run-started",
  "planned",
  "probed",
  "target-died",
  "cell-finished",
  "run-finished",
]);

/** Runs an action when the process ends, unless taken back. */
export type ExitHook = (action: () => void) => () => void;

const onProcessExit: ExitHook = (action) => {
  process.once("exit", action);
  return () => void process.off("exit", action);
};

/** Live lines at the bottom of a terminal, redrawn in place; what has ended scrolls away above them. */
export class TtyReporter implements Reporter {
  readonly #stream: ProgressStream;
  readonly #clock: ProgressClock;
  readonly #state = new ProgressState();
  readonly #stopTicks: () => void;
  readonly #forgetExit: () => void;
  /** Lines to print above the live ones with the next drawing. */
  #lasting: string[] = [];
  /** The live lines that are on the screen. */
  #drawn: readonly string[] = [];
  #dirty = false;
  #drawnAt = 0;
  #cursorHidden = false;
  #closed = false;

  constructor(stream: ProgressStream, clock: ProgressClock, onExit: ExitHook = onProcessExit) {
    this.#stream = stream;
    this.#clock = clock;
    this.#stopTicks = clock.every(FRAME_MS, () => this.#tick());
    this.#forgetExit = onExit(() => this.close());
  }

  readonly handle = (event: RunEvent): void => {
    this.#state.add(event);
    const line = LASTING.has(event.type) ? describeEvent(event) : null;
    if (line !== null) this.#lasting.push(line);
    this.#dirty = true;
  };

  say(text: string): void {
    this.#lasting.push(...safeLines(text));
    this.#dirty = true;
  }

  /** Takes the live lines away, prints what is left to say, and gives the cursor back. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopTicks();
    this.#forgetExit();
    this.#draw([]);
    if (this.#cursorHidden) this.#stream.write(SHOW_CURSOR);
  }

  /** Times are shown in seconds, so a second is what an unchanged picture may last. */
  #tick(): void {
    const now = this.#clock.now();
    if (this.#dirty || now - this.#drawnAt >= 1000) this.#draw(this.#live(now));
  }

  /** One write a picture, so that no half of one is ever seen. */
  #draw(live: readonly string[]): void {
    const hide = live.length > 0 && !this.#cursorHidden ? HIDE_CURSOR : "";
    const lines = [...this.#lasting, ...live];
    if (lines.length > 0 || this.#drawn.length > 0) {
      this.#stream.write(hide + this.#eraser() + lines.map((line) => `${line}\n`).join(""));
    }
    this.#cursorHidden ||= hide !== "";
    this.#lasting = [];
    this.#drawn = live;
    this.#dirty = false;
    this.#drawnAt = this.#clock.now();
  }

  /** Back to the first live line. A window made narrower since has wrapped them into more. */
  #eraser(): string {
    const columns = this.#columns();
    const rows = this.#drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / columns)),
      0,
    );
    return rows === 0 ? "" : `\u001b[${rows}A\r${ERASE_BELOW}`;
  }

  #live(now: number): string[] {
    const { activities, totals } = this.#state;
    if (totals.since === null) return [];
    // A line more than the screen holds could not be erased again.
    const room = Math.max(1, sizeOr(this.#stream.rows, 24) - 3);
    const shown = activities.slice(0, activities.length > room ? room - 1 : room);
    const width = this.#columns() - 1;
    const hidden = activities.length - shown.length;
    const failed = totals.failed > 0 ? `, ${totals.failed} failed` : "";
    const time = formatDuration(now - totals.since);
    return [
      ...activityLines(shown, now, width),
      ...(hidden > 0 ? [truncate(`... and ${hidden} more`, width)] : []),
      truncate(
        `${totals.cellsEnded}/${totals.cells} cells, ${totals.played} played${failed}, ${time}`,
        width,
      ),
    ];
  }

  #columns(): number {
    return Math.max(10, sizeOr(this.#stream.columns, 80));
  }
}

/** A terminal that does not know its size says nothing, or 0. */
function sizeOr(size: number | undefined, otherwise: number): number {
  return size === undefined || size === 0 ? otherwise : size;
}

/** Names in a column of their own; where room is short they give way first. */
function activityLines(activities: readonly Activity[], now: number, width: number): string[] {
  const texts = activities.map((activity) => describeActivity(activity, now));
  const longest = Math.max(0, ...activities.map(({ name }) => displayWidth(name)));
  const room = Math.max(8, width - 2 - Math.max(0, ...texts.map(displayWidth)));
  const column = Math.min(longest, room);
  return activities.map(({ name }, index) =>
    truncate(`${pad(truncate(name, column), column, "left")}  ${texts[index] ?? ""}`, width),
  );
}
