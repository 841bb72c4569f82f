/** Something that an operator must look at. Never holds a secret; one line of JSON on standard error. */
export class Alarm {
  readonly #write: (line: string) => void;
  readonly #lastAt = new Map<string, number>();
  readonly #suppressed = new Map<string, number>();
  readonly #monotonicNow: () => number;

  constructor(write: (line: string) => void, monotonicNow: () => number) {
    this.#write = write;
    this.#monotonicNow = monotonicNow;
  }

  /**
   * At most one line a second for each kind of event: a flood must not fill the disk. The next line of the kind says how
   * many there were in between.
   */
  raise(event: string, details: Readonly<Record<string, string | number>>): void {
    const now = this.#monotonicNow();
    const last = this.#lastAt.get(event);
    const suppressed = this.#suppressed.get(event) ?? 0;
    if (last !== undefined && now - last < 1000) {
      this.#suppressed.set(event, suppressed + 1);
      return;
    }
    this.#lastAt.set(event, now);
    this.#suppressed.delete(event);
    const more = suppressed === 0 ? {} : { suppressed };
    this.#write(`${JSON.stringify({ level: 'alarm', event, ...details, ...more })}\n`);
  }
}
