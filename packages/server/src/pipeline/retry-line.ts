/**
 * Writes that lost a race stand in line, one line for each account and Region, and go one at a time: without it many
 * writes to one key would lose to each other again and again, although each could be done.
 */
export class RetryLine {
  readonly #waiting = new Map<string, ((leave: () => void) => void)[]>();

  /** Calls `start` when everyone before has left; `leave` lets the next one start and must be called once. */
  enter(line: string, start: (leave: () => void) => void): void {
    const waiting = this.#waiting.get(line);
    if (waiting !== undefined) {
      waiting.push(start);
      return;
    }
    this.#waiting.set(line, []);
    this.#begin(line, start);
  }

  #begin(line: string, start: (leave: () => void) => void): void {
    start(() => {
      const next = this.#waiting.get(line)?.shift();
      if (next === undefined) this.#waiting.delete(line);
      // Not at once: a long line of writes that all refuse would nest as deep as it is long.
      else
        queueMicrotask(() => {
          this.#begin(line, next);
        });
    });
  }
}
