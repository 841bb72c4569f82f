import type { Grant } from '@keyhaven/policy';
import { describe, expect, it } from 'vitest';
import type { StoredGrant } from '../grants/port.ts';
import type { KmsKey } from '../keys/kms-key.ts';
import { Authorizer } from './authorizer.ts';
import {
  accountId,
  alice,
  ask,
  type Asked,
  deniesAll,
  identityOf,
  keyUnder,
  letsIn,
  mayAll,
  noControls,
  now,
  onKey,
  otherAccountId,
  protection,
  question,
  refusal,
  requestOf,
} from './questions.test-support.ts';

const grant = (operations: readonly string[], more: Partial<Grant> = {}): StoredGrant => ({
  row: {
    account_id: accountId,
    region: 'eu-west-2',
    key_id: 'k',
    grant_id: 'g1',
    grant_name: '',
    grantee: alice.arn,
    grantee_key: alice.principalId,
    retiring: null,
    retiring_key: null,
    operations: '',
    constraints: null,
    issuing_account: accountId,
    created_at: now,
    ended_at: null,
    version: 4,
    ...protection,
  },
  grant: {
    grantId: 'g1',
    operations: new Set(operations),
    constraints: {
      encryptionContextEquals: undefined,
      encryptionContextSubset: undefined,
      sourceArn: undefined,
    },
    grantee: 'principal',
    ...more,
  },
});

describe('A grant', () => {
  const closed = onKey(keyUnder(letsIn.nobody));

  it('lets in whom no policy does', async () => {
    const authorization = await ask({ permission: closed, grants: [grant(['Encrypt'])] });
    expect(authorization.decidedBy).toBe('grant g1');
  });

  it.each<[string, Asked]>([
    ['for another operation', { permission: closed, grants: [grant(['Decrypt'])] }],
    [
      'for an action that grants cannot give',
      { permission: onKey(keyUnder(letsIn.nobody), 'kms:PutKeyPolicy'), grants: [grant(['PutKeyPolicy'])] },
    ],
    [
      'with other constraints',
      {
        permission: closed,
        grants: [
          grant(['Encrypt'], {
            constraints: {
              encryptionContextEquals: new Map([['a', 'b']]),
              encryptionContextSubset: undefined,
              sourceArn: undefined,
            },
          }),
        ],
      },
    ],
    [
      'against a deny',
      { identity: identityOf({ identity: [deniesAll] }), permission: closed, grants: [grant(['Encrypt'])] },
    ],
    [
      'that would pass on more than it has',
      {
        permission: {
          ...closed,
          kind: 'key',
          key: keyUnder(letsIn.nobody),
          action: 'kms:CreateGrant',
          newGrant: { operations: new Set(['Decrypt']), constraints: grant([]).grant.constraints },
        },
        grants: [grant(['CreateGrant', 'Encrypt'])],
      },
    ],
  ])('does not, %s', async (_, asked) => {
    expect(await refusal(asked)).toMatch(/^User: /);
  });

  it('is asked for only where no policy allows', async () => {
    const never = { forCaller: () => Promise.reject(new Error('asked')) };
    const authorizer = new Authorizer({ controlsOf: () => noControls }, never);
    const request = requestOf(alice);
    const permission = onKey(keyUnder(letsIn.alice));
    expect((await authorizer.authorize(question(request, permission))).decidedBy).toBe('alice');
  });
});

describe('A write commits on', () => {
  const keyRow = (key: KmsKey) => ({
    table: 'kms_key',
    key: [key.row.account_id, 'eu-west-2', key.row.key_id],
    version: 7,
  });
  const identityHead = { table: 'identity_head', key: [accountId], version: 3 };

  it('the identities of the account, and the key with its policy', async () => {
    const key = keyUnder(letsIn.alice);
    const { expect: rested } = await ask({ permission: onKey(key), fresh: true });
    expect(rested).toEqual([identityHead, keyRow(key)]);
  });

  it('the identities of the account of the key as well', async () => {
    const key = keyUnder(letsIn.alice, otherAccountId);
    const identity = identityOf({ identity: [mayAll] });
    const { expect: rested } = await ask({ identity, permission: onKey(key), fresh: true });
    expect(rested).toEqual([identityHead, ...noControls.expect, keyRow(key)]);
  });

  it('the grant that let the caller in, and no other', async () => {
    const key = keyUnder(letsIn.nobody);
    const other = grant(['Decrypt'], { grantId: 'g2' });
    const grants = [other, grant(['Encrypt'])];
    const { expect: rested } = await ask({ permission: onKey(key), grants, fresh: true });
    const used = { table: 'kms_grant', key: [accountId, 'eu-west-2', 'k', 'g1'], version: 4 };
    expect(rested).toEqual([identityHead, keyRow(key), used]);
  });
});
