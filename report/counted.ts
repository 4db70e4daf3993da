/** A number of things in words: `1 case`, `2 cases`, `2 entries`. */
export function counted(amount: number, noun: string, plural = `${noun}s`): string {
  return `${amount} ${amount === 1 ? noun : plural}`;
}
