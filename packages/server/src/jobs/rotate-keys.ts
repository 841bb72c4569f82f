import { renderServiceEvent } from '../audit/record.ts';
import { isReplica, relatedElsewhere } from '../keys/related-keys.ts';
import { rotationChanges } from '../keys/rotation.ts';
import { select } from '../storage/query.ts';
import { kmsKeyTable } from '../storage/tables.ts';
import { forEachDueKey, type JobParts } from './due-keys.ts';
import { synchronizedElsewhere } from './synchronized-elsewhere.ts';

/**
 * Rotates every enabled key whose date has come; a disabled one rotates when it is enabled again. After downtime a key
 * rotates once, however many dates have passed. A replica rotates with its primary, whatever state it is in itself.
 * Answers how many there were.
 */
export function rotateDueKeys(parts: JobParts, now: number): Promise<number> {
  const due = { atMost: { column: 'next_rotation_at', value: now } };
  const query = select(kmsKeyTable, { state: 'Enabled', rotation_enabled: 1 }, due);
  return forEachDueKey(parts, query, 'key rotation', async (key) => {
    const { state, next_rotation_at, account_id: accountId, region, key_id: keyId } = key.row;
    if (isReplica(key.row)) return false;
    if (state !== 'Enabled' || next_rotation_at === null || next_rotation_at > now) return false;
    const material = await parts.keyStore.generate({ accountId, region, keyId }, key.spec);
    const rotating = { related: await parts.directory.readRelated(key), keyStore: parts.keyStore };
    const changes = rotationChanges(key, material, { type: 'AUTOMATIC', at: now }, rotating);
    const event = renderServiceEvent('RotateKey', now, {
      awsRegion: region,
      accountId,
      resources: [key.arn],
      rotationType: 'AUTOMATIC',
      keyMaterialId: material.materialId,
    });
    await parts.committer.commitService(
      { head: { accountId, region }, expect: [], changes },
      event,
      synchronizedElsewhere(relatedElsewhere(key, rotating.related), now),
    );
    return true;
  });
}
