import { renderServiceEvent } from '../audit/record.ts';
import { deleteMaterial } from '../keys/delete-material.ts';
import { isPresent } from '../keys/key-material.ts';
import type { KmsKey } from '../keys/kms-key.ts';
import { select } from '../storage/query.ts';
import { keyMaterialTable } from '../storage/tables.ts';
import { forEachDueKey, type JobParts } from './due-keys.ts';
import { synchronizedElsewhere } from './synchronized-elsewhere.ts';

/**
 * Destroys the bytes of imported key material whose time is over; since that time no request has used them. Answers for
 * how many keys there was some.
 */
export function expireDueMaterial(parts: JobParts, now: number): Promise<number> {
  const query = select(keyMaterialTable, {}, { atMost: { column: 'expires_at', value: now } });
  return forEachDueKey(parts, query, 'expiry of key material', (key) => expire(key, parts, now));
}

async function expire(key: KmsKey, { directory, committer }: JobParts, now: number): Promise<boolean> {
  const expired = key.materials.filter(
    (material) => isPresent(material) && material.expires_at !== null && material.expires_at <= now,
  );
  // The same material was imported again meanwhile, or all of it went when the key was first visited.
  if (expired.length === 0) return false;
  const { account_id: accountId, region } = key.row;
  // A restore of an older backup reads here what it must not bring back.
  const event = renderServiceEvent('DeleteExpiredKeyMaterial', now, {
    awsRegion: region,
    accountId,
    resources: [key.arn],
    keyMaterialIds: expired.map(({ material_id }) => material_id),
  });
  const fingerprints = await directory.readFingerprints(key);
  const attached = { fingerprints, elsewhere: await directory.readElsewhere(key) };
  const { changes, elsewhere } = deleteMaterial(key, expired, attached);
  const rows = elsewhere.map(({ row }) => row);
  await committer.commitService(
    { head: { accountId, region }, expect: [], changes, destroys: true },
    event,
    synchronizedElsewhere(rows, now),
  );
  return true;
}
