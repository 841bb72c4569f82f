import { readWrappingKey, UnwrapError } from '@keyhaven/crypto';
import type { Accounts } from '../accounts/accounts.ts';
import { type Keyring, identityScope, rootScope } from '../domain-keys/keyring.ts';
import type { SoftwareKeyStore } from '../key-stores/software-key-store.ts';
import type { Committer } from '../pipeline/committer.ts';
import type { IntegrityStorage } from '../storage/integrity-storage.ts';
import { BrokenKeyError } from '../keys/load-key.ts';
import { RowIntegrityError } from '../storage/row-protection.ts';
import { select } from '../storage/query.ts';
import type { SqlValue, Table } from '../storage/table.ts';
import { headTable, protectedTables } from '../storage/tables.ts';
import { type Change, type UnitOfWork, update } from '../storage/unit-of-work.ts';
import type { Alarm } from '../telemetry/alarm.ts';
import { type AnyRow, createRewrap, type Rewrap } from './rewrap.ts';

export interface RewrapParts {
  readonly storage: IntegrityStorage;
  readonly keyring: Keyring;
  readonly keyStore: SoftwareKeyStore;
  readonly accounts: Accounts;
  readonly committer: Committer;
  readonly alarm: Alarm;
}

/** What a walk over a scope's rows found. */
export interface PassResult {
  /** Rows that were read. */
  readonly read: number;
  /** Rows that the old key still protected or that held a secret wrapped under it. */
  readonly old: number;
  /** Rows that fail their integrity check: nobody can say what they hold, so they cannot be written anew. */
  readonly unsound: number;
}

/** Few enough that a page costs the event loop a few milliseconds, and that its unit seldom meets another's. */
const pageRows = 100;

/** The tables of a scope, and which of their rows belong to it. */
function tablesOf(scope: string): { tables: readonly Table[]; equal: Readonly<Record<string, string>> } {
  const kind = scope === rootScope || scope === identityScope ? scope : 'region';
  const tables = protectedTables.filter((table) => table.scope === kind);
  return { tables, equal: kind === 'region' ? { region: scope.slice('region/'.length) } : {} };
}

/**
 * Walks over every row of a scope, and writes those that rest on `oldId` anew under the scope's current key: the MAC
 * and, where there is one, the wrapped secret. Each write is conditional on the row's version, so what a request
 * changed meanwhile stands, and what was destroyed stays destroyed. `isStopped` ends the walk early.
 */
export async function rewrapScope(
  parts: RewrapParts,
  scope: string,
  oldId: string,
  isStopped: () => boolean,
  onRows: (read: number) => void,
): Promise<PassResult> {
  const { tables, equal } = tablesOf(scope);
  const walk: Walk = { ...parts, rewrap: createRewrap(parts), result: { read: 0, old: 0, unsound: 0 } };
  for (const table of tables) {
    let after: readonly SqlValue[] | undefined;
    do {
      if (isStopped()) return walk.result;
      const query = select(table, equal, { byKey: { after }, limit: pageRows });
      const page = await parts.storage.soundPage(query, (error) => {
        countUnsound(walk, error);
      });
      const outdated = (page.rows as readonly AnyRow[]).filter((row) => restsOn(table, row, oldId));
      await rewrapRows(walk, table, outdated);
      walk.result.read += page.read;
      onRows(walk.result.read);
      after = page.next;
      // Requests come first.
      await new Promise((resolve) => setImmediate(resolve));
    } while (after !== undefined);
  }
  return walk.result;
}

/** One walk: what it works with, and what it has found so far. */
interface Walk extends RewrapParts {
  readonly rewrap: Rewrap;
  readonly result: { read: number; old: number; unsound: number };
}

function countUnsound({ result, alarm }: Walk, error: Error): void {
  result.unsound++;
  alarm.raise('row cannot be written under the new key', { reason: error.message });
}

/**
 * A wrap that names no key is from before there were several: it is written anew too. Imported key material that is not
 * here has no wrap.
 */
function restsOn(table: Table, row: AnyRow, oldId: string): boolean {
  if (row.domain_key_id === oldId) return true;
  const wrapped = table.wrappedColumn === undefined ? undefined : row[table.wrappedColumn];
  if (!(wrapped instanceof Uint8Array) || wrapped.length === 0) return false;
  const { wrappingKeyId } = readWrappingKey(wrapped);
  return wrappingKeyId === undefined || wrappingKeyId === oldId;
}

async function rewrapRows(walk: Walk, table: Table, rows: readonly AnyRow[]): Promise<void> {
  for (const [head, group] of groupByHead(table, rows)) {
    const changes = await changesOf(walk, table, group);
    walk.result.old += changes.length;
    if (changes.length === 0) continue;
    if (await commitAnew(walk, head, changes)) continue;
    // Somebody changed one of them: each alone, and who loses again was written under the current key meanwhile.
    for (const change of changes) await commitAnew(walk, head, [change]);
  }
}

type Head = UnitOfWork['head'];

function groupByHead(table: Table, rows: readonly AnyRow[]): readonly (readonly [Head, AnyRow[]])[] {
  const groups = new Map<string, [Head, AnyRow[]]>();
  for (const row of rows) {
    const accountId = table.scope === 'region' ? String(row['account_id']) : '';
    const head = table.scope === 'region' ? { accountId, region: String(row['region']) } : undefined;
    const group = groups.get(accountId);
    if (group === undefined) groups.set(accountId, [head, [row]]);
    else group[1].push(row);
  }
  return [...groups.values()];
}

/** A secret that does not open, or whose key was changed from outside, is left as it is. */
async function changesOf(walk: Walk, table: Table, rows: readonly AnyRow[]): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (const row of rows) {
    try {
      changes.push(update(table, row, await walk.rewrap(table, row)));
    } catch (error) {
      if (!isDamage(error)) throw error;
      if (await isPresent(walk, table, row)) countUnsound(walk, error);
      // What belongs to it was destroyed after it was read, and so was it: the next walk sees what is there.
      else walk.result.old++;
    }
  }
  return changes;
}

/** Whether the row is stored as it was read. */
async function isPresent({ storage }: Walk, table: Table, row: AnyRow): Promise<boolean> {
  const key = Object.fromEntries(table.primaryKey.map((column) => [column, row[column] ?? null]));
  const [present] = await storage.soundRows(select(table, key), () => undefined);
  return present?.version === row.version;
}

function isDamage(error: unknown): error is Error {
  return (
    error instanceof RowIntegrityError || error instanceof UnwrapError || error instanceof BrokenKeyError
  );
}

/** False on a conflict. */
async function commitAnew(walk: Walk, head: Head, changes: readonly Change[]): Promise<boolean> {
  // The head's own row is written with every commit under it.
  const others = changes.filter(({ table }) => table !== headTable.name);
  const result = await walk.storage.commit({ head, expect: [], changes: others, audit: undefined });
  if (result.kind === 'failed')
    throw new Error(`rows could not be written under the new key: ${result.reason}`);
  if (result.kind === 'conflict') return false;
  // What is cached may hold a wrap under the old key.
  walk.committer.forget(others);
  return true;
}
