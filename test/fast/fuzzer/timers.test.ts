import { describe, expect, it } from "vitest";

import { Timers } from "../../../fuzzer/timers.ts";

describe("timers", () => {
  function noting() {
    const timers = new Timers();
    const ran: string[] = [];
    const add = (at: number, name: string) => timers.add(at, () => void ran.push(name));
    return { timers, ran, add };
  }

  it("run when due, in order of time and then of adding", () => {
    const { timers, ran, add } = noting();
    add(20, "c");
    add(10, "a");
    add(20, "d");
    add(10, "b");
    expect(timers.next).toBe(10);
    timers.run(9);
    expect(ran).toEqual([]);
    timers.run(10);
    expect([ran, timers.next]).toEqual([["a", "b"], 20]);
    timers.run(1_000);
    expect([ran, timers.next]).toEqual([["a", "b", "c", "d"], null]);
    timers.run(2_000);
    expect(ran).toHaveLength(4);
  });

  it("run what is added meanwhile, if it is due", () => {
    const { timers, ran, add } = noting();
    timers.add(10, () => {
      add(15, "late");
      add(10, "now");
      add(5, "overdue");
    });
    timers.run(10);
    expect([ran, timers.next]).toEqual([["overdue", "now"], 15]);
  });

  it("can be taken back, one or all, at any time", () => {
    const { timers, ran, add } = noting();
    const [a, b] = [add(10, "a"), add(20, "b")];
    add(30, "c");
    timers.cancel(a);
    timers.cancel(a);
    timers.cancel(null);
    expect(timers.next).toBe(20);
    timers.run(20);
    timers.cancel(b);
    expect([ran, timers.next]).toEqual([["b"], 30]);
    timers.clear();
    timers.run(100);
    expect([ran, timers.next]).toEqual([["b"], null]);
  });

  it("stop when one of them takes all others back", () => {
    const { timers, ran, add } = noting();
    timers.add(1, () => timers.clear());
    add(1, "never");
    timers.run(1);
    expect(ran).toEqual([]);
  });
});
