import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { select } from '../storage/query.ts';
import { RowIntegrityError } from '../storage/row-protection.ts';
import type { SqlValue } from '../storage/table.ts';
import { installationTable } from '../storage/tables.ts';
import { keyOf } from '../storage/unit-of-work.ts';
import { DomainKeyUse } from './domain-key-use.ts';
import type { ExaminedStore } from './examined-store.ts';
import { type Finding, identityOf, printable } from './finding.ts';
import { type AnyRow, type Flaw, keyText, type RowCheck } from './row-check.ts';
import { readPages } from './row-pages.ts';
import { storeChecks } from './store-checks.ts';

/** What was done without a pause. */
export interface StoreSlice {
  readonly table: string;
  /** Rows that were looked at. */
  readonly rows: number;
  readonly findings: readonly Finding[];
}

/** After this long the event loop goes on with something else. */
export const mostSliceMs = 1;

/** A row that was written again this often while it was looked at is in use, not damaged. */
const mostReadings = 5;

const mostRemembered = 1000;

/**
 * Reads every row of a store and tells of everything that is not as Keyhaven writes it. Memory does not grow with the
 * store, and the event loop goes on after each slice. It changes nothing. A store that is written meanwhile gives no
 * false finding: what looks wrong is looked at again, all that it rests on in one snapshot.
 */
export async function* verifyStore(store: ExaminedStore, clock: Clock): AsyncGenerator<StoreSlice> {
  const examination = new StoreExamination(store);
  for (const check of storeChecks) {
    let seen = 0;
    for await (const { rows, finding } of readPages(store.storage, check.table)) {
      const table = check.table.name;
      if (finding !== undefined) yield { table, rows: 1, findings: [finding] };
      for (let from = 0; from < rows.length;) {
        const until = clock.monotonicNow() + mostSliceMs;
        const start = from;
        const findings: Finding[] = [];
        do {
          const row = rows[from++];
          if (row !== undefined) findings.push(...(await examination.examine(check, row)));
        } while (from < rows.length && clock.monotonicNow() < until);
        yield { table, rows: from - start, findings };
        await nextTurn();
      }
      seen += rows.length;
    }
    if (check.table.name === installationTable.name && seen === 0)
      yield { table: check.table.name, rows: 0, findings: [noInstallation] };
  }
  yield { table: 'domain_key', rows: 0, findings: await examination.finish() };
}

const noInstallation: Finding = {
  severity: 'damage',
  check: 'installation',
  table: installationTable.name,
  text: 'The store has lost its installation row: it was emptied or replaced.',
};

class StoreExamination {
  readonly #store: ExaminedStore;
  readonly #domainKeys = new DomainKeyUse();
  /** What many rows have in common is told once. */
  readonly #shared = new Set<string>();

  constructor(store: ExaminedStore) {
    this.#store = store;
  }

  async examine(check: RowCheck, row: AnyRow): Promise<readonly Finding[]> {
    const { storage, protector } = this.#store;
    if (protector.isSound(check.table, row)) {
      this.#domainKeys.note(check.table, row);
      const related = check.related(row);
      const rows = related.length === 0 ? [] : await storage.snapshot(...related);
      if (check.judge(row, rows, this.#store).length === 0) return [];
    }
    return this.#confirm(check, row);
  }

  finish(): Promise<readonly Finding[]> {
    return this.#domainKeys.findings(this.#store);
  }

  /** The row may have moved on since its page was read, or between it and the rows that it was judged by. */
  async #confirm(check: RowCheck, suspect: AnyRow): Promise<readonly Finding[]> {
    const { table } = check;
    const query = select(table, keyColumns(check, suspect));
    let row = suspect;
    for (let reading = 1; reading <= mostReadings; reading++) {
      const [[fresh], ...related] = await this.#store.storage.snapshot(query, ...check.related(row));
      if (fresh === undefined) return isAddressable(row, check) ? [] : this.#unsound(check, row);
      if (!this.#store.protector.isSound(table, fresh)) return this.#unsound(check, fresh);
      // Only what was asked for this very row is what it rests on. Its version is not enough: it may have been made anew.
      if (Buffer.compare(fresh.mac, row.mac) === 0)
        return this.#tell(check, fresh, check.judge(fresh, related, this.#store));
      row = fresh;
    }
    return [];
  }

  #unsound({ table }: RowCheck, row: AnyRow): readonly Finding[] {
    if (this.#domainKeys.takeUnopened(table, row, this.#store.keyring)) return [];
    const { message } = new RowIntegrityError(table, row);
    const key = keyText(table, row);
    return [
      {
        severity: 'damage',
        check: 'row-integrity',
        table: table.name,
        key,
        text: printable(`The ${message}.`),
      },
    ];
  }

  #tell({ table }: RowCheck, row: AnyRow, flaws: readonly Flaw[]): readonly Finding[] {
    const findings: Finding[] = [];
    for (const { check, text, about } of flaws) {
      const at = { table: (about?.table ?? table).name, key: printable(about?.key ?? keyText(table, row)) };
      const finding: Finding = { severity: 'damage', check, ...at, text: printable(text) };
      if (about !== undefined) {
        const identity = identityOf(finding);
        if (this.#shared.has(identity)) continue;
        if (this.#shared.size < mostRemembered) this.#shared.add(identity);
      }
      findings.push(finding);
    }
    return findings;
  }
}

/** Bytes that are no text are read as U+FFFD, which no key of ours holds: such a row is not found again by its key. */
function isAddressable(row: AnyRow, { table }: RowCheck): boolean {
  return !keyOf(table, row).some((value) => typeof value === 'string' && value.includes('\ufffd'));
}

function keyColumns({ table }: RowCheck, row: AnyRow): Record<string, SqlValue> {
  const values = keyOf(table, row);
  return Object.fromEntries(table.primaryKey.map((column, index) => [column, values[index] ?? null]));
}
