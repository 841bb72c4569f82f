import type { Grant, GrantConstraints } from '@keyhaven/policy';
import { describe, expect, it } from 'vitest';
import type { Permission } from './permission.ts';
import {
  accountId,
  allowAll,
  ask,
  type Asked,
  control,
  deniesAll,
  denyAll,
  identityOf,
  keyUnder,
  letsIn,
  mayAll,
  otherAccountId,
  policy,
  refusal,
} from './questions.test-support.ts';

const constraints: GrantConstraints = {
  encryptionContextEquals: new Map([['app', 'shop']]),
  encryptionContextSubset: undefined,
  sourceArn: undefined,
};
const noConstraints = { ...constraints, encryptionContextEquals: undefined };
const grant: Grant = {
  grantId: 'g1',
  operations: new Set(['RetireGrant']),
  constraints: noConstraints,
  grantee: 'principal',
};

const retire = (
  retirement: { readonly grant?: Grant; readonly accountId?: string },
  key = keyUnder(letsIn.nobody),
): Permission => ({
  kind: 'key',
  action: 'kms:RetireGrant',
  key,
  retirement: { grant: undefined, accountId: undefined, constraints, ...retirement },
});

describe('A grant is retired', () => {
  it.each<[string, Asked, string]>([
    ['by whom the grant lets, whatever IAM leaves out', { permission: retire({ grant }) }, 'grant g1'],
    [
      'by whom IAM of the account allows it',
      { identity: identityOf({ identity: [mayAll] }), permission: retire({ accountId }) },
      'identity-based policy may-all#Statement[0]',
    ],
    [
      'by whom the grant lets, where IAM could allow it too and does not',
      { permission: retire({ grant, accountId }) },
      'grant g1',
    ],
  ])('%s', async (_, asked, decidedBy) => {
    expect((await ask(asked)).decidedBy).toBe(decidedBy);
  });

  it.each<[string, Asked, RegExp]>([
    [
      'by whom neither lets',
      { identity: identityOf({ identity: [mayAll] }), permission: retire({}) },
      /no resource-based policy allows/,
    ],
    [
      'by whom IAM does not allow it',
      { permission: retire({ accountId }) },
      /no identity-based policy allows/,
    ],
    [
      'by whom the key policy allows it: that is not effective',
      { permission: retire({ accountId }, keyUnder(letsIn.alice)) },
      /no identity-based policy allows/,
    ],
    [
      'by whom IAM denies it',
      { identity: identityOf({ identity: [deniesAll] }), permission: retire({ grant, accountId }) },
      /explicit deny in an identity-based policy/,
    ],
    [
      'against the organization',
      { identity: identityOf({ serviceControl: control(denyAll) }), permission: retire({ grant }) },
      /explicit deny in a service control policy/,
    ],
    [
      'on a key of another account, by whom that tells nothing',
      {
        identity: identityOf({ identity: [deniesAll] }),
        permission: retire({ grant }, keyUnder({ ...allowAll, Principal: '*' }, otherAccountId)),
      },
      /no resource-based policy allows/,
    ],
  ])('not %s', async (_, asked, text) => {
    expect(await refusal(asked)).toMatch(text);
  });

  it('only as its own constraints let a condition of IAM', async () => {
    const onContext = (value: string) =>
      policy('on-context', 'identity', {
        ...allowAll,
        Condition: { StringEquals: { 'kms:EncryptionContext:app': value } },
      });
    const permission = retire({ accountId });
    await ask({ identity: identityOf({ identity: [onContext('shop')] }), permission });
    const refused = { identity: identityOf({ identity: [onContext('bank')] }), permission };
    expect(await refusal(refused)).toMatch(/no identity-based policy allows/);
  });
});
