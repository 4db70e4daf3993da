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

/**
 * Does `work` on each item once it is ready, at most `width` at once; of those that are ready the first comes
 * first. Rejects with the first error of `ready` or `work`, once what was going on has ended.
 */
export async function inPoolWhenReady<T>(
  items: readonly T[],
  width: number,
  ready: (item: T) => Promise<unknown>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const order = new Map(items.map((item, index) => [item, index]));
  const waiting = new Set(items);
  const able: T[] = [];
  let failure: { readonly error: unknown } | null = null;
  let wake = Promise.withResolvers<void>();
  const changed = () => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  const fail = (error: unknown) => {
    failure ??= { error };
    changed();
  };
  for (const item of items) {
    ready(item).then(() => {
      waiting.delete(item);
      able.push(item);
      able.sort((a, b) => order.get(a)! - order.get(b)!);
      changed();
    }, fail);
  }
  const worker = async () => {
    while (failure === null && (able.length > 0 || waiting.size > 0)) {
      const item = able.shift();
      if (item === undefined) await wake.promise;
      else await work(item).catch(fail);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  if (failure !== null) throw (failure as { readonly error: unknown }).error;
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
