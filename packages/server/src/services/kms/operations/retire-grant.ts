import { flag, grantId, grantToken, grantToRetireUnclear, keyId } from '@keyhaven/api-model';
import { operation } from '../../../pipeline/operation.ts';
import { retiredGrantTarget } from '../../../pipeline/targets/retired-grant.ts';

/** Ends a grant, for who was given it to use or to retire. https://docs.aws.amazon.com/kms/latest/APIReference/API_RetireGrant.html */
export const RetireGrant = operation({
  name: 'RetireGrant',
  access: 'write',
  input: { GrantToken: grantToken, KeyId: keyId, GrantId: grantId, DryRun: flag() },
  output: undefined,
  target: retiredGrantTarget(),
  // CloudTrail shows no parameters of it; which grant it was is told by the record's grant id.
  recorded: [],
  check({ GrantToken, KeyId, GrantId }) {
    const isByToken = GrantToken !== undefined && KeyId === undefined && GrantId === undefined;
    const isById = GrantToken === undefined && KeyId !== undefined && GrantId !== undefined;
    if (!isByToken && !isById) throw grantToRetireUnclear();
  },
  act({ loaded: { grant }, now }, { grantPropagation }) {
    return { output: undefined, changes: [grantPropagation.endOf(grant, now)], grantId: grant.grant_id };
  },
});
