import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";

import { Exclusive, inPool, inPoolWhenReady } from "../../../../orchestrator/play/pool.ts";

/** Pieces of work that begin when the pool says so and end when the test does. */
class Bench {
  /** In the order in which they began. */
  readonly begun: string[] = [];
  readonly #ends = new Map<string, PromiseWithResolvers<void>>();
  readonly #ready = new Map<string, PromiseWithResolvers<void>>();

  readonly work = (item: string): Promise<void> => {
    this.begun.push(item);
    return this.#of(this.#ends, item).promise;
  };

  readonly ready = (item: string): Promise<void> => this.#of(this.#ready, item).promise;

  async getReady(...items: readonly string[]): Promise<void> {
    for (const item of items) this.#of(this.#ready, item).resolve();
    await turn();
  }

  async failToGetReady(item: string, reason: string): Promise<void> {
    this.#of(this.#ready, item).reject(new Error(reason));
    await turn();
  }

  async end(...items: readonly string[]): Promise<void> {
    for (const item of items) this.#of(this.#ends, item).resolve();
    await turn();
  }

  async fail(item: string, reason: string): Promise<void> {
    this.#of(this.#ends, item).reject(new Error(reason));
    await turn();
  }

  #of(map: Map<string, PromiseWithResolvers<void>>, item: string): PromiseWithResolvers<void> {
    const known = map.get(item) ?? Promise.withResolvers<void>();
    map.set(item, known);
    return known;
  }
}

/** What has become of a promise so far. */
function watch(promise: Promise<unknown>): { state: string } {
  const seen = { state: "pending" };
  promise.then(
    () => (seen.state = "resolved"),
    (error: unknown) => (seen.state = `rejected: ${error instanceof Error ? error.message : String(error)}`),
  );
  return seen;
}

describe("a pool", () => {
  it("begins as many as it is wide, in their order, and the next when one ends", async () => {
    const bench = new Bench();
    const pool = watch(inPool(["a", "b", "c", "d"], 2, bench.work));
    await turn();
    expect(bench.begun).toEqual(["a", "b"]);
    await bench.end("b");
    expect(bench.begun).toEqual(["a", "b", "c"]);
    await bench.end("a", "c");
    expect(bench.begun).toEqual(["a", "b", "c", "d"]);
    expect(pool.state).toBe("pending");
    await bench.end("d");
    expect(pool.state).toBe("resolved");
  });

  it("does nothing with nothing, and is not wider than what there is", async () => {
    const bench = new Bench();
    expect(await inPool([], 3, bench.work)).toBeUndefined();
    const pool = watch(inPool(["a"], 100, bench.work));
    await bench.end("a");
    expect({ begun: bench.begun, state: pool.state }).toEqual({ begun: ["a"], state: "resolved" });
  });

  it("begins nothing after an error, and rejects with the first once what was going on has ended", async () => {
    const bench = new Bench();
    const pool = watch(inPool(["a", "b", "c", "d", "e"], 3, bench.work));
    await turn();
    await bench.fail("b", "first");
    expect(pool.state).toBe("pending");
    await bench.end("a");
    expect(pool.state).toBe("pending");
    await bench.end("c");
    expect(pool.state).toBe("rejected: first");
    expect(bench.begun).toEqual(["a", "b", "c"]);
  });
});

describe("a pool of what has to get ready first", () => {
  it("takes the first of what is ready, and never more than it is wide", async () => {
    const bench = new Bench();
    const pool = watch(inPoolWhenReady(["a", "b", "c", "d"], 2, bench.ready, bench.work));
    await turn();
    expect(bench.begun).toEqual([]);
    await bench.getReady("d");
    expect(bench.begun).toEqual(["d"]);
    await bench.getReady("c");
    expect(bench.begun).toEqual(["d", "c"]);
    await bench.getReady("b");
    await bench.getReady("a");
    expect(bench.begun).toEqual(["d", "c"]);
    await bench.end("d");
    expect(bench.begun).toEqual(["d", "c", "a"]);
    await bench.end("c");
    expect(bench.begun).toEqual(["d", "c", "a", "b"]);
    await bench.end("a");
    expect(pool.state).toBe("pending");
    await bench.end("b");
    expect(pool.state).toBe("resolved");
  });

  it("does all of many items once, whatever the order in which they get ready", async () => {
    const items = Array.from({ length: 40 }, (_, index) => String(index));
    const bench = new Bench();
    const pool = watch(inPoolWhenReady(items, 3, bench.ready, bench.work));
    for (const [index] of items.entries()) await bench.getReady(items[(index * 17) % items.length]!);
    while (pool.state === "pending") await bench.end(...bench.begun);
    expect(pool.state).toBe("resolved");
    expect(bench.begun.toSorted((a, b) => Number(a) - Number(b))).toEqual(items);
  });

  it("rejects when one does not get ready, once what was going on has ended, and begins no more", async () => {
    const bench = new Bench();
    const pool = watch(inPoolWhenReady(["a", "b", "c"], 2, bench.ready, bench.work));
    await bench.getReady("a");
    await bench.failToGetReady("b", "not ready");
    expect(pool.state).toBe("pending");
    await bench.getReady("c");
    expect(bench.begun).toEqual(["a"]);
    await bench.end("a");
    expect(pool.state).toBe("rejected: not ready");
  });

  it("rejects when work fails, though others never get ready", async () => {
    const bench = new Bench();
    const pool = watch(inPoolWhenReady(["a", "b", "c"], 2, bench.ready, bench.work));
    await bench.getReady("a", "b");
    await bench.fail("a", "work failed");
    expect(pool.state).toBe("pending");
    await bench.fail("b", "later");
    expect(pool.state).toBe("rejected: work failed");
    expect(bench.begun).toEqual(["a", "b"]);
  });

  it("does nothing with nothing", async () => {
    const bench = new Bench();
    expect(await inPoolWhenReady([], 2, bench.ready, bench.work)).toBeUndefined();
  });
});

describe("exclusive use", () => {
  it("does work of one key one after the other, in the order of asking", async () => {
    const bench = new Bench();
    const exclusive = new Exclusive();
    const all = ["a", "b", "c"].map((item) => exclusive.do("9001", () => bench.work(item)));
    await turn();
    expect(bench.begun).toEqual(["a"]);
    await bench.end("a");
    expect(bench.begun).toEqual(["a", "b"]);
    await bench.end("b", "c");
    await Promise.all(all);
    expect(bench.begun).toEqual(["a", "b", "c"]);
  });

  it("lets work of other keys, and of none, be done beside it", async () => {
    const bench = new Bench();
    const exclusive = new Exclusive();
    void exclusive.do("9001", () => bench.work("a"));
    void exclusive.do("9002", () => bench.work("b"));
    void exclusive.do(null, () => bench.work("c"));
    void exclusive.do(null, () => bench.work("d"));
    await turn();
    expect(bench.begun.toSorted()).toEqual(["a", "b", "c", "d"]);
  });

  it("hands results and errors to who asked, and goes on after an error", async () => {
    const exclusive = new Exclusive();
    const failing = exclusive.do("9001", () => Promise.reject(new Error("no")));
    const next = exclusive.do("9001", () => Promise.resolve(7));
    await expect(failing).rejects.toThrow("no");
    expect(await next).toBe(7);
  });
});
