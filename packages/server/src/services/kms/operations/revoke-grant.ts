import { flag, grantId, grantNotFound, keyId, required } from '@keyhaven/api-model';
import { operation } from '../../../pipeline/operation.ts';
import { revokedGrantTarget } from '../../../pipeline/targets/revoked-grant.ts';

/** Ends a grant, for who administers the key. https://docs.aws.amazon.com/kms/latest/APIReference/API_RevokeGrant.html */
export const RevokeGrant = operation({
  name: 'RevokeGrant',
  access: 'write',
  input: { KeyId: required(keyId), GrantId: required(grantId), DryRun: flag() },
  output: undefined,
  target: revokedGrantTarget(),
  recorded: ['KeyId', 'GrantId'],
  act({ input: { GrantId }, loaded: { grant }, now }, { grantPropagation }) {
    if (grant === undefined) throw grantNotFound(GrantId);
    return { output: undefined, changes: [grantPropagation.endOf(grant, now)], grantId: GrantId };
  },
});
