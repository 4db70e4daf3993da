/** Ms that {@link OpenCases.whenNone} waits at the most; longer than any timer-bound case goes on when its client is done. */
export const casesPatience = 5_000;

/** The cases that clients have open, by their agents. */
export class OpenCases {
  readonly #open = new Map<string, number>();
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Of all agents. */
  get count(): number {
    return [...this.#open.values()].reduce((sum, open) => sum + open, 0);
  }

  /** A case of the agent's begins. */
  begin(agent: string): void {
    this.#open.set(agent, (this.#open.get(agent) ?? 0) + 1);
  }

  /** One of them has ended. */
  end(agent: string): void {
    const left = this.#open.get(agent)! - 1;
    if (left > 0) return void this.#open.set(agent, left);
    this.#open.delete(agent);
    for (const act of this.#waiting.get(agent) ?? []) act();
  }

  /** Does something, now or once the agent has none open any more, or after {@link casesPatience}. */
  whenNone(agent: string, action: () => void): void {
    if (!this.#open.has(agent)) return action();
    const waiting = this.#waiting.get(agent) ?? new Set();
    this.#waiting.set(agent, waiting);
    const act = () => {
      clearTimeout(alarm);
      waiting.delete(act);
      if (waiting.size === 0) this.#waiting.delete(agent);
      action();
    };
    const alarm = setTimeout(act, casesPatience);
    alarm.unref();
    waiting.add(act);
  }
}
