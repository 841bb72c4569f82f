import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  CreateKeyCommand,
  DescribeKeyCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { day } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { migrations } from '../../../packages/server/src/storage/migrations/index.ts';
import { protectedTables } from '../../../packages/server/src/storage/tables.ts';
import { refusedStart, serveFolder } from '../durability/served-folder.ts';
import { opened, temporaryFolder } from './restorable.ts';

function clientFor(url: string): KMSClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new KMSClient({ endpoint: url, region: 'eu-west-2', credentials, maxAttempts: 1 });
}

/** The folder of a stopped service whose database has the first schema, as an older version left it. */
async function olderInstallation(): Promise<{ readonly dataDir: string; readonly keyId: string }> {
  const dataDir = temporaryFolder();
  const service = await serveFolder(dataDir);
  const kms = clientFor(service.url);
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  kms.destroy();
  await service.stop();
  const [path, newer] = [join(dataDir, 'keyhaven.db'), join(temporaryFolder(), 'newer.db')];
  renameSync(path, newer);
  const db = new DatabaseSync(path);
  db.exec(
    `PRAGMA journal_mode = WAL; ${migrations[0] ?? ''} PRAGMA user_version = 1; ATTACH '${newer}' AS newer;`,
  );
  const inFirstSchema = db.prepare("SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?");
  for (const { name, firstColumns } of protectedTables) {
    if (inFirstSchema.get(name) === undefined) continue;
    const columns = [...firstColumns, 'version', 'domain_key_id', 'mac'].join(', ');
    db.exec(`INSERT INTO main.${name} (${columns}) SELECT ${columns} FROM newer.${name}`);
  }
  db.close();
  return { dataDir, keyId: KeyMetadata?.KeyId ?? '' };
}

function schemaOf(path: string): unknown {
  const db = new DatabaseSync(path, { readOnly: true });
  const version = db.prepare('PRAGMA user_version').get()?.['user_version'];
  db.close();
  return version;
}

const copiesIn = (dataDir: string) =>
  readdirSync(dataDir).filter((name) => name.startsWith('before-migration-'));

describe('An installation of an older version', () => {
  it('is copied before it is migrated, and serves afterwards', async () => {
    const { dataDir, keyId } = await olderInstallation();
    const service = await serveFolder(dataDir);
    const kms = clientFor(service.url);
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: keyId }));
    kms.destroy();
    await service.stop();
    expect(KeyMetadata?.KeyState).toBe('Enabled');
    const [copy = '', ...more] = copiesIn(dataDir);
    expect(more).toEqual([]);
    expect(schemaOf(join(dataDir, 'keyhaven.db'))).toBe(migrations.length);
    expect(schemaOf(join(dataDir, copy, 'keyhaven.db'))).toBe(1);
    expect(existsSync(join(dataDir, copy, 'seal.json'))).toBe(true);
    expect(readdirSync(dataDir)).not.toContain('migration-scratch');
    const again = await serveFolder(dataDir);
    await again.stop();
    expect(copiesIn(dataDir)).toEqual([copy]);
  });

  it('is refused and not migrated where one of its rows was changed', async () => {
    const { dataDir } = await olderInstallation();
    const db = new DatabaseSync(join(dataDir, 'keyhaven.db'));
    db.exec("UPDATE kms_key SET description = 'changed'");
    db.close();
    const { exitCode, stderr } = await refusedStart(dataDir);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/migration .* failed on a copy.*table kms_key/);
    expect(schemaOf(join(dataDir, 'keyhaven.db'))).toBe(1);
    expect(copiesIn(dataDir)).toEqual([]);
  });
});

describe('A copy from before a migration', () => {
  async function withCopy() {
    const service = await opened();
    const copy = join(service.dataDir, 'before-migration-1-2-20260102T030405.678Z');
    mkdirSync(copy);
    writeFileSync(join(copy, 'keyhaven.db'), 'holds a key as it was');
    return { service, kms: service.client(), copy };
  }

  it('goes with the first key that is destroyed, because it still holds it', async () => {
    const { service, kms, copy } = await withCopy();
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata?.KeyId ?? '';
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    await service.advance(6 * day);
    expect(existsSync(copy)).toBe(true);
    await service.advance(2 * day);
    expect(existsSync(copy)).toBe(false);
  });

  it('goes with a domain key that is retired, because what that wrapped must not open any more', async () => {
    const { service, kms, copy } = await withCopy();
    await kms.send(new CreateKeyCommand({}));
    await service.admin('domain-rotate', { scope: { kind: 'region', region: 'eu-west-2' } });
    expect(existsSync(copy)).toBe(false);
  });
});
