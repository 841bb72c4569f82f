import { isDeepStrictEqual } from 'node:util';
import type { Storage } from '../storage/port.ts';
import { select, selectNextKey } from '../storage/query.ts';
import type { SqlValue, Table } from '../storage/table.ts';
import { keyOf } from '../storage/unit-of-work.ts';
import type { Finding } from './finding.ts';
import { type AnyRow, keyText } from './row-check.ts';

/** Rows that one query answers. The largest rows have some 100 KiB. */
const rowsAtOnce = 32;

/** Rows of a table in the order of their keys, or what keeps them from being read. */
export interface RowPage {
  readonly rows: readonly AnyRow[];
  readonly finding: Finding | undefined;
}

/**
 * All rows of a table, a page at a time, each page from a snapshot of its own: nothing keeps an old state of the store
 * alive in between, which would hold up the writer where it truncates its log. A row that cannot be read is a finding,
 * and reading goes on behind it.
 */
export async function* readPages(storage: Storage, table: Table): AsyncGenerator<RowPage> {
  let after: readonly SqlValue[] | undefined;
  let limit = rowsAtOnce;
  for (;;) {
    let rows: readonly AnyRow[];
    try {
      [rows] = await storage.snapshot(select(table, {}, { byKey: { after }, limit }));
    } catch (error) {
      if (isClosed(error)) throw error;
      if (limit > 1) {
        limit = 1;
        continue;
      }
      const skipped = await skip(storage, table, after);
      yield { rows: [], finding: unreadable(table, skipped, error) };
      if (skipped === undefined) return;
      after = keyOf(table, skipped);
      limit = rowsAtOnce;
      continue;
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    yield { rows, finding: undefined };
    const reached = keyOf(table, last);
    if (after !== undefined && isDeepStrictEqual(after, reached)) {
      yield {
        rows: [],
        finding: unreadable(
          table,
          undefined,
          new Error(`the key of the row ${keyText(table, last)} is not text`),
        ),
      };
      return;
    }
    after = reached;
  }
}

/** The row that cannot be read, as far as it has a key that can. */
async function skip(
  storage: Storage,
  table: Table,
  after: readonly SqlValue[] | undefined,
): Promise<AnyRow | undefined> {
  try {
    const [[row]] = await storage.snapshot(selectNextKey(table, after));
    return row;
  } catch {
    return undefined;
  }
}

/** The store was closed meanwhile: that says nothing of its rows. */
function isClosed(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_STATE';
}

function unreadable(table: Table, row: AnyRow | undefined, error: unknown): Finding {
  const reason = error instanceof Error ? error.message : String(error);
  const base = { severity: 'damage', check: 'row-unreadable', table: table.name } as const;
  if (row === undefined)
    return { ...base, text: `The table ${table.name} cannot be read to its end: ${reason}.` };
  const key = keyText(table, row);
  return { ...base, key, text: `The row ${key} of the table ${table.name} cannot be read: ${reason}.` };
}
