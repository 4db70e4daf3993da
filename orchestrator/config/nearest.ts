/**
 * The known word that an unknown one was most likely meant to be; null when none is near enough.
 * The first of equally near ones is taken.
 */
export function nearest(word: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let bound = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase(), bound);
    if (distance >= bound) continue;
    best = candidate;
    bound = distance;
  }
  return best;
}

/**
 * How many insertions, deletions, substitutions and swaps of neighbours make one word of the other
 * (optimal string alignment). Words whose lengths differ by `bound` or more are not looked at: `bound`.
 */
export function editDistance(from: string, to: string, bound = Infinity): number {
  if (Math.abs(from.length - to.length) >= bound) return bound;
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= from.length; row++) rows.push(nextRow(from, to, row, rows));
  return rows[from.length]?.[to.length] ?? 0;
}

function nextRow(from: string, to: string, row: number, rows: readonly (readonly number[])[]): number[] {
  const at = (r: number, c: number): number => rows[r]?.[c] ?? Infinity;
  const line = [row];
  for (let column = 1; column <= to.length; column++) {
    const same = from[row - 1] === to[column - 1];
    const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
    line.push(
      Math.min(
        at(row - 1, column) + 1,
        (line[column - 1] ?? Infinity) + 1,
        at(row - 1, column - 1) + (same ? 0 : 1),
        swapped ? at(row - 2, column - 2) + 1 : Infinity,
      ),
    );
  }
  return line;
}
