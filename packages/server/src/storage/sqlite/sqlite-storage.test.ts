import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { aliasRow, describeStorageContract, unit } from '../../../../testkit/src/contracts/storage.ts';
import { RowIntegrityError } from '../row-protection.ts';
import { select } from '../query.ts';
import { aliasTable } from '../tables.ts';
import { insert } from '../unit-of-work.ts';
import { prepareDatabase } from './open.ts';
import { openStore, temporaryFolder } from './opened-store.test-support.ts';

describeStorageContract('SQLite', async () => {
  const path = join(temporaryFolder(), 'keyhaven.db');
  const { storage } = await openStore(path);
  return { storage, reopen: async () => (await openStore(path)).storage };
});

describe('SqliteStorage', () => {
  it('commits many units with far fewer transactions than units', async () => {
    const path = join(temporaryFolder(), 'keyhaven.db');
    const { storage } = await openStore(path);
    const watcher = new DatabaseSync(path, { readOnly: true });
    const seen = new Set<unknown>();
    const submitted = Array.from({ length: 500 }, async (_, turn) => {
      const result = await storage.commit(unit([insert(aliasTable, aliasRow(`alias/${turn}`, 'k'))]));
      seen.add(watcher.prepare('PRAGMA data_version').get()?.['data_version']);
      return result;
    });
    await Promise.all(submitted);
    watcher.close();
    expect(seen.size).toBeLessThan(10);
  });

  it('tells that its writer is lost when a destruction cannot leave the write-ahead log, and commits no more', async () => {
    const path = join(temporaryFolder(), 'keyhaven.db');
    const lost = Promise.withResolvers<Error>();
    const { sqlite, storage } = await openStore(path, lost.resolve);
    await storage.commit(unit([insert(aliasTable, aliasRow('alias/a', 'k'))]));
    const reader = new DatabaseSync(path, { readOnly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT COUNT(*) FROM alias').get();
    await storage.commit(unit([insert(aliasTable, aliasRow('alias/b', 'k'))]));
    let isAnswered = false;
    void storage.commit(unit([], { destroys: true })).then(() => (isAnswered = true));
    expect((await lost.promise).message).toContain('could not be truncated');
    expect(isAnswered).toBe(false);
    expect((await storage.commit(unit([]))).kind).toBe('failed');
    expect(() => {
      prepareDatabase(path, false);
    }).toThrow('keeps its write-ahead log from being emptied');
    reader.close();
    await sqlite.close();
    prepareDatabase(path, false);
  });

  it('keeps its files to the owner', async () => {
    const folder = temporaryFolder();
    const before = process.umask(0);
    try {
      const { storage } = await openStore(join(folder, 'keyhaven.db'));
      await storage.commit(unit([insert(aliasTable, aliasRow('alias/a', 'k'))]));
    } finally {
      process.umask(before);
    }
    const { readdirSync, statSync } = await import('node:fs');
    const modes = readdirSync(folder).map((name) => statSync(join(folder, name)).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600, 0o600]);
  });
});

describe('IntegrityStorage', () => {
  const tampered = async (sql: string) => {
    const path = join(temporaryFolder(), 'keyhaven.db');
    const { storage } = await openStore(path);
    const names = ['alias/a', 'alias/b', 'alias/c'];
    await storage.commit(unit(names.map((name) => insert(aliasTable, aliasRow(name, `key of ${name}`)))));
    const editor = new DatabaseSync(path);
    editor.exec(sql);
    editor.close();
    return storage;
  };

  it.each([
    ['a changed value', "UPDATE alias SET target_key_id = 'other' WHERE alias_name = 'alias/b'"],
    ['a changed version', "UPDATE alias SET version = 7 WHERE alias_name = 'alias/b'"],
    ['a value of another type', "UPDATE alias SET created_at = 'text' WHERE alias_name = 'alias/b'"],
    ['an infinite number', "UPDATE alias SET created_at = 9e999 WHERE alias_name = 'alias/b'"],
    ['no MAC', "UPDATE alias SET mac = x'' WHERE alias_name = 'alias/b'"],
    ['an unknown domain key', "UPDATE alias SET domain_key_id = 'other' WHERE alias_name = 'alias/b'"],
    [
      'the key of another scope',
      "UPDATE alias SET domain_key_id = 'id of identity' WHERE alias_name = 'alias/b'",
    ],
    ['another primary key', "UPDATE alias SET alias_name = 'alias/bb' WHERE alias_name = 'alias/b'"],
    [
      'the MAC of another row',
      "UPDATE alias SET mac = (SELECT mac FROM alias WHERE alias_name = 'alias/a') WHERE alias_name = 'alias/b'",
    ],
  ])('refuses a row with %s, and for jobs gives the others without it', async (_what, sql) => {
    const storage = await tampered(sql);
    expect(() => storage.snapshot(select(aliasTable, {}))).toThrow(RowIntegrityError);
    const bad: RowIntegrityError[] = [];
    const rows = await storage.soundRows(select(aliasTable, {}), (error) => bad.push(error));
    expect(rows.map(({ alias_name }) => alias_name)).toEqual(['alias/a', 'alias/c']);
    expect(bad.map(({ message }) => message)).toEqual([
      expect.stringMatching(/alias\/bb? of table alias fails/),
    ]);
    const [[sound]] = await storage.snapshot(select(aliasTable, { alias_name: 'alias/a' }));
    expect(sound?.target_key_id).toBe('key of alias/a');
  });
});
