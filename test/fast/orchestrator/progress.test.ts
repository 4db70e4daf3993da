import { describe, expect, it } from "vitest";
import type { NewEvent } from "../../../orchestrator/results/events.ts";
import {
  type ProgressClock,
  type Reporter,
  type ReporterName,
  chooseReporter,
  createReporter,
} from "../../../orchestrator/progress/progress.ts";
import { displayWidth } from "../../../report/columns.ts";
import { EMPTY_TALLY } from "../../../report/tally.ts";
import { harmfulCharacters } from "../report/harmful.ts";
import {
  CLIENT,
  EVERY_EVENT,
  MINE,
  RUN_STARTED,
  SERVER,
  caseFailed,
  caseFinished,
  cellFinished,
} from "./run-samples.ts";

/** A clock that stands still until it is moved. */
class TestClock implements ProgressClock {
  time = 0;
  readonly #timers = new Set<{ readonly ms: number; readonly action: () => void; next: number }>();

  now(): number {
    return this.time;
  }

  every(ms: number, action: () => void): () => void {
    const timer = { ms, action, next: this.time + ms };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Lets time pass, 10 ms at a time. */
  pass(ms: number): void {
    for (const end = this.time + ms; this.time < end;) {
      this.time += 10;
      for (const timer of this.#timers) {
        if (this.time < timer.next) continue;
        timer.next += timer.ms;
        timer.action();
      }
    }
  }

  get timers(): number {
    return this.#timers.size;
  }
}

const ESC = "\u001B";

/** The control sequences that the reporter uses, text, and the ends of lines. */
const TOKENS = new RegExp(String.raw`${ESC}\[\??\d*[A-Za-z]|[\r\n]|[^\r\n${ESC}]+`, "g");
const CURSOR_UP = new RegExp(String.raw`^${ESC}\[(\d+)A$`);
const LIVE_SEQUENCES = new RegExp(String.raw`${ESC}\[\d+A\r${ESC}\[J|${ESC}\[\?25[hl]`, "g");

/** As much of a terminal as the reporter uses: lines, the cursor, wrapping. */
class TestScreen {
  columns: number | undefined = 80;
  rows: number | undefined = 24;
  readonly writes: string[] = [];
  lines: string[] = [""];
  cursorVisible = true;
  #row = 0;

  write(text: string): void {
    this.writes.push(text);
    for (const [token] of text.matchAll(TOKENS)) this.#apply(token);
  }

  #apply(token: string): void {
    const up = CURSOR_UP.exec(token);
    if (up !== null) this.#row = Math.max(0, this.#row - Number(up[1]));
    else if (token === "\n") this.#row += 1;
    else if (token === "\u001B[J") this.lines.length = this.#row;
    else if (token === "\u001B[?25l") this.cursorVisible = false;
    else if (token === "\u001B[?25h") this.cursorVisible = true;
    else if (token !== "\r") this.lines[this.#row] = token;
    while (this.lines.length <= this.#row) this.lines.push("");
  }

  /** What is written, without the line that the cursor is on. */
  get text(): string[] {
    return this.lines.slice(0, this.#row);
  }
}

interface Setup {
  readonly clock: TestClock;
  readonly screen: TestScreen;
  readonly reporter: Reporter;
  readonly send: (...events: readonly NewEvent[]) => void;
  readonly exit: () => void;
  readonly exitHooks: () => number;
}

function nothing(): void {}

function setup(name: ReporterName): Setup {
  const clock = new TestClock();
  const screen = new TestScreen();
  let exit = nothing;
  const onExit = (action: () => void): (() => void) => {
    exit = action;
    return () => (exit = nothing);
  };
  const reporter = createReporter(name, { stream: screen, clock, onExit });
  const send = (...events: readonly NewEvent[]): void => {
    for (const event of events) reporter.handle({ ...event, at: clock.time });
  };
  return { clock, screen, reporter, send, exit: () => exit(), exitHooks: () => (exit === nothing ? 0 : 1) };
}

const STARTED: readonly NewEvent[] = [
  RUN_STARTED,
  { type: "planned", cells: [SERVER, CLIENT] },
  { type: "cell-started", cell: SERVER.id },
];

const EVIL = "\u001B[2J\r\nx\u202E\u009B";

/** Every event with text that a target or a matrix may bring in. */
const EVIL_EVENTS: readonly NewEvent[] = [
  { ...RUN_STARTED, run: EVIL },
  { type: "planned", cells: [{ ...SERVER, id: EVIL, target: EVIL, version: EVIL }] },
  { type: "preparing", target: EVIL, version: EVIL },
  { type: "prepared", target: EVIL, version: EVIL, digest: EVIL, cached: true, duration: 1 },
  { type: "not-prepared", target: EVIL, version: EVIL, status: "crashed", reason: EVIL, duration: 1 },
  { type: "cell-started", cell: EVIL },
  { type: "probed", cell: EVIL, ok: false, reason: EVIL },
  caseFinished(EVIL, EVIL, {
    verdict: { behavior: "OK", behaviorClose: "OK", result: EVIL, resultClose: EVIL },
  }),
  { type: "target-died", cell: EVIL, reason: EVIL, suspects: [EVIL], restarts: 1 },
  cellFinished(EVIL, { status: "crashed", reason: EVIL, logTail: EVIL }),
];

describe("choosing a reporter", () => {
  it.each<[string, Parameters<typeof chooseReporter>, ReporterName]>([
    ["a terminal", [undefined, { isTTY: true, env: {} }], "tty"],
    ["no terminal", [undefined, { isTTY: false, env: {} }], "plain"],
    ["a terminal under CI", [undefined, { isTTY: true, env: { CI: "true" } }], "plain"],
    ["CI=false", [undefined, { isTTY: true, env: { CI: "false" } }], "tty"],
    ["CI of nothing", [undefined, { isTTY: true, env: { CI: "" } }], "tty"],
    ["a terminal that cannot move its cursor", [undefined, { isTTY: true, env: { TERM: "dumb" } }], "plain"],
    ["one asked for", ["json", { isTTY: true, env: { CI: "true" } }], "json"],
    ["live lines asked for", ["tty", { isTTY: false, env: { CI: "true" } }], "tty"],
  ])("by %s", (_, question, name) => {
    expect(chooseReporter(...question)).toBe(name);
  });
});

describe("plain progress", () => {
  it("tells the two suites apart, and leaves out the one that was not played", () => {
    const { screen, send } = setup("plain");
    const extraTally = { ...EMPTY_TALLY, pass: 2, failed: 1 };
    send(
      cellFinished(SERVER.id, { extraTally }),
      cellFinished(SERVER.id, { tally: EMPTY_TALLY, extraTally }),
    );
    expect(screen.text.map((line) => line.replace(/.* in 5\.0 s: /, ""))).toEqual([
      "3 pass of 3; extra: 2 pass, 1 failed of 3",
      "extra: 2 pass, 1 failed of 3",
    ]);
  });

  it("has a line for each phase, and none for each case", () => {
    const { screen, send } = setup("plain");
    send(...EVERY_EVENT);
    expect(screen.text).toEqual([
      "run r1 resumed, profile quick",
      "2 cells planned, 6 cases",
      "ws@8.23.0 preparing",
      "ws@8.23.0 prepared in 2.1 s",
      "mine build-failed: no",
      "ws@8.23.0/server/plain started",
      "ws@8.23.0/server/plain died (was killed by SIGSEGV; open: 1.1.3), restart 1",
      "ws@8.23.0/server/plain ran in 5.0 s: 3 pass of 3",
      "run finished in 9.0 s, exit code 1",
    ]);
  });

  it("says why a cell did not run", () => {
    const { screen, send } = setup("plain");
    send(
      { type: "probed", cell: MINE.id, ok: false, reason: "no handshake" },
      cellFinished(MINE.id, { status: "noncompliant", reason: "no handshake" }),
      {
        type: "target-died",
        cell: MINE.id,
        reason: "exited",
        suspects: ["1", "2", "3", "4", "5", "6", "7"],
        restarts: 2,
      },
      { type: "prepared", target: "mine", version: null, digest: "", cached: true, duration: 1 },
    );
    expect(screen.text).toEqual([
      "mine/server/plain not usable: no handshake",
      "mine/server/plain noncompliant after 5.0 s: no handshake",
      "mine/server/plain died (exited; open: 1, 2, 3, 4, 5 and 2 more), restart 2",
      "mine prepared from the cache",
    ]);
  });

  it("tells of what goes on every 10 s, and not of what has ended", () => {
    const { clock, screen, send } = setup("plain");
    send({ type: "preparing", target: "ws", version: "8.23.0" });
    clock.pass(11_000);
    send({ type: "prepared", target: "ws", version: "8.23.0", digest: "", cached: false, duration: 11_000 });
    send(...STARTED);
    clock.pass(5000);
    send(caseFinished(SERVER.id, "1.1.1"), caseFailed(SERVER.id, "1.1.2"));
    clock.pass(16_000);
    send(cellFinished(SERVER.id));
    clock.pass(60_000);
    expect(screen.text.filter((line) => line.endsWith(" s") && !line.includes(" in "))).toEqual([
      "ws@8.23.0 preparing, 10 s",
      "ws@8.23.0/server/plain 2/3 played, 1 failed, 10 s",
      "ws@8.23.0/server/plain 2/3 played, 1 failed, 20 s",
    ]);
  });

  it("does not count a case twice that is reported again", () => {
    const { clock, screen, send } = setup("plain");
    send(...STARTED, caseFailed(SERVER.id, "1.1.1"), caseFailed(SERVER.id, "1.1.1"));
    clock.pass(10_000);
    expect(screen.text.at(-1)).toBe("ws@8.23.0/server/plain 1/3 played, 1 failed, 10 s");
  });

  it("stops telling of a target whose build failed", () => {
    const { clock, screen, send } = setup("plain");
    send({ type: "preparing", target: "ws", version: "8.23.0" });
    send(cellFinished(SERVER.id, { status: "build-failed", reason: "no", tally: EMPTY_TALLY }));
    clock.pass(30_000);
    expect(screen.text).toHaveLength(2);
  });

  it("tells at once of a target that was not made ready, and then no more", () => {
    const { clock, screen, send } = setup("plain");
    const label = { target: "ws", version: "8.23.0" };
    send({ type: "preparing", ...label });
    send({ type: "not-prepared", ...label, status: "build-failed", reason: "no compiler", duration: 10 });
    clock.pass(30_000);
    expect(screen.text).toEqual(["ws@8.23.0 preparing", "ws@8.23.0 build-failed: no compiler"]);
  });

  it("ends its timer", () => {
    const { clock, reporter } = setup("plain");
    reporter.close();
    reporter.close();
    expect(clock.timers).toBe(0);
  });
});

describe("live progress", () => {
  it("shows what goes on below what has ended", () => {
    const { clock, screen, send, reporter } = setup("tty");
    send(...STARTED, { type: "preparing", target: "other", version: null });
    send(caseFinished(SERVER.id, "1.1.1"), caseFailed(SERVER.id, "1.1.2"));
    clock.pass(2100);
    expect(screen.text).toEqual([
      "run r1, profile quick",
      "2 cells planned, 6 cases",
      "ws@8.23.0/server/plain  2/3 played, 1 failed, 2.1 s",
      "other                   preparing, 2.1 s",
      "0/2 cells, 2 played, 1 failed, 2.1 s",
    ]);
    send(cellFinished(SERVER.id));
    reporter.say("a message\nof two lines\n");
    clock.pass(1000);
    expect(screen.text).toEqual([
      "run r1, profile quick",
      "2 cells planned, 6 cases",
      "ws@8.23.0/server/plain ran in 5.0 s: 3 pass of 3",
      "a message",
      "of two lines",
      "other  preparing, 2.2 s",
      "1/2 cells, 2 played, 1 failed, 2.2 s",
    ]);
  });

  it("is drawn at most ten times a second, and once a second when nothing happens", () => {
    const { clock, screen, send } = setup("tty");
    send(...STARTED);
    clock.pass(100);
    const before = screen.writes.length;
    for (let index = 0; index < 100; index += 1) {
      send(caseFinished(SERVER.id, `1.1.${index}`));
      clock.pass(10);
    }
    expect(screen.writes.length - before).toBe(10);
    clock.pass(5000);
    expect(screen.writes.length - before).toBe(15);
  });

  it("gives the terminal back: no live line is left, and the cursor is there", () => {
    const { clock, screen, send, reporter, exitHooks } = setup("tty");
    send(...STARTED);
    clock.pass(100);
    expect(screen.cursorVisible).toBe(false);
    send({ type: "run-finished", exitCode: 0, duration: 100 });
    reporter.close();
    expect(screen.text).toEqual([
      "run r1, profile quick",
      "2 cells planned, 6 cases",
      "run finished in 0.1 s, exit code 0",
    ]);
    expect([screen.cursorVisible, clock.timers]).toEqual([true, 0]);
    const { length } = screen.writes;
    reporter.close();
    clock.pass(5000);
    expect(screen.writes).toHaveLength(length);
    expect(exitHooks()).toBe(0);
  });

  it("gives it back too when the process ends in between", () => {
    const { clock, screen, send, exit } = setup("tty");
    send(...STARTED);
    clock.pass(100);
    exit();
    expect(screen.cursorVisible).toBe(true);
    expect(screen.text).toHaveLength(2);
  });

  it("leaves a terminal alone that it has drawn nothing on", () => {
    const { screen, reporter } = setup("tty");
    reporter.close();
    expect(screen.writes).toEqual([]);
  });

  it.each([10, 20, 40, 60])("fits %i columns", (columns) => {
    const { clock, screen, send } = setup("tty");
    screen.columns = columns;
    const id = "日本語の長い名前@8.23.0/server/plain";
    send(RUN_STARTED, { type: "planned", cells: [{ ...SERVER, id }] }, { type: "cell-started", cell: id });
    clock.pass(1000);
    const live = screen.text.slice(2);
    expect(live).toHaveLength(2);
    expect(Math.max(...live.map(displayWidth))).toBeLessThan(columns);
  });

  it.each([0, undefined])("takes a size of %s for 80 columns and 24 rows", (size) => {
    const { clock, screen, send } = setup("tty");
    screen.columns = size;
    screen.rows = size;
    send(...STARTED, { type: "cell-started", cell: CLIENT.id });
    clock.pass(100);
    expect(screen.text.slice(2)).toEqual([
      "ws@8.23.0/server/plain  0/3 played, 0.1 s",
      "ws@8.23.0/client/plain  0/3 played, 0.1 s",
      "0/2 cells, 0 played, 0.1 s",
    ]);
  });

  it("shows no more than the screen holds", () => {
    const { clock, screen, send } = setup("tty");
    screen.rows = 6;
    const cells = Array.from({ length: 9 }, (_, index) => ({ ...SERVER, id: `t${index}/server/plain` }));
    send(RUN_STARTED, { type: "planned", cells });
    send(...cells.map(({ id }): NewEvent => ({ type: "cell-started", cell: id })));
    clock.pass(1000);
    expect(screen.text.slice(2)).toEqual([
      "t0/server/plain  0/3 played, 0.1 s",
      "t1/server/plain  0/3 played, 0.1 s",
      "... and 7 more",
      "0/9 cells, 0 played, 0.1 s",
    ]);
  });

  it("erases the rows that lines take in a window made narrower", () => {
    const { clock, screen, send } = setup("tty");
    send(...STARTED);
    clock.pass(1000);
    screen.columns = 20;
    const written = screen.writes.length;
    clock.pass(1000);
    // 41 and 26 columns of text are now 3 and 2 rows of 20.
    expect(screen.writes.slice(written).join("")).toContain("\u001B[5A");
  });
});

describe("progress as JSON", () => {
  it("is every event, and messages beside them", () => {
    const { clock, screen, send, reporter } = setup("json");
    clock.pass(500);
    send(...EVERY_EVENT);
    reporter.say("hello");
    const lines: unknown[] = screen.text.map((line) => JSON.parse(line));
    const events = EVERY_EVENT.map((event) => ({ ...event, at: 500 }));
    expect(lines).toEqual([...events, { type: "message", at: 500, text: "hello" }]);
  });
});

describe("no progress", () => {
  it("is still messages", () => {
    const { screen, send, reporter } = setup("none");
    send(...EVERY_EVENT);
    reporter.say("hello");
    reporter.close();
    expect(screen.text).toEqual(["hello"]);
  });
});

describe("what a target says", () => {
  it.each<ReporterName>(["plain", "json", "none"])("is harmless in %s progress", (name) => {
    const { screen, send, reporter } = setup(name);
    send(...EVIL_EVENTS);
    reporter.say(EVIL);
    expect(screen.writes.length).toBeGreaterThan(0);
    expect(harmfulCharacters(screen.writes.join(""))).toEqual([]);
  });

  it("is harmless in live progress", () => {
    const { clock, screen, send, reporter } = setup("tty");
    for (const event of EVIL_EVENTS) {
      send(event);
      clock.pass(1000);
    }
    reporter.say(EVIL);
    reporter.close();
    expect(harmfulCharacters(screen.writes.join("").replaceAll(LIVE_SEQUENCES, ""))).toEqual([]);
    expect(screen.text.some((line) => line.includes(String.raw`\x1b[2J\r\nx\u202e\x9b`))).toBe(true);
  });
});
