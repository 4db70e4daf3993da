/**
 * Does `work` on each item, at most `width` at once, in their order. Rejects with the first error, once what
 * was going on has ended.
 */
export async function inPool<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  let failed = false;
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined && !failed; item = queue.shift()) {
      await work(item).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  const results = await Promise.allSettled(Array.from({ length: Math.min(width, items.length) }, worker));
  const rejected = results.find((result) => result.status === "rejected");
  if (rejected !== undefined) throw rejected.reason;
}

/** Lets work that needs the same thing, by its key, be done one after the other. */
export class Exclusive {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Does `work` once all earlier work with this key has ended; a null key needs nothing. */
  async do<T>(key: string | null, work: () => Promise<T>): Promise<T> {
    if (key === null) return work();
    const before = this.#last.get(key) ?? Promise.resolve();
    const result = before.then(work);
    this.#last.set(
      key,
      result.catch(() => {}),
    );
    return result;
  }
}
