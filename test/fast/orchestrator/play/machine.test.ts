import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Canary, canarySlots } from "../../../../orchestrator/play/canary.ts";
import { type Entrance as Kind, Machine } from "../../../../orchestrator/play/machine.ts";

/** Two targets. */
const [one, other] = [{}, {}];

/** Asks a machine to let plays in, and knows which are open. */
class Door {
  readonly machine = new Machine();
  /** Names of plays, in the order in which they were let in. */
  readonly entered: string[] = [];
  readonly open = new Map<string, { readonly kind: Kind; readonly leave: () => void }>();

  async ask(...plays: readonly (readonly [name: string, kind: Kind])[]): Promise<void> {
    for (const [name, kind] of plays) {
      void this.machine.enter(kind, one).then((leave) => {
        this.entered.push(name);
        this.open.set(name, { kind, leave });
      });
    }
    await turn();
  }

  async leave(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      this.open.get(name)!.leave();
      this.open.delete(name);
    }
    await turn();
  }

  kinds(): ReadonlySet<Kind> {
    return new Set([...this.open.values()].map(({ kind }) => kind));
  }
}

describe("bulk cases and silent plays", () => {
  it("go on beside their like", async () => {
    const door = new Door();
    await door.ask(["a", "bulk"], ["b", "bulk"]);
    expect(door.entered).toEqual(["a", "b"]);
    await door.leave("a", "b");
    await door.ask(["c", "silent"], ["d", "silent"]);
    expect(door.entered).toEqual(["a", "b", "c", "d"]);
  });

  it.each<[Kind, Kind]>([
    ["bulk", "silent"],
    ["silent", "bulk"],
  ])("never overlap: of %s, all have to leave before any %s is let in", async (first, second) => {
    const door = new Door();
    await door.ask(["a", first], ["b", first], ["c", second]);
    expect(door.entered).toEqual(["a", "b"]);
    await door.leave("a");
    expect(door.entered).toEqual(["a", "b"]);
    await door.leave("b");
    expect(door.entered).toEqual(["a", "b", "c"]);
  });

  it("are let in in the order of asking, so that nobody is passed for ever", async () => {
    const door = new Door();
    await door.ask(["a", "bulk"], ["b", "silent"], ["c", "bulk"], ["d", "silent"]);
    expect(door.entered).toEqual(["a"]);
    await door.leave("a");
    expect(door.entered).toEqual(["a", "b"]);
    await door.leave("b");
    expect(door.entered).toEqual(["a", "b", "c"]);
    await door.leave("c");
    expect(door.entered).toEqual(["a", "b", "c", "d"]);
  });

  it("that wait side by side are let in together", async () => {
    const door = new Door();
    await door.ask(["a", "bulk"], ["b", "silent"], ["c", "silent"], ["d", "bulk"], ["e", "silent"]);
    await door.leave("a");
    expect(door.entered).toEqual(["a", "b", "c"]);
  });

  it("never overlap, keep their order and are all let in, whoever asks and leaves when", async () => {
    const someKind = fc.constantFrom<Kind>("bulk", "silent");
    const someSteps = fc.array(fc.oneof(someKind, fc.record({ leave: fc.nat() })), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(someSteps, async (steps) => {
        const door = new Door();
        let asked = 0;
        for (const step of steps) {
          if (typeof step === "string") await door.ask([String(asked++), step]);
          else if (door.open.size > 0) await door.leave([...door.open.keys()][step.leave % door.open.size]!);
          expect(door.kinds().size).toBeLessThan(2);
        }
        while (door.open.size > 0) {
          await door.leave([...door.open.keys()][0]!);
          expect(door.kinds().size).toBeLessThan(2);
        }
        expect(door.entered).toEqual(Array.from({ length: asked }, (_, name) => String(name)));
      }),
      { numRuns: 50 },
    );
  });
});

describe("a window", () => {
  it("is quiet when nothing happens in it", () => {
    using machine = new Machine();
    expect(machine.window().close()).toBe(true);
  });

  it("is not quiet when the loop was blocked at its end, before any look at it", () => {
    using machine = new Machine();
    const window = machine.window();
    block(300);
    expect(window.close()).toBe(false);
  });

  it("is not quiet when the loop was blocked in the midst of it", async () => {
    using machine = new Machine();
    const window = machine.window();
    block(300);
    await sleep(60);
    expect(window.close()).toBe(false);
  });

  it("does not suffer from what was before it", async () => {
    using machine = new Machine();
    const first = machine.window();
    block(300);
    await sleep(60);
    first.close();
    expect(machine.window().close()).toBe(true);
  });

  it("is not quiet beside an open bulk case", async () => {
    using machine = new Machine();
    const leave = await machine.enter("bulk", one);
    const window = machine.window();
    expect(window.close()).toBe(false);
    leave();
  });

  it("is not quiet when a bulk case came and went in it", async () => {
    using machine = new Machine();
    const window = machine.window();
    const leave = await machine.enter("bulk", one);
    leave();
    expect(window.close()).toBe(false);
  });

  it("is not quiet when a bulk case ended in it that was open before", async () => {
    using machine = new Machine();
    const leave = await machine.enter("bulk", one);
    const window = machine.window();
    leave();
    expect(window.close()).toBe(false);
  });

  it("is quiet when a bulk case came and went, and the loop was blocked, while that did not matter", async () => {
    using machine = new Machine();
    const window = machine.window({
      spans: [
        { from: 0, to: 20 },
        { from: 2_000, to: Infinity },
      ],
    });
    await sleep(60);
    (await machine.enter("bulk", one))();
    await sleep(30);
    block(300);
    await sleep(60);
    expect(window.close()).toBe(true);
  });

  it("is not quiet when a bulk case was open both before and in a time that matters", async () => {
    using machine = new Machine();
    const window = machine.window({ spans: [{ from: 60, to: Infinity }] });
    const leave = await machine.enter("bulk", one);
    await sleep(100);
    leave();
    expect(window.close()).toBe(false);
  });

  it("is quiet beside silent plays, and after a bulk case", async () => {
    using machine = new Machine();
    (await machine.enter("bulk", one))();
    const leave = await machine.enter("silent", one);
    await sleep(1);
    expect(machine.window().close()).toBe(true);
    leave();
  });

  it.each([
    ["its own target is at work", one, false],
    ["another target is at work", other, true],
  ])("that heeds one target's bulk cases: %s", async (_, owner, quiet) => {
    using machine = new Machine();
    const window = machine.window({ heeds: one });
    (await machine.enter("bulk", owner))();
    expect(window.close()).toBe(quiet);
  });

  it("counts the targets that are at work on bulk cases, and the one that asks", async () => {
    using machine = new Machine();
    expect(machine.sharers(one)).toBe(1);
    const leave = [await machine.enter("bulk", other), await machine.enter("bulk", other)];
    expect([machine.sharers(one), machine.sharers(other)]).toEqual([2, 1]);
    for (const each of leave) each();
    expect(machine.sharers(one)).toBe(1);
  });
});

describe("a canary", () => {
  /** What a thread would write: that it looked, so many ms ago, and how late it was before. */
  class Thread {
    readonly slots = new BigInt64Array(new SharedArrayBuffer(8 * canarySlots.count));
    constructor() {
      this.looked(0);
    }
    looked(msAgo: number): void {
      this.slots[canarySlots.lastLook] = ago(msAgo);
    }
    late(from: number, to: number): void {
      const count = Number(this.slots[canarySlots.lateLooks]);
      this.slots[canarySlots.lateLooks] = BigInt(count + 1);
      const at = canarySlots.ring + 2 * (count % canarySlots.kept);
      [this.slots[at], this.slots[at + 1]] = [ago(from), ago(to)];
    }
  }

  it("leaves a window quiet as long as it sings", () => {
    using machine = new Machine(new Canary(new Thread().slots));
    expect(machine.window({ heeds: one }).close()).toBe(true);
  });

  it("disturbs a window by a late look in it, and none behind that", () => {
    const thread = new Thread();
    using machine = new Machine(new Canary(thread.slots));
    const window = machine.window();
    thread.late(150, 0);
    expect(window.close()).toBe(false);
    expect(machine.window().close()).toBe(true);
  });

  it("disturbs no window by a look that was late while that did not matter", () => {
    const thread = new Thread();
    using machine = new Machine(new Canary(thread.slots));
    const window = machine.window({ spans: [{ from: 60_000, to: Infinity }] });
    thread.late(150, 0);
    expect(window.close()).toBe(true);
  });

  it("disturbs a window by a look that has not come yet", () => {
    const thread = new Thread();
    using machine = new Machine(new Canary(thread.slots));
    const window = machine.window();
    thread.looked(200);
    expect(window.close()).toBe(false);
  });

  it("disturbs a window in which it was late more often than can be kept", () => {
    const thread = new Thread();
    using machine = new Machine(new Canary(thread.slots));
    const window = machine.window({ spans: [{ from: 60_000, to: Infinity }] });
    for (let i = 0; i <= canarySlots.kept; i++) thread.late(150, 0);
    expect(window.close()).toBe(false);
  });

  it("is a thread of its own: it looks at the clock while the loop does not run", async () => {
    using canary = new Canary();
    await sleep(1_200);
    const since = performance.now();
    // Had it not begun by now, or were it the loop that looks, this would be late.
    block(200);
    expect(canary.wasLate(since, [{ from: 0, to: Infinity }], canary.lateLooks)).toBe(false);
  });
});

/** A moment so many ms ago, on the clock that all threads share. */
function ago(ms: number): bigint {
  return process.hrtime.bigint() - BigInt(Math.round(ms * 1e6));
}

/** Keeps the event loop from running for so many ms. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
