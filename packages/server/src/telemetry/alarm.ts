/** Something that an operator must look at. Never holds a secret; one line of JSON on standard error. */
export class Alarm {
  readonly #write: (line: string) => void;
  readonly #lastAt = new Map<string, number>();
  readonly #monotonicNow: () => number;

  constructor(write: (line: string) => void, monotonicNow: () => number) {
    this.#write = write;
    this.#monotonicNow = monotonicNow;
  }

  /** At most one line a second for each kind of event: a flood must not fill the disk. */
  raise(event: string, details: Readonly<Record<string, string | number>>): void {
    const now = this.#monotonicNow();
    const last = this.#lastAt.get(event);
    if (last !== undefined && now - last < 1000) return;
    this.#lastAt.set(event, now);
    this.#write(`${JSON.stringify({ level: 'alarm', event, ...details })}\n`);
  }
}
