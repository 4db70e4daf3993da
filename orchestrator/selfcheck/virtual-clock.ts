/** A clock that moves only when it is run, in ms. Equal times keep their order. */
export class VirtualClock {
  now = 0;
  /** In order of time; those before `#first` are done. Taking them off one by one would be slow for many. */
  #actions: { readonly at: number; readonly action: () => void }[] = [];
  #first = 0;

  /** Calls `action` in `delay` ms. */
  later(delay: number, action: () => void): void {
    const at = this.now + Math.max(0, delay);
    let index = this.#actions.length;
    while (index > this.#first && this.#actions[index - 1]!.at > at) index--;
    if (index === this.#actions.length) this.#actions.push({ at, action });
    else this.#actions.splice(index, 0, { at, action });
  }

  /** Time of the next action, or null. */
  get next(): number | null {
    return this.#actions[this.#first]?.at ?? null;
  }

  /** Moves to the next action and does it. */
  step(): void {
    const entry = this.#actions[this.#first];
    if (entry === undefined) return;
    this.#first++;
    if (this.#first === this.#actions.length || this.#first === 4_096) {
      this.#actions = this.#actions.slice(this.#first);
      this.#first = 0;
    }
    this.now = Math.max(this.now, entry.at);
    entry.action();
  }
}
