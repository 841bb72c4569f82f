import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf, startTestService, type TestService } from '@keyhaven/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';

async function opened(): Promise<TestService> {
  const service = await startTestService();
  onTestFinished(() => service.close());
  return service;
}

/** A key with three key materials that waits for its deletion, and a key that stays. */
async function withDueKey(service: TestService) {
  const kms = service.client();
  const [gone, stays] = await Promise.all([
    kms.send(new CreateKeyCommand({})),
    kms.send(new CreateKeyCommand({})),
  ]);
  const KeyId = gone.KeyMetadata?.KeyId ?? '';
  await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
  await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  const staysId = stays.KeyMetadata?.KeyId ?? '';
  return {
    kms,
    KeyId,
    CiphertextBlob,
    wrapped: wrappedOf(service.dataDir, KeyId),
    kept: wrappedOf(service.dataDir, staysId),
  };
}

function wrappedOf(dataDir: string, keyId: string): readonly Uint8Array[] {
  const db = new DatabaseSync(join(dataDir, 'keyhaven.db'), { readOnly: true });
  const rows = db.prepare('SELECT wrapped FROM key_material WHERE key_id = ?').all(keyId);
  db.close();
  return rows.map(({ wrapped }) => wrapped as Uint8Array);
}

/** The files of a folder that hold the bytes, in full or their second half. */
function filesWith(dataDir: string, bytes: Uint8Array): readonly string[] {
  return readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .filter((entry) =>
      readFileSync(join(entry.parentPath, entry.name)).includes(bytes.subarray(bytes.length / 2)),
    )
    .map(({ name }) => name);
}

describe('Destroyed key material', () => {
  it('is in no file of the data folder once its waiting period is over; its tombstones are', async () => {
    const service = await opened();
    const { kms, KeyId, CiphertextBlob, wrapped, kept } = await withDueKey(service);
    expect(wrapped).toHaveLength(3);
    for (const bytes of wrapped) expect(filesWith(service.dataDir, bytes)).not.toEqual([]);
    await service.advance(7 * day + 60);
    for (const bytes of wrapped) expect(filesWith(service.dataDir, bytes)).toEqual([]);
    for (const bytes of kept) expect(filesWith(service.dataDir, bytes)).not.toEqual([]);

    const db = new DatabaseSync(join(service.dataDir, 'keyhaven.db'), { readOnly: true });
    const kinds = db.prepare('SELECT kind FROM tombstone ORDER BY kind').all();
    db.close();
    expect(kinds.map(({ kind }) => kind)).toEqual(['key', 'material', 'material', 'material']);
    expect((await refusalOf(kms.send(new DescribeKeyCommand({ KeyId })))).name).toBe('NotFoundException');
    expect((await refusalOf(kms.send(new DecryptCommand({ CiphertextBlob })))).name).not.toBe('');
    const deleted = service.journal().filter(({ eventName }) => eventName === 'DeleteKey');
    expect(deleted).toHaveLength(1);
  });

  it('leaves the write-ahead log at the next start, where a kill came between its deletion and that', async () => {
    const service = await opened();
    const { KeyId, wrapped, kept } = await withDueKey(service);
    const copy = mkdtempSync(join(tmpdir(), 'keyhaven-killed-'));
    onTestFinished(() => {
      rmSync(copy, { recursive: true, force: true });
    });
    // What the writer does, without the truncating checkpoint that follows; the copy is what a kill leaves.
    const db = new DatabaseSync(join(service.dataDir, 'keyhaven.db'));
    db.exec('PRAGMA secure_delete = ON');
    for (const table of ['kms_key', 'key_policy', 'key_material']) {
      db.prepare(`DELETE FROM ${table} WHERE key_id = ?`).run(KeyId);
    }
    cpSync(service.dataDir, copy, { recursive: true });
    db.close();
    expect(wrapped.flatMap((bytes) => filesWith(copy, bytes))).toContain('keyhaven.db-wal');

    const restarted = await startTestService({ dataDir: copy });
    onTestFinished(() => restarted.close());
    for (const bytes of wrapped) expect(filesWith(copy, bytes)).toEqual([]);
    for (const bytes of kept) expect(filesWith(copy, bytes)).not.toEqual([]);
  });

  it('is destroyed after a restart as it would have been without one', async () => {
    const service = await startTestService();
    const { wrapped } = await withDueKey(service);
    await service.advance(7 * day - 60);
    for (const bytes of wrapped) expect(filesWith(service.dataDir, bytes)).not.toEqual([]);
    const restarted = await service.restart();
    onTestFinished(() => restarted.close());
    await restarted.advance(120);
    for (const bytes of wrapped) expect(filesWith(restarted.dataDir, bytes)).toEqual([]);
  });
});
