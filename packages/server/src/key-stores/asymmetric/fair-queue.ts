/**
 * What waits, one line for each account. The lines take turns, so that an account that asks for much waits for itself and
 * holds up no other.
 */
export class FairQueue<Item> {
  /** The line whose turn is next stands first; none is empty. */
  readonly #lines = new Map<string, Item[]>();

  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  push(accountId: string, item: Item): void {
    const line = this.#lines.get(accountId);
    if (line === undefined) this.#lines.set(accountId, [item]);
    else line.push(item);
  }

  /** The next item; its account's next turn comes after everyone else's. */
  shift(): Item | undefined {
    for (const [accountId, line] of this.#lines) {
      const item = line.shift();
      this.#lines.delete(accountId);
      if (line.length > 0) this.#lines.set(accountId, line);
      return item;
    }
    return undefined;
  }

  /** How many items of one account wait. */
  lengthOf(accountId: string): number {
    return this.#lines.get(accountId)?.length ?? 0;
  }

  /** Takes out all items that `isWanted` accepts, in the order of each line. */
  take(isWanted: (item: Item) => boolean): readonly Item[] {
    const taken: Item[] = [];
    for (const [accountId, line] of this.#lines) {
      const kept: Item[] = [];
      for (const item of line) (isWanted(item) ? taken : kept).push(item);
      if (kept.length > 0) this.#lines.set(accountId, kept);
      else this.#lines.delete(accountId);
    }
    return taken;
  }
}
