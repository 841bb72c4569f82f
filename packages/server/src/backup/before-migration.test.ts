import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, vi } from 'vitest';
import { aliasRow, unit } from '../../../testkit/src/contracts/storage.ts';
import { openDataFolder, type DataFolder } from '../installation/data-folder.ts';
import { StartRefusal } from '../start-refusal.ts';
import { migrations } from '../storage/migrations/index.ts';
import { prepareDatabase } from '../storage/sqlite/open.ts';
import { openStore, temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { readSchemaVersion } from '../storage/sqlite/snapshot.ts';
import { aliasTable, protectedTables } from '../storage/tables.ts';
import { insert } from '../storage/unit-of-work.ts';
import { rehearseMigration, sweepOldMigrationBackups } from './before-migration.ts';

const clock = { wallNow: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678) };
const copyName = `before-migration-1-${migrations.length}-20260102T030405.678Z`;

/** An installation of the first schema, with an alias in it. */
async function oldInstallation(): Promise<DataFolder> {
  const folder = openDataFolder(temporaryFolder());
  const newer = join(temporaryFolder(), 'newer.db');
  const { sqlite, storage } = await openStore(newer);
  await storage.commit(unit([insert(aliasTable, aliasRow('alias/old', 'k'))]));
  await sqlite.close();
  const db = new DatabaseSync(folder.database);
  db.exec(
    `PRAGMA journal_mode = WAL; ${migrations[0] ?? ''} PRAGMA user_version = 1; ATTACH '${newer}' AS newer;`,
  );
  for (const { name, firstColumns } of protectedTables) {
    const columns = [...firstColumns, 'version', 'domain_key_id', 'mac'].join(', ');
    db.exec(`INSERT INTO ${name} (${columns}) SELECT ${columns} FROM newer.${name}`);
  }
  db.close();
  writeFileSync(folder.sealHeader, '{"a":"header"}', { mode: 0o600 });
  return folder;
}

function aliasesOf(path: string): readonly unknown[] {
  const db = new DatabaseSync(path, { readOnly: true });
  const rows = db.prepare('SELECT alias_name FROM alias').all();
  db.close();
  return rows.map(({ alias_name }) => alias_name);
}

const ignore = () => Promise.resolve();

async function refusalOf(attempt: Promise<unknown>): Promise<StartRefusal> {
  const error: unknown = await attempt.catch((caught: unknown) => caught);
  if (!(error instanceof StartRefusal)) throw new Error('it was not refused', { cause: error });
  return error;
}

describe('The rehearsal of a migration', () => {
  it('leaves a copy of the older schema for this user alone, and the database as it was', async () => {
    const folder = await oldInstallation();
    const result = await rehearseMigration(folder, ignore, clock);
    const copy = join(folder.path, copyName);
    expect(result).toEqual({ from: 1, to: migrations.length, copy });
    expect(readSchemaVersion(folder.database)).toBe(1);
    expect(readSchemaVersion(join(copy, 'keyhaven.db'))).toBe(1);
    expect(aliasesOf(join(copy, 'keyhaven.db'))).toEqual(['alias/old']);
    expect(readFileSync(join(copy, 'seal.json'), 'utf8')).toBe('{"a":"header"}');
    expect(statSync(copy).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(copy)) expect(statSync(join(copy, name)).mode & 0o777, name).toBe(0o600);
    expect(existsSync(join(folder.path, 'migration-scratch'))).toBe(false);
  });

  it('verifies a second copy, which has been migrated', async () => {
    const folder = await oldInstallation();
    const seen: unknown[] = [];
    await rehearseMigration(
      folder,
      (path) => {
        seen.push(
          path.startsWith(join(folder.path, 'migration-scratch')),
          readSchemaVersion(path),
          aliasesOf(path),
        );
        return Promise.resolve();
      },
      clock,
    );
    expect(seen).toEqual([true, migrations.length, ['alias/old']]);
  });

  it('leaves a copy that an older version can go back to', async () => {
    const folder = await oldInstallation();
    const { copy = '' } = (await rehearseMigration(folder, ignore, clock)) ?? {};
    prepareDatabase(folder.database, false);
    expect(readSchemaVersion(folder.database)).toBe(migrations.length);
    rmSync(folder.database);
    copyFileSync(join(copy, 'keyhaven.db'), folder.database);
    expect(aliasesOf(folder.database)).toEqual(['alias/old']);
    expect(openDataFolder(folder.path).path).toBe(folder.path);
  });

  it('is of what was committed last, also after a kill left it in the write-ahead log', async () => {
    const folder = await oldInstallation();
    const db = new DatabaseSync(folder.database);
    db.exec("UPDATE alias SET alias_name = 'alias/newest'");
    const killed = openDataFolder(temporaryFolder());
    for (const name of ['keyhaven.db', 'keyhaven.db-wal', 'seal.json'])
      copyFileSync(join(folder.path, name), join(killed.path, name));
    db.close();
    await rehearseMigration(killed, ignore, clock);
    expect(aliasesOf(join(killed.path, copyName, 'keyhaven.db'))).toEqual(['alias/newest']);
  });

  it('does nothing where there is nothing to migrate', async () => {
    const folder = await oldInstallation();
    prepareDatabase(folder.database, false);
    const verify = vi.fn(ignore);
    expect(await rehearseMigration(folder, verify, clock)).toBeUndefined();
    expect(verify).not.toHaveBeenCalled();
    expect(readdirSync(folder.path).filter((name) => name.startsWith('before-'))).toEqual([]);
  });

  it('refuses the migration where a row does not verify, and leaves nothing behind but what was there', async () => {
    const folder = await oldInstallation();
    const before = readdirSync(folder.path);
    const error = await refusalOf(
      rehearseMigration(folder, () => Promise.reject(new Error('row x of table y fails')), clock),
    );
    expect(error.message).toContain(
      `from schema 1 to ${migrations.length} failed on a copy: row x of table y`,
    );
    expect(error.nextStep).toContain('Nothing was changed');
    expect(readSchemaVersion(folder.database)).toBe(1);
    expect(readdirSync(folder.path).filter((name) => !/-(?:shm|wal)$/.test(name))).toEqual(
      before.filter((name) => !/-(?:shm|wal)$/.test(name)),
    );
  });

  it('refuses the migration of a database whose schema was changed', async () => {
    const folder = await oldInstallation();
    const db = new DatabaseSync(folder.database);
    db.exec('CREATE TRIGGER evil AFTER INSERT ON kms_key BEGIN DELETE FROM tombstone; END');
    db.close();
    expect((await refusalOf(rehearseMigration(folder, ignore, clock))).message).toContain('trigger evil');
  });

  it('begins anew where an earlier one was killed, so that restarts do not fill the disk', async () => {
    const folder = await oldInstallation();
    for (const name of [
      `before-migration-1-${migrations.length}-20250101T000000.000Z`,
      'before-migration-0-1-20240101T000000.000Z',
      'migration-scratch',
    ]) {
      mkdirSync(join(folder.path, name));
      writeFileSync(join(folder.path, name, 'keyhaven.db'), 'half');
    }
    await rehearseMigration(folder, ignore, clock);
    expect(readdirSync(folder.path).filter((name) => name.includes('migration'))).toEqual([
      'before-migration-0-1-20240101T000000.000Z',
      copyName,
    ]);
  });
});

describe('Old copies from before migrations', () => {
  it('are all removed, and nothing else is', async () => {
    const folder = await oldInstallation();
    await rehearseMigration(folder, ignore, clock);
    mkdirSync(join(folder.path, 'before-migration-0-1-20240101T000000.000Z'));
    mkdirSync(join(folder.path, 'before-migration-notes'));
    await sweepOldMigrationBackups(folder);
    expect(readdirSync(folder.path).filter((name) => name.startsWith('before'))).toEqual([
      'before-migration-notes',
    ]);
    expect(aliasesOf(folder.database)).toEqual(['alias/old']);
    await sweepOldMigrationBackups(folder);
  });
});
