import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { aliasRow, unit } from '../../../../testkit/src/contracts/storage.ts';
import { migrations } from '../migrations/index.ts';
import { select } from '../query.ts';
import { aliasTable } from '../tables.ts';
import { insert, remove } from '../unit-of-work.ts';
import { openStore, temporaryFolder } from './opened-store.test-support.ts';
import { DatabaseFlaw, inspectDatabase, readSchemaVersion, takeSnapshot } from './snapshot.ts';

/** A store with some aliases, in use. */
async function inUse() {
  const folder = temporaryFolder();
  const path = join(folder, 'keyhaven.db');
  const { storage } = await openStore(path);
  for (let n = 0; n < 3; n++) await storage.commit(unit([insert(aliasTable, aliasRow(`alias/${n}`, 'k'))]));
  return { path, to: join(folder, 'copy.db'), storage };
}

function run(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

describe('A snapshot of a database in use', () => {
  it('holds what was committed, what is only in the write-ahead log too, and nobody else may read it', async () => {
    const { path, to } = await inUse();
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    takeSnapshot(path, to);
    expect(statSync(to).mode & 0o777).toBe(0o600);
    const { schemaVersion, rows } = inspectDatabase(to);
    expect([schemaVersion, rows['alias']]).toEqual([migrations.length, 3]);
  });

  it('neither waits for the writer nor keeps it from committing', async () => {
    const { path, to, storage } = await inUse();
    const writing = new DatabaseSync(path);
    writing.exec("BEGIN IMMEDIATE; UPDATE alias SET target_key_id = 'other'");
    takeSnapshot(path, to);
    writing.exec('ROLLBACK');
    writing.close();
    expect((await storage.commit(unit([insert(aliasTable, aliasRow('alias/more', 'k'))]))).kind).toBe(
      'committed',
    );
    expect(inspectDatabase(to).rows['alias']).toBe(3);
  });

  it('holds no byte of a row that was deleted before', async () => {
    const { path, to, storage } = await inUse();
    const secret = 'alias/secret-name-of-a-deleted-row';
    await storage.commit(unit([insert(aliasTable, aliasRow(secret, 'k'))]));
    takeSnapshot(path, to);
    expect(readFileSync(to).includes(secret)).toBe(true);
    const [[row]] = await storage.snapshot(select(aliasTable, { alias_name: secret }));
    if (row === undefined) throw new Error('the row is there');
    await storage.commit(unit([remove(aliasTable, row)]));
    takeSnapshot(path, `${to}.2`);
    expect(readFileSync(`${to}.2`).includes(secret)).toBe(false);
  });

  it('is never written over a file that holds something', async () => {
    const { path, to } = await inUse();
    writeFileSync(to, 'precious');
    expect(() => {
      takeSnapshot(path, to);
    }).toThrow();
    expect(readFileSync(to, 'utf8')).toBe('precious');
  });
});

describe('The inspection of a database file', () => {
  async function copied(): Promise<string> {
    const { path, to } = await inUse();
    takeSnapshot(path, to);
    return to;
  }

  it.each<readonly [string, RegExp, (path: string) => void]>([
    [
      'a damaged page',
      /integrity check|cannot be read/,
      (path) => {
        const bytes = readFileSync(path);
        // The root page of a table in the middle of the file.
        bytes.fill(0xff, 4096 * 4, 4096 * 4 + 200);
        writeFileSync(path, bytes);
      },
    ],
    [
      'no database',
      /cannot be read/,
      (path) => {
        writeFileSync(path, 'x'.repeat(8192));
      },
    ],
    [
      'a newer schema',
      /newer version of Keyhaven \(schema 999/,
      (path) => {
        run(path, 'PRAGMA user_version = 999');
      },
    ],
    [
      'a trigger',
      /the trigger evil is not Keyhaven's/,
      (path) => {
        run(path, 'CREATE TRIGGER evil AFTER INSERT ON kms_key BEGIN DELETE FROM tombstone; END');
      },
    ],
    [
      'a table less',
      /the table tombstone is missing/,
      (path) => {
        run(path, 'DROP TABLE tombstone');
      },
    ],
    [
      'the schema of another version than it says',
      /does not have its version's schema/,
      (path) => {
        run(path, 'PRAGMA user_version = 1');
      },
    ],
  ])('refuses %s', async (_what, reason, change) => {
    const path = await copied();
    change(path);
    expect(() => inspectDatabase(path)).toThrow(DatabaseFlaw);
    expect(() => inspectDatabase(path)).toThrow(reason);
  });

  it('knows the schema of older versions', () => {
    const path = join(temporaryFolder(), 'old.db');
    run(path, `${migrations[0] ?? ''} PRAGMA user_version = 1;`);
    expect(inspectDatabase(path)).toMatchObject({ schemaVersion: 1, rows: { kms_key: 0 } });
    expect(readSchemaVersion(path)).toBe(1);
  });
});
