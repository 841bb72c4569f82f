import {
  contextConstraintNotSupported,
  flag,
  grantId,
  grantQuota,
  grantToken,
  grantTokens,
  newGrant,
} from '@keyhaven/api-model';
import { randomHex } from '@keyhaven/crypto';
import { constrainsContext } from '../../../grants/grant-constraints.ts';
import { assertGrantable } from '../../../grants/grant-operations.ts';
import { assertGrantMembers, newGrantRow } from '../../../grants/new-grant.ts';
import { addressOf } from '../../../keys/kms-key.ts';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { newGrantTarget } from '../../../pipeline/targets/new-grant.ts';
import { grantTable, kmsKeyTable } from '../../../storage/tables.ts';
import { insert, update } from '../../../storage/unit-of-work.ts';

const grantIdBytes = 32;

/** Lets a principal use a key. https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html */
export const CreateGrant = operation({
  name: 'CreateGrant',
  access: 'write',
  input: { ...newGrant, GrantTokens: grantTokens, DryRun: flag() },
  output: { GrantToken: grantToken, GrantId: grantId },
  target: newGrantTarget(),
  states: 'createGrant',
  recorded: [
    'KeyId',
    'GranteePrincipal',
    'RetiringPrincipal',
    'Operations',
    'Constraints',
    'Name',
    'GranteeServicePrincipal',
    'RetiringServicePrincipal',
  ],
  check: assertGrantMembers,
  supports({ key, constraints }, { Operations }) {
    assertGrantable(Operations, key);
    if (key.spec.type !== 'symmetric' && constrainsContext(constraints))
      throw contextConstraintNotSupported();
  },
  act({ input, caller, loaded, now }, { grantListings, grantTokens: tokens }) {
    const { key } = loaded;
    const made = { grant_id: randomHex(grantIdBytes), issuing_account: caller.accountId, created_at: now };
    const row = newGrantRow(input, loaded, made);
    const address = addressOf(key.row);
    const answer = (id: string) => ({
      output: { GrantToken: tokens.seal({ ...address, grantId: id }), GrantId: id },
      grantId: id,
    });
    // Under a name, a request that is sent again gives no second grant.
    return andThen(input.Name === undefined ? undefined : grantListings.findSame(row), (same) => {
      if (same !== undefined) return answer(same.grant_id);
      return andThen(grantListings.isFull(address), (isFull) => {
        if (isFull) throw grantQuota(grantListings.mostGrantsOfAKey);
        // The key's version rises with its grants: two requests can neither both make the last one nor both make the same.
        return {
          ...answer(row.grant_id),
          changes: [insert(grantTable, row), update(kmsKeyTable, key.row, {})],
        };
      });
    });
  },
});
