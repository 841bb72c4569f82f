import { join } from 'node:path';
import { defaultKeyPolicy } from '@keyhaven/policy';
import { describe, expect, it } from 'vitest';
import { KeyDirectory } from '../keys/key-directory.ts';
import { symmetricDefault } from '../keys/key-specs.ts';
import type { KeyRow } from '../keys/kms-key.ts';
import { newKeyChanges } from '../keys/new-key.ts';
import { unbound } from '../keys/policy-bindings.ts';
import type { RecordedElsewhere } from '../pipeline/committer.ts';
import { select } from '../storage/query.ts';
import type { NewRow } from '../storage/table.ts';
import { openStore, temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { kmsKeyTable } from '../storage/tables.ts';
import { CommitConflict, insert, type UnitOfWork, update } from '../storage/unit-of-work.ts';
import { Alarm } from '../telemetry/alarm.ts';
import { destroyDueKeys } from './destroy-keys.ts';

const accountId = '000000000000';
const keyId = `mrk-${'a'.repeat(32)}`;
const [home, second] = ['eu-west-2', 'us-east-1'];
const dueAt = 1_000_000;
const day = 24 * 60 * 60 * 1000;

type Values = Partial<NewRow<typeof kmsKeyTable>>;

/** A store with a primary key and its replica, whose deletion is due, and a job that commits through `commit`. */
async function withDueReplica(primary: Values) {
  const { storage } = await openStore(join(temporaryFolder(), 'keyhaven.db'));
  for (const [region, values] of [
    [home, primary],
    [second, { state: 'PendingDeletion', deletion_at: dueAt }],
  ] as const) {
    const { row, changes } = newKeyChanges({
      address: { accountId, region, keyId },
      spec: symmetricDefault(),
      usage: 'ENCRYPT_DECRYPT',
      manager: 'CUSTOMER',
      description: '',
      policy: unbound(defaultKeyPolicy(accountId)),
      materials: [{ materialId: 'm1', wrapped: Buffer.alloc(77, 1) }],
      tags: new Map(),
      aliases: [],
      now: 0,
      isMultiRegion: true,
    });
    const own = insert(kmsKeyTable, { ...row, primary_region: home, ...values });
    const unit = { expect: [], changes: [own, ...changes.slice(1)], audit: undefined };
    await storage.commit({ ...unit, head: { accountId, region } });
  }
  const units: UnitOfWork[] = [];
  const alarms: string[] = [];
  let before = () => Promise.resolve();
  const commitService = async (
    unit: Omit<UnitOfWork, 'audit' | 'elsewhere'>,
    _event: unknown,
    elsewhere: readonly RecordedElsewhere[],
  ) => {
    await before();
    before = () => Promise.resolve();
    const journal = { journalSegment: 1, journalOffset: 0 };
    const whole = {
      ...unit,
      audit: undefined,
      elsewhere: elsewhere.map(({ head, audit }) => ({ head, audit: { ...audit, ...journal } })),
    };
    const { kind } = await storage.commit(whole);
    if (kind === 'conflict') throw new CommitConflict();
    expect(kind).toBe('committed');
    units.push(whole);
  };
  const parts = {
    storage,
    directory: new KeyDirectory(storage),
    keyStore: { forget: () => undefined } as never,
    committer: { commitService } as never,
    alarm: new Alarm(
      (line) => alarms.push(line),
      () => Infinity,
    ),
  };
  const rowIn = async (region: string): Promise<KeyRow | undefined> => {
    const [rows] = await storage.snapshot(select(kmsKeyTable, { region, key_id: keyId }));
    return rows[0];
  };
  return {
    units,
    alarms,
    rowIn,
    destroy: () => destroyDueKeys(parts, dueAt),
    /** Changes the primary when the destruction has read it and not yet been committed. */
    changePrimaryMeanwhile(values: Values) {
      before = async () => {
        const row = await rowIn(home);
        if (row === undefined) throw new Error('there is a primary');
        const changes = [update(kmsKeyTable, row, values)];
        await storage.commit({
          head: { accountId, region: home },
          expect: [],
          changes,
          audit: undefined,
        });
      };
    },
  };
}

const waiting = { state: 'PendingReplicaDeletion', pending_window_days: 9 };
const begun = { state: 'PendingDeletion', deletion_at: dueAt + 9 * day, pending_window_days: null };

describe('The destruction of the last replica', () => {
  it('begins the waiting period of a primary that waits for it, in the same unit, counted and recorded there', async () => {
    const store = await withDueReplica(waiting);
    expect(await store.destroy()).toBe(1);
    expect(await store.rowIn(home)).toMatchObject(begun);
    expect(await store.rowIn(second)).toBeUndefined();
    expect(store.units).toHaveLength(1);
    expect(store.units[0]?.elsewhere).toMatchObject([{ head: { accountId, region: home } }]);
    expect(store.units[0]?.elsewhere?.[0]?.audit.record).toContain('"SynchronizeMultiRegionKey"');
  });

  it('changes nothing of a primary that does not wait, and counts nothing in its Region', async () => {
    const store = await withDueReplica({ state: 'Disabled' });
    expect(await store.destroy()).toBe(1);
    expect(await store.rowIn(home)).toMatchObject({ state: 'Disabled', deletion_at: null, version: 1 });
    expect(store.units[0]?.elsewhere).toEqual([]);
  });

  it('does so too where the deletion of the primary was scheduled while it was under way', async () => {
    const store = await withDueReplica({ state: 'Enabled' });
    store.changePrimaryMeanwhile(waiting);
    expect(await store.destroy()).toBe(1);
    expect(await store.rowIn(home)).toMatchObject(begun);
    expect(store.alarms).toEqual([]);
  });

  it('does not where that was cancelled while it was under way', async () => {
    const store = await withDueReplica(waiting);
    store.changePrimaryMeanwhile({ state: 'Disabled', pending_window_days: null });
    expect(await store.destroy()).toBe(1);
    expect(await store.rowIn(home)).toMatchObject({ state: 'Disabled', deletion_at: null });
  });
});
