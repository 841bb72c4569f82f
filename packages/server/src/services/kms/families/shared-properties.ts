import { keyArn } from '../../../keys/key-arn.ts';
import type { KeyRow, KmsKey } from '../../../keys/kms-key.ts';
import { relatedElsewhere } from '../../../keys/related-keys.ts';
import type { EffectElsewhere } from '../../../pipeline/operation.ts';

/** What a change of what related keys share is in each other Region, by CloudTrail's name for it. */
export function synchronized(key: KmsKey, related: readonly KeyRow[]): readonly EffectElsewhere[] {
  return relatedElsewhere(key, related).map(({ account_id, region, key_id }) => ({
    region,
    eventName: 'SynchronizeMultiRegionKey',
    keyArn: keyArn(account_id, region, key_id),
  }));
}
