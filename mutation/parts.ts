/** A list without all, a half, a quarter ... of it, down to single entries or parts of so many. */
export function* withoutParts<T>(list: readonly T[], least = 1): Generator<readonly T[]> {
  for (let size = list.length; size >= Math.max(1, least); size = Math.floor(size / 2))
    for (let at = 0; at < list.length; at += size) yield list.toSpliced(at, size);
}
