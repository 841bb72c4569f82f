import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { forgetsDestroyed } from '../key-stores/forget-destroyed.ts';
import { KeyDirectory } from '../keys/key-directory.ts';
import { findKeySpec } from '../keys/key-specs.ts';
import { newKeyChanges } from '../keys/new-key.ts';
import { unbound } from '../keys/policy-bindings.ts';
import { select } from '../storage/query.ts';
import { openStore, temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { keyLastUsageTable, keyMaterialTable, kmsKeyTable, tombstoneTable } from '../storage/tables.ts';
import { CommitConflict, insert, type UnitOfWork } from '../storage/unit-of-work.ts';
import { Alarm } from '../telemetry/alarm.ts';
import { destroyDueKeys } from './destroy-keys.ts';

const address = { accountId: '000000000000', region: 'eu-west-2', keyId: 'a-key' };
const deletionAt = 1_000_000;

/** A store with one key of two key materials that is due at `deletionAt`, and a job whose steps are written down. */
async function withDueKey(commit?: (unit: Omit<UnitOfWork, 'audit'>) => Promise<void>) {
  const { storage } = await openStore(join(temporaryFolder(), 'keyhaven.db'));
  const spec = findKeySpec('SYMMETRIC_DEFAULT');
  if (spec === undefined) throw new Error('SYMMETRIC_DEFAULT is a key spec');
  const { row, changes } = newKeyChanges({
    address,
    spec,
    usage: 'ENCRYPT_DECRYPT',
    manager: 'CUSTOMER',
    description: '',
    policy: unbound(
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}',
    ),
    materials: [
      { materialId: 'm1', wrapped: Buffer.alloc(77, 1) },
      { materialId: 'm2', wrapped: Buffer.alloc(77, 2) },
    ],
    tags: new Map([['owner', 'me']]),
    aliases: ['alias/one', 'alias/two'],
    now: 0,
  });
  const pending = insert(kmsKeyTable, { ...row, state: 'PendingDeletion', deletion_at: deletionAt });
  const scope = { accountId: address.accountId, region: address.region };
  await storage.commit({
    head: scope,
    expect: [],
    changes: [pending, ...changes.slice(1)],
    audit: undefined,
  });
  const steps: string[] = [];
  const store = async (unit: Omit<UnitOfWork, 'audit'>) => {
    steps.push(`commit, destroys: ${String(unit.destroys)}`);
    await storage.commit({ ...unit, audit: undefined });
    // As the committer does it, which tells all that remember something of each commit.
    forgetsDestroyed(keyStore).forget(unit.changes);
  };
  const keyStore = {
    forget: ({ region, material_id }: { region: string; material_id: string }) => {
      steps.push(`forget ${region} ${material_id}`);
    },
  };
  const parts = {
    storage,
    directory: new KeyDirectory(storage),
    keyStore: keyStore as never,
    committer: { commitService: commit ?? store } as never,
    alarm: new Alarm(
      (line) => steps.push(line),
      () => Infinity,
    ),
  };
  const rowsLeft = async () => {
    const [materials, tombstones] = await storage.snapshot(
      select(keyMaterialTable, {}),
      select(tombstoneTable, {}),
    );
    return [materials.length, tombstones.length];
  };
  return { parts, steps, rowsLeft };
}

describe('The destruction of a key', () => {
  it('takes its key material out of memory once its rows are gone for good', async () => {
    const { parts, steps, rowsLeft } = await withDueKey();
    expect(await destroyDueKeys(parts, deletionAt)).toBe(1);
    expect(steps).toEqual(['commit, destroys: true', 'forget eu-west-2 m1', 'forget eu-west-2 m2']);
    expect(await rowsLeft()).toEqual([0, 3]);
    expect(await destroyDueKeys(parts, deletionAt)).toBe(0);
  });

  it('takes with it a last usage that is stored while it is under way', async () => {
    const usage = { operation: 'Encrypt', used_at: 1, event_id: 'e', request_id: 'r' };
    const key = { account_id: address.accountId, region: address.region, key_id: address.keyId };
    let attempts = 0;
    const { parts } = await withDueKey(async (unit) => {
      const late = insert(keyLastUsageTable, { ...key, ...usage });
      if (++attempts === 1)
        await parts.storage.commit({ head: undefined, expect: [], changes: [late], audit: undefined });
      const { kind } = await parts.storage.commit({ ...unit, audit: undefined });
      if (kind === 'conflict') throw new CommitConflict();
    });
    expect(await destroyDueKeys(parts, deletionAt)).toBe(1);
    expect(attempts).toBe(2);
    expect(await parts.storage.snapshot(select(keyLastUsageTable, {}))).toEqual([[]]);
  });

  it('does not come a millisecond before its date', async () => {
    const { parts, steps, rowsLeft } = await withDueKey();
    expect(await destroyDueKeys(parts, deletionAt - 1)).toBe(0);
    expect(steps).toEqual([]);
    expect(await rowsLeft()).toEqual([2, 0]);
  });

  it('gives way to a change of the key that was committed first, without an alarm', async () => {
    const { parts, steps, rowsLeft } = await withDueKey(() => Promise.reject(new CommitConflict()));
    expect(await destroyDueKeys(parts, deletionAt)).toBe(0);
    expect(steps).toEqual([]);
    expect(await rowsLeft()).toEqual([2, 0]);
  });

  it('is not put off by a change that leaves the key due, such as a rewrap', async () => {
    let conflicts = 2;
    const { parts, steps, rowsLeft } = await withDueKey(async () => {
      if (conflicts-- > 0) throw new CommitConflict();
      return Promise.resolve();
    });
    expect(await destroyDueKeys(parts, deletionAt)).toBe(1);
    expect([conflicts, steps]).toEqual([-1, []]);
    expect(await rowsLeft()).toEqual([2, 0]);
  });

  it('raises an alarm and forgets nothing when it cannot be stored', async () => {
    const { parts, steps } = await withDueKey(() => Promise.reject(new Error('the disk is full')));
    expect(await destroyDueKeys(parts, deletionAt)).toBe(0);
    expect(steps).toEqual([expect.stringContaining('key destruction failed')]);
  });
});
