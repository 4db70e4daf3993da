import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Machine } from "../../../../orchestrator/play/machine.ts";

type Kind = "bulk" | "quiet";

/** Asks a machine to let plays in, and knows which are open. */
class Door {
  readonly machine = new Machine();
  /** Names of plays, in the order in which they were let in. */
  readonly entered: string[] = [];
  readonly open = new Map<string, { readonly kind: Kind; readonly leave: () => void }>();

  async ask(...plays: readonly (readonly [name: string, kind: Kind])[]): Promise<void> {
    for (const [name, kind] of plays) {
      void this.machine.enter(kind).then((leave) => {
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

describe("bulk cases and quiet plays", () => {
  it("go on beside their like", async () => {
    const door = new Door();
    await door.ask(["a", "bulk"], ["b", "bulk"]);
    expect(door.entered).toEqual(["a", "b"]);
    await door.leave("a", "b");
    await door.ask(["c", "quiet"], ["d", "quiet"]);
    expect(door.entered).toEqual(["a", "b", "c", "d"]);
  });

  it.each<[Kind, Kind]>([
    ["bulk", "quiet"],
    ["quiet", "bulk"],
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
    await door.ask(["a", "bulk"], ["b", "quiet"], ["c", "bulk"], ["d", "quiet"]);
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
    await door.ask(["a", "bulk"], ["b", "quiet"], ["c", "quiet"], ["d", "bulk"], ["e", "quiet"]);
    await door.leave("a");
    expect(door.entered).toEqual(["a", "b", "c"]);
  });

  it("never overlap, keep their order and are all let in, whoever asks and leaves when", async () => {
    const someKind = fc.constantFrom<Kind>("bulk", "quiet");
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
    const leave = await machine.enter("bulk");
    const window = machine.window();
    expect(window.close()).toBe(false);
    leave();
  });

  it("is not quiet when a bulk case came and went in it", async () => {
    using machine = new Machine();
    const window = machine.window();
    const leave = await machine.enter("bulk");
    leave();
    expect(window.close()).toBe(false);
  });

  it("is not quiet when a bulk case ended in it that was open before", async () => {
    using machine = new Machine();
    const leave = await machine.enter("bulk");
    const window = machine.window();
    leave();
    expect(window.close()).toBe(false);
  });

  it("is quiet when a bulk case came and went, and the loop was blocked, while that did not matter", async () => {
    using machine = new Machine();
    const window = machine.window([
      { from: 0, to: 20 },
      { from: 2_000, to: Infinity },
    ]);
    await sleep(60);
    (await machine.enter("bulk"))();
    await sleep(30);
    block(300);
    await sleep(60);
    expect(window.close()).toBe(true);
  });

  it("is not quiet when a bulk case was open both before and in a time that matters", async () => {
    using machine = new Machine();
    const window = machine.window([{ from: 60, to: Infinity }]);
    const leave = await machine.enter("bulk");
    await sleep(100);
    leave();
    expect(window.close()).toBe(false);
  });

  it("is quiet beside quiet plays, and after a bulk case", async () => {
    using machine = new Machine();
    (await machine.enter("bulk"))();
    const leave = await machine.enter("quiet");
    await sleep(1);
    expect(machine.window().close()).toBe(true);
    leave();
  });
});

/** Keeps the event loop from running for so many ms. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
