import { renderServiceEvent } from '../audit/record.ts';
import type { KeyDirectory } from '../keys/key-directory.ts';
import { rotationChanges } from '../keys/rotation.ts';
import type { KeyStore } from '../key-stores/port.ts';
import { CommitConflict, type Committer } from '../pipeline/committer.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import { kmsKeyTable } from '../storage/tables.ts';

export interface RotateParts {
  readonly storage: Storage;
  readonly directory: KeyDirectory;
  readonly keyStore: KeyStore;
  readonly committer: Committer;
}

/**
 * Rotates every enabled key whose date has come; a disabled one rotates when it is enabled again. After downtime a key
 * rotates once, however many dates have passed. Answers how many there were.
 */
export async function rotateDueKeys(
  { storage, directory, keyStore, committer }: RotateParts,
  now: number,
): Promise<number> {
  const due = { atMost: { column: 'next_rotation_at', value: now } };
  const [rows] = await storage.snapshot(select(kmsKeyTable, { state: 'Enabled', rotation_enabled: 1 }, due));
  for (const { account_id: accountId, region, key_id: keyId } of rows) {
    const address = { accountId, region, keyId };
    const key = await directory.readKey(address);
    if (key?.row.state !== 'Enabled' || key.row.next_rotation_at === null || key.row.next_rotation_at > now)
      continue;
    const material = await keyStore.generate(address, key.spec);
    const changes = rotationChanges(key, material, { type: 'AUTOMATIC', at: now });
    const event = renderServiceEvent('RotateKey', now, {
      awsRegion: region,
      accountId,
      resources: [key.arn],
      rotationType: 'AUTOMATIC',
      keyMaterialId: material.materialId,
    });
    try {
      await committer.commitService({ head: { accountId, region }, expect: [], changes }, event);
    } catch (error) {
      // Somebody changed the key meanwhile; the next round looks at it again.
      if (!(error instanceof CommitConflict)) throw error;
    }
  }
  return rows.length;
}
