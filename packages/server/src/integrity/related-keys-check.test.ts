import { cpSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateKeyCommand,
  ReplicateKeyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { day } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyMaterialTable, kmsKeyTable } from '../storage/tables.ts';
import {
  copyOf,
  examineStopped,
  fillStore,
  inDatabase,
  type RightRows,
  type StoppedStore,
  withKeys,
} from './stopped-store.test-support.ts';

const home = 'eu-west-2';
const second = 'us-east-1';
const third = 'us-west-2';

let store: StoppedStore;
/** While the replica in the second Region was there for the first time. */
let earlier: string;
/** After that was destroyed, and before it was made anew. */
let destroyed: string;
let keyId: string;

beforeAll(async () => {
  store = await fillStore(async (service) => {
    const kms = service.client();
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ MultiRegion: true }));
    keyId = KeyMetadata?.KeyId ?? '';
    await kms.send(new RotateKeyOnDemandCommand({ KeyId: keyId }));
    for (const ReplicaRegion of [second, third])
      await kms.send(new ReplicateKeyCommand({ KeyId: keyId, ReplicaRegion }));
    const restarted = await service.restart();
    earlier = join(service.dataDir, '..', 'earlier');
    cpSync(service.dataDir, earlier, { recursive: true });
    await restarted
      .client({ region: second })
      .send(new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: 7 }));
    await restarted.advance(8 * day);
    const again = await restarted.restart();
    destroyed = join(service.dataDir, '..', 'destroyed');
    cpSync(service.dataDir, destroyed, { recursive: true });
    await again.client().send(new ReplicateKeyCommand({ KeyId: keyId, ReplicaRegion: second }));
    await again.service.close();
  });
  for (const folder of [earlier, destroyed])
    inDatabase(folder, (db) => db.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
});
afterAll(() => {
  store.remove();
});

/** The checks that tell of something, and of which Region's row, after rows with right MACs were written. */
async function foundWith(work: (rows: RightRows) => void): Promise<readonly string[]> {
  const copy = copyOf(store.dataDir);
  await withKeys(copy, work);
  const { findings } = await examineStopped(copy);
  return findings.map(({ check, key = '' }) => `${check} ${key.split(' / ')[1] ?? ''}`);
}

const change = (region: string, values: object) => (rows: RightRows) => {
  const row = rows.read(kmsKeyTable, { region, key_id: keyId });
  rows.put(kmsKeyTable, { ...row, ...values }, row.version + 1);
};

describe('Related multi-Region keys', () => {
  it('that agree are no finding, one of which was destroyed and made anew', async () => {
    expect((await examineStopped(store.dataDir)).findings).toEqual([]);
  });

  it.each<readonly [string, object]>([
    ['the rotation', { rotation_enabled: 1 }],
    ['its period', { rotation_period_days: 90 }],
    ['its date', { next_rotation_at: 1 }],
    ['the number of rotations on demand', { on_demand_rotations: 7 }],
    ['the usage', { key_usage: 'SIGN_VERIFY' }],
  ])('that differ in %s are found, once', async (_what, values) => {
    expect(await foundWith(change(second, values))).toEqual([`multi-region-differs ${second}`]);
  });

  it('are compared with the first of them, so that a difference of that one is told by all others', async () => {
    expect(await foundWith(change(home, { rotation_period_days: 90 }))).toEqual([
      `multi-region-differs ${second}`,
      `multi-region-differs ${third}`,
    ]);
  });

  it("may differ in what is each one's own", async () => {
    expect(await foundWith(change(second, { description: 'mine', state: 'Disabled' }))).toEqual([]);
  });

  it('of which two say that they are the primary are found', async () => {
    expect(await foundWith(change(second, { primary_region: second }))).toContain(
      `multi-region-differs ${second}`,
    );
  });

  it('whose primary is not there are found', async () => {
    const found = await foundWith((rows) => {
      for (const region of [home, second, third]) change(region, { primary_region: 'eu-north-1' })(rows);
    });
    expect(found.filter((finding) => finding.startsWith('multi-region-primary'))).toHaveLength(3);
  });

  it('of which one lacks older key material are found', async () => {
    const copy = copyOf(store.dataDir);
    inDatabase(copy, (db) => {
      db.exec(`DELETE FROM key_material WHERE region = '${third}' AND ordinal = 0`);
    });
    const { findings } = await examineStopped(copy);
    expect(findings.map(({ check, key }) => `${check} ${key ?? ''}`)).toEqual([
      `multi-region-material 000000000000 / ${third} / ${keyId}`,
    ]);
  });

  it('of which one has key material that the primary lacks are found', async () => {
    const found = await foundWith(({ read, put }) => {
      const row = read(keyMaterialTable, { region: third, ordinal: 0 });
      put(keyMaterialTable, { ...row, material_id: 'f'.repeat(64), wrapped: new Uint8Array([1]) }, 1);
    });
    expect(found).toContain(`multi-region-material ${third}`);
  });
});

describe('A replica that was destroyed, and not made anew', () => {
  it('is found by the journal where its old rows were put back and its tombstones taken away', async () => {
    const copy = copyOf(destroyed);
    inDatabase(copy, (db) => {
      db.exec(`ATTACH '${join(earlier, 'keyhaven.db')}' AS earlier; DELETE FROM tombstone`);
      for (const table of ['kms_key', 'key_policy', 'key_material'])
        db.exec(`INSERT INTO ${table} SELECT * FROM earlier.${table} WHERE region = '${second}'`);
    });
    const { findings } = await examineStopped(copy);
    expect(findings.map(({ check, key }) => `${check} ${key ?? ''}`)).toEqual([
      `destroyed-but-there 000000000000 / ${second} / ${keyId}`,
    ]);
  });

  it('is found where its tombstones alone were taken away', async () => {
    const copy = copyOf(destroyed);
    inDatabase(copy, (db) => {
      db.exec('DELETE FROM tombstone');
    });
    const { findings } = await examineStopped(copy);
    expect(findings.map(({ check }) => check)).toEqual(['tombstone-missing']);
  });
});
