/** Characters of records that may wait in memory; tens of thousands of records. */
const mostCharacters = 32 * 1024 * 1024;
/** Records that are tried at once, so that a request finds out cheaply that the disk is still full. */
const recordsAtOnce = 256;

/**
 * Records that could not be written. They wait in order, up to a bound: while the journal is closed nothing acts, so
 * what a flood adds are refusals. Beyond the bound they are counted, and the count becomes a record.
 */
export class OwedRecords {
  readonly #describeGap: (records: number) => string;
  #waiting: string[] = [];
  #paid = 0;
  #characters = 0;
  #dropped = 0;

  constructor(describeGap: (records: number) => string) {
    this.#describeGap = describeGap;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === this.#paid && this.#dropped === 0;
  }

  get hasDropped(): boolean {
    return this.#dropped > 0;
  }

  add(records: readonly string[]): void {
    for (const record of records) {
      if (this.#dropped > 0 || this.#characters + record.length > mostCharacters) {
        this.#dropped++;
        continue;
      }
      this.#waiting.push(record);
      this.#characters += record.length;
    }
  }

  /** What goes next; undefined when nothing waits. */
  next(): readonly string[] | undefined {
    if (this.#paid < this.#waiting.length) return this.#waiting.slice(this.#paid, this.#paid + recordsAtOnce);
    return this.#dropped > 0 ? [this.#describeGap(this.#dropped)] : undefined;
  }

  /** What `next` answered is written. */
  paid(records: readonly string[]): void {
    if (this.#paid === this.#waiting.length) {
      this.#dropped = 0;
      return;
    }
    this.#paid += records.length;
    for (const record of records) this.#characters -= record.length;
    if (this.#paid < this.#waiting.length) return;
    this.#waiting = [];
    this.#paid = 0;
  }
}
