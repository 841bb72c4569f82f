import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findKeySpec } from '../keys/key-specs.ts';
import { keyQueries } from '../keys/load-key.ts';
import { newKeyChanges } from '../keys/new-key.ts';
import { unbound } from '../keys/policy-bindings.ts';
import type { IntegrityStorage } from '../storage/integrity-storage.ts';
import { select } from '../storage/query.ts';
import { openStore, temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { tombstoneTable } from '../storage/tables.ts';
import { replayDestructions } from './replay-destructions.ts';

const address = { accountId: '000000000000', region: 'eu-west-2', keyId: 'a-key' };
const keyring = { ensure: () => undefined } as never;

async function withKey(): Promise<IntegrityStorage> {
  const { storage } = await openStore(join(temporaryFolder(), 'keyhaven.db'));
  const spec = findKeySpec('SYMMETRIC_DEFAULT');
  if (spec === undefined) throw new Error('SYMMETRIC_DEFAULT is a key spec');
  const { changes } = newKeyChanges({
    address,
    spec,
    usage: 'ENCRYPT_DECRYPT',
    manager: 'CUSTOMER',
    description: '',
    policy: unbound(
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}',
    ),
    materials: [{ materialId: 'm1', wrapped: Buffer.alloc(77, 1) }],
    tags: new Map([['owner', 'me']]),
    aliases: ['alias/one'],
    now: 0,
  });
  const head = { accountId: address.accountId, region: address.region };
  await storage.commit({ head, expect: [], changes, audit: undefined });
  return storage;
}

const destroyed = (keyId: string, ...materialIds: readonly string[]) => ({
  address: { ...address, keyId },
  destroyedAt: 5000,
  materialIds,
  primaryRegion: undefined,
});

async function tombstonesOf(storage: IntegrityStorage): Promise<readonly string[]> {
  const [rows] = await storage.snapshot(select(tombstoneTable, {}));
  return rows.map(({ kind, id, destroyed_at }) => `${kind} ${id} ${destroyed_at}`).sort();
}

describe('Replaying destructions', () => {
  it('removes all rows of the key, and leaves tombstones of the time of the destruction', async () => {
    const storage = await withKey();
    expect(await replayDestructions({ storage, keyring }, [destroyed('a-key', 'm1', 'm2')])).toBe(1);
    const rows = await storage.snapshot(...keyQueries(address));
    expect(rows.flat()).toEqual([]);
    expect(await tombstonesOf(storage)).toEqual(['key a-key 5000', 'material m1 5000', 'material m2 5000']);
  });

  it('changes nothing the second time, or where the store knows of the destruction already', async () => {
    const storage = await withKey();
    await replayDestructions({ storage, keyring }, [destroyed('a-key', 'm1')]);
    const later = { ...destroyed('a-key', 'm1'), destroyedAt: 9000 };
    expect(await replayDestructions({ storage, keyring }, [later])).toBe(0);
    expect(await tombstonesOf(storage)).toEqual(['key a-key 5000', 'material m1 5000']);
  });

  it('leaves tombstones of keys that the store never had, and touches no other key', async () => {
    const storage = await withKey();
    expect(await replayDestructions({ storage, keyring }, [destroyed('unknown', 'm9')])).toBe(0);
    const [keys] = await storage.snapshot(...keyQueries(address));
    expect(keys).toHaveLength(1);
    expect(await tombstonesOf(storage)).toEqual(['key unknown 5000', 'material m9 5000']);
  });

  it('fails where the store does not take a destruction', async () => {
    const storage = await withKey();
    storage.commit = () => Promise.resolve({ kind: 'failed', reason: 'disk full' });
    await expect(replayDestructions({ storage, keyring }, [destroyed('a-key')])).rejects.toThrow('disk full');
  });

  it('fails where the store says that it took a destruction and did not', async () => {
    const storage = await withKey();
    storage.commit = () => Promise.resolve({ kind: 'committed', outboxSequences: [] });
    await expect(replayDestructions({ storage, keyring }, [destroyed('a-key')])).rejects.toThrow(
      'still in the restored database',
    );
  });
});
