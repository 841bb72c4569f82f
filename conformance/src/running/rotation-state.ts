import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { administer } from '@keyhaven/testkit';
import { protectedTables } from '../../../packages/server/src/storage/tables.ts';
import { readSealHeader } from './key-hierarchy.ts';

/** A root key or a domain key as header and database name it. */
export interface StoredKey {
  readonly id: string;
  readonly scope: string;
  readonly status: string;
}

function withDatabase<T>(dataDir: string, read: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(join(dataDir, 'keyhaven.db'), { readOnly: true, timeout: 10_000 });
  try {
    return read(db);
  } finally {
    db.close();
  }
}

/** Every root and domain key that is stored, read beside the running service. */
export function storedKeys(dataDir: string): readonly StoredKey[] {
  const rootKeys = readSealHeader(dataDir).rootKeys.map(({ id, status }) => ({ id, scope: 'root', status }));
  const rows = withDatabase(dataDir, (db) =>
    db.prepare('SELECT id, key_scope, status FROM domain_key').all(),
  );
  const domainKeys = rows.map(({ id, key_scope, status }) => ({
    id: String(id),
    scope: String(key_scope),
    status: String(status),
  }));
  return [...rootKeys, ...domainKeys];
}

/** Whether a rotation has begun and not ended. */
export function isUnderRotation(dataDir: string): boolean {
  return storedKeys(dataDir).some(({ status }) => status !== 'current');
}

/**
 * Waits for the rotations that go on by themselves; the test's time-out ends the wait for one that does not. The database shows
 * the end of one before the write-ahead log is wiped and the end acknowledged; so this waits for a write behind it as well.
 */
export async function untilRotationsEnd(dataDir: string): Promise<void> {
  while (isUnderRotation(dataDir)) await new Promise((resolve) => setTimeout(resolve, 10));
  for (const act of ['jobs-hold', 'jobs-release']) await administer(join(dataDir, 'admin.sock'), act);
}

/** What a finished rotation must not leave: each in a sentence. */
export function rotationFlaws(dataDir: string): readonly string[] {
  const keys = storedKeys(dataDir);
  const current = new Map(keys.map(({ id, scope }) => [scope, id]));
  const flaws = keys
    .filter(({ id, scope, status }) => status !== 'current' || current.get(scope) !== id)
    .map(({ id, scope, status }) => `the key ${id} of ${scope} is there beside another, as ${status}`);
  return [...flaws, ...withDatabase(dataDir, (db) => restingFlaws(db, current))];
}

function restingFlaws(db: DatabaseSync, current: ReadonlyMap<string, string>): readonly string[] {
  return protectedTables.flatMap((table) => {
    const isOfRegion = table.scope === 'region';
    const wrapped = table.wrappedColumn ?? 'NULL';
    const region = isOfRegion ? 'region' : 'NULL';
    return db
      .prepare(`SELECT domain_key_id AS id, ${region} AS region, ${wrapped} AS wrapped FROM ${table.name}`)
      .all()
      .flatMap((row) => {
        const id = current.get(isOfRegion ? `region/${String(row['region'])}` : table.scope);
        const flaws: string[] = [];
        if (row['id'] !== id) flaws.push(`a row of ${table.name} rests on ${String(row['id'])}`);
        if (row['wrapped'] instanceof Uint8Array && wrappingKeyOf(row['wrapped']) !== id)
          flaws.push(`a secret in ${table.name} is wrapped under ${wrappingKeyOf(row['wrapped'])}`);
        return flaws;
      });
  });
}

/** A wrap says which key wraps it: the byte 2, then 16 bytes of the key's id. */
function wrappingKeyOf(wrapped: Uint8Array): string {
  return Buffer.from(wrapped).toString('hex', 1, 17);
}
