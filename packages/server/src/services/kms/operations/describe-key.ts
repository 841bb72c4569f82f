import { grantTokens, keyId, keyMetadata, required } from '@keyhaven/api-model';
import { describedKey, describeKey } from '../../../keys/describe-key.ts';
import { operation } from '../../../pipeline/operation.ts';
import { describedKeyTarget } from '../../../pipeline/targets/described-key.ts';
import { CommitConflict } from '../../../storage/unit-of-work.ts';

/** Answers a key's metadata. https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html */
export const DescribeKey = operation({
  name: 'DescribeKey',
  access: 'read',
  input: { KeyId: required(keyId), GrantTokens: grantTokens },
  output: { KeyMetadata: keyMetadata },
  target: describedKeyTarget(),
  recorded: ['KeyId'],
  act({ loaded: { key, related, unmadeBehind }, caller, now }, { provisionAwsManagedKey }) {
    if (unmadeBehind === undefined)
      return { output: { KeyMetadata: describeKey(describedKey(key, now, related)) } };
    return provisionAwsManagedKey(caller.accountId, caller.region, unmadeBehind).then(() => {
      // The request begins again, and finds the key that it had made.
      throw new CommitConflict();
    });
  },
});
