import { compilePolicy, parsePolicyDocument } from '@keyhaven/policy';
import { describe, expect, it } from 'vitest';
import { rootPrincipal, type Principal } from '../authentication/principal.ts';
import { awsManagedKeyPolicy } from '../keys/aws-managed-keys.ts';
import {
  accountId,
  alice,
  authorizerWith,
  callerOf,
  identityOf,
  keyUnder,
  letsIn,
  mayAll,
  onKey,
  otherAccountId,
  question,
  requestOf,
  service,
} from './questions.test-support.ts';

const text = awsManagedKeyPolicy('alias/aws/s3', accountId, 'eu-west-2');
const key = { ...keyUnder(letsIn.nobody), policy: compilePolicy(parsePolicyDocument(text)) };
const root = rootPrincipal(accountId);
const bob: Principal = {
  ...alice,
  accountId: otherAccountId,
  arn: `arn:aws:iam::${otherAccountId}:user/bob`,
};

async function lets(principal: Principal, action: string, viaService?: string): Promise<boolean> {
  const facts = {
    serviceName: 's3.amazonaws.com',
    viaService,
    sourceArn: undefined,
    sourceAccount: undefined,
  };
  const caller = callerOf(principal, { service: viaService === undefined ? undefined : facts });
  const identity = identityOf({ identity: principal.kind === 'root' ? [] : [mayAll] });
  const request = requestOf(principal, identity, { caller });
  const { effect } = await authorizerWith().decide(question(request, onKey(key, `kms:${action}`)));
  return effect === 'Allow';
}

const s3 = 's3.eu-west-2.amazonaws.com';

describe('An AWS managed key', () => {
  it.each<[Principal, string]>([
    [alice, 'GenerateDataKey'],
    [alice, 'Decrypt'],
    [root, 'Encrypt'],
  ])('is used through its service', async (principal, action) => {
    expect(await lets(principal, action, s3)).toBe(true);
  });

  it.each<[string, Principal, string, string | undefined]>([
    ['directly', alice, 'Encrypt', undefined],
    ['directly by the root user', root, 'Decrypt', undefined],
    ['through another service', alice, 'Decrypt', 'sqs.eu-west-2.amazonaws.com'],
    ['through its service elsewhere', alice, 'Decrypt', 's3.us-east-1.amazonaws.com'],
    ['through its service for another account', bob, 'Decrypt', s3],
    ['by its service for itself', service, 'Decrypt', undefined],
  ])('is not used %s', async (_, principal, action, viaService) => {
    expect(await lets(principal, action, viaService)).toBe(false);
  });

  it.each(['DescribeKey', 'GetKeyPolicy', 'ListGrants', 'ListResourceTags'])(
    'is looked at by its account with %s',
    async (action) => {
      expect(await lets(alice, action)).toBe(true);
      expect(await lets(root, action)).toBe(true);
    },
  );

  it.each([
    'PutKeyPolicy',
    'ScheduleKeyDeletion',
    'DisableKey',
    'EnableKeyRotation',
    'CreateAlias',
    'TagResource',
  ])('takes %s from nobody, through its service or not', async (action) => {
    for (const viaService of [undefined, s3])
      expect([await lets(root, action, viaService), await lets(alice, action, viaService)]).toEqual([
        false,
        false,
      ]);
  });
});
