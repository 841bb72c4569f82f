import { renderServiceEvent } from '../audit/record.ts';
import { keyArn } from '../keys/key-arn.ts';
import type { KeyRow } from '../keys/kms-key.ts';
import type { RecordedElsewhere } from '../pipeline/committer.ts';

/** The records of what the service changed of related multi-Region keys, each in the key's own Region. */
export function synchronizedElsewhere(
  rows: readonly Pick<KeyRow, 'account_id' | 'region' | 'key_id'>[],
  now: number,
): readonly RecordedElsewhere[] {
  return rows.map(({ account_id: accountId, region, key_id }) => ({
    head: { accountId, region },
    audit: renderServiceEvent('SynchronizeMultiRegionKey', now, {
      awsRegion: region,
      accountId,
      resources: [keyArn(accountId, region, key_id)],
    }),
  }));
}
