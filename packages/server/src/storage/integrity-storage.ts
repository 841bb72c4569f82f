import { andThen, type Maybe } from '../maybe.ts';
import type { SnapshotOf, Storage } from './port.ts';
import type { Query, RowsOf } from './query.ts';
import { RowIntegrityError, type RowProtector } from './row-protection.ts';
import type { SqlValue } from './table.ts';
import { type CommitResult, keyOf, type UnitOfWork } from './unit-of-work.ts';

type Values = Readonly<Record<string, SqlValue>>;

/** A storage whose every row is verified before anyone sees it: the database itself is not trusted. */
export class IntegrityStorage implements Storage {
  readonly #inner: Storage;
  readonly #protector: RowProtector;

  constructor(inner: Storage, protector: RowProtector) {
    this.#inner = inner;
    this.#protector = protector;
  }

  snapshot<const Queries extends readonly Query[]>(...queries: Queries): Maybe<SnapshotOf<Queries>> {
    return andThen(this.#inner.snapshot<Queries>(...queries), (rows) => {
      this.#verify(queries, rows);
      return rows;
    });
  }

  /**
   * The rows of a query that are sound; `onBad` hears of each of the others. For jobs, which go through the rows of
   * many keys: one bad row must not keep the others from being rotated or destroyed.
   */
  async soundRows<const Q extends Query>(
    query: Q,
    onBad: (error: RowIntegrityError) => void,
  ): Promise<RowsOf<Q>> {
    const [rows] = await this.#inner.snapshot(query);
    return this.#sound(query, rows, onBad);
  }

  /**
   * A page of a walk in the order of the primary keys: its sound rows, how many there were, and where the next page
   * begins (undefined after the last). `onBad` hears of each row that is not sound.
   */
  async soundPage<const Q extends Query>(
    query: Q,
    onBad: (error: RowIntegrityError) => void,
  ): Promise<{
    readonly rows: RowsOf<Q>;
    readonly read: number;
    readonly next: readonly SqlValue[] | undefined;
  }> {
    const [rows] = await this.#inner.snapshot(query);
    const last = rows.at(-1) as Values | undefined;
    return {
      rows: this.#sound(query, rows, onBad),
      read: rows.length,
      next: last === undefined ? undefined : keyOf(query.table, last),
    };
  }

  commit(unit: UnitOfWork): Promise<CommitResult> {
    return this.#inner.commit(unit);
  }

  trimOutbox(upToSequence: number): void {
    this.#inner.trimOutbox(upToSequence);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #sound<Q extends Query>(
    { table }: Q,
    rows: readonly Values[],
    onBad: (error: RowIntegrityError) => void,
  ): RowsOf<Q> {
    return rows.filter((row) => {
      const isSound = this.#protector.isSound(table, row);
      if (!isSound) onBad(new RowIntegrityError(table, row));
      return isSound;
    }) as readonly unknown[] as RowsOf<Q>;
  }

  #verify(queries: readonly Query[], answers: readonly (readonly object[])[]): void {
    for (const [index, query] of queries.entries()) {
      for (const row of answers[index] ?? []) this.#protector.verify(query.table, row as Values);
    }
  }
}
