/** A clock that moves only when it is run, in ms. Equal times keep their order. */
export class VirtualClock {
  now = 0;
  #pending: { at: number; order: number; action: () => void }[] = [];
  #order = 0;

  /** Calls `action` in `delay` ms. */
  later(delay: number, action: () => void): void {
    const entry = { at: this.now + Math.max(0, delay), order: this.#order++, action };
    let index = this.#pending.length;
    while (index > 0 && this.#pending[index - 1]!.at > entry.at) index--;
    this.#pending.splice(index, 0, entry);
  }

  /** Time of the next action, or null. */
  get next(): number | null {
    return this.#pending[0]?.at ?? null;
  }

  /** Moves to the next action and does it. */
  step(): void {
    const entry = this.#pending.shift();
    if (entry === undefined) return;
    this.now = Math.max(this.now, entry.at);
    entry.action();
  }
}
