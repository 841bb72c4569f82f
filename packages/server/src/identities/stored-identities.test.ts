import { evaluatePolicy, type NamedPolicy, noConditionValues } from '@keyhaven/policy';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../authentication/caller.ts';
import { rootPrincipal } from '../authentication/principal.ts';
import {
  attachmentTable,
  controlPolicyTable,
  groupMemberTable,
  groupTable,
  identityHeadTable,
  inlinePolicyTable,
  managedPolicyTable,
  managedPolicyVersionTable,
  roleTable,
  userTable,
} from '../storage/identity-tables.ts';
import { kmsKeyTable } from '../storage/tables.ts';
import { insert, remove, update } from '../storage/unit-of-work.ts';
import { BrokenIdentityError } from './broken-identity.ts';
import {
  accountId,
  allowing,
  caller,
  controlRow,
  emptyAccount,
  everything,
  openIdentities,
  policyArn,
  policyRow,
  root,
  roleArn,
  roleId,
  roleRow,
  roleSession,
  user,
  userArn,
  userId,
  userRow,
  versionRow,
} from './stored-identities.test-support.ts';

const actions = ['kms:Encrypt', 'kms:Decrypt', 'kms:Sign', 'kms:Verify'];

/** What a policy allows of these actions, and where it comes from: what a decision would see of it. */
function seen(policies: readonly NamedPolicy[] | undefined, by: Caller = user) {
  return policies?.map(({ name, attachedTo, policy }) => {
    const allowed = actions.filter((action) => {
      const request = { principal: by.principal, action, resource: '*', conditions: noConditionValues };
      return evaluatePolicy(policy, request).effect === 'Allow';
    });
    return [name, attachedTo, ...allowed];
  });
}

const denyAll = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Deny', Action: '*', Resource: '*' },
});

describe('what policies speak of a caller', () => {
  it("are a user's own, inline and managed, and those of its groups, with the group's name", async () => {
    const { identities } = await openIdentities([
      ...everything,
      insert(attachmentTable, { account_id: accountId, owner_id: userId, policy_arn: policyArn }),
    ]);
    const { policies, tags } = await identities.of(user, false);
    expect(seen(policies.identity)).toEqual([
      ['own', undefined, 'kms:Sign'],
      [policyArn, undefined, 'kms:Encrypt'],
      ['shared', 'Ops', 'kms:Verify'],
      [policyArn, 'Ops', 'kms:Encrypt'],
    ]);
    expect(seen(policies.boundary && [policies.boundary])).toEqual([[policyArn, undefined, 'kms:Encrypt']]);
    expect(policies.session).toBeUndefined();
    expect(tags).toEqual(new Map([['Team', 'payments']]));
  });

  it("are a role's for its sessions, without limits that the session does not have", async () => {
    const { identities } = await openIdentities(everything);
    const { policies, tags } = await identities.of(roleSession(), false);
    expect(seen(policies.identity)).toEqual([[policyArn, undefined, 'kms:Encrypt']]);
    expect(policies).toMatchObject({ boundary: undefined, session: undefined, serviceControl: undefined });
    expect(tags.get('Team')).toBe('platform');
  });

  it("are limited by a session's policies, and its tags win over the role's whatever their case", async () => {
    const { identities } = await openIdentities(everything);
    const session = roleSession({
      policies: [{ name: 'Policy', document: allowing('kms:Sign') }],
      tags: new Map([['team', 'night']]),
    });
    const { policies, tags } = await identities.of(session, false);
    expect(seen(policies.session)).toEqual([['Policy', undefined, 'kms:Sign']]);
    expect([...tags]).toEqual([
      ['Stage', 'test'],
      ['team', 'night'],
    ]);
    // Another session of the same role gets nothing of it.
    const other = await identities.of(roleSession(), false);
    expect(other.policies.session).toBeUndefined();
    expect(other.tags.has('team')).toBe(false);
  });

  it("are none but the control policies for an account's root and its services", async () => {
    const { identities } = await openIdentities([
      ...everything,
      insert(controlPolicyTable, controlRow('service', 'only encrypt', allowing('kms:Encrypt'))),
    ]);
    const service = { kind: 'service', accountId, serviceName: 's3.amazonaws.com' } as const;
    const s3 = caller({ ...service, arn: 's3.amazonaws.com', principalId: 's3.amazonaws.com' });
    for (const one of [root, s3]) {
      const identity = await identities.of(one, false);
      expect(identity.policies.identity).toEqual([]);
      expect(seen(identity.policies.serviceControl)).toEqual([['only encrypt', undefined, 'kms:Encrypt']]);
      expect(identity.resourceControl).toBeUndefined();
    }
  });

  it('have control policies of each kind apart, which a user and a role session have too', async () => {
    const resource = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: '*', Action: 'kms:Decrypt', Resource: '*' },
    });
    const { identities } = await openIdentities([
      ...everything,
      insert(controlPolicyTable, controlRow('service', 's', allowing('kms:Encrypt'))),
      insert(controlPolicyTable, controlRow('resource', 'r', resource)),
    ]);
    for (const one of [root, user, roleSession()]) {
      const identity = await identities.of(one, false);
      expect(seen(identity.policies.serviceControl)).toEqual([['s', undefined, 'kms:Encrypt']]);
      expect(seen(identity.resourceControl)).toEqual([['r', undefined, 'kms:Decrypt']]);
    }
    expect(seen((await identities.controlsOf(accountId, false)).resourceControl)).toHaveLength(1);
    expect((await identities.controlsOf(emptyAccount, false)).resourceControl).toBeUndefined();
  });

  it('are what writes rest on: the head of the account, or that it has none', async () => {
    const { identities } = await openIdentities(everything);
    const table = identityHeadTable.name;
    expect((await identities.of(user, true)).expect).toEqual([{ table, key: [accountId], version: 1 }]);
    expect((await identities.controlsOf(emptyAccount, true)).expect).toEqual([
      { table, key: [emptyAccount], version: 0 },
    ]);
  });

  it('do not outlive a user or a role that is gone', async () => {
    const { identities } = await openIdentities([]);
    for (const gone of [user, roleSession()])
      await expect(identities.of(gone, false)).rejects.toMatchObject({ code: 'UnrecognizedClientException' });
  });
});

describe('what is kept of a caller', () => {
  it('is dropped when anything of the account changes, in any table', async () => {
    const { identities } = await openIdentities(everything);
    const other = caller(rootPrincipal(emptyAccount));
    for (const table of [
      userTable,
      groupTable,
      groupMemberTable,
      roleTable,
      managedPolicyTable,
      managedPolicyVersionTable,
      inlinePolicyTable,
      attachmentTable,
      controlPolicyTable,
      identityHeadTable,
    ]) {
      const before = await identities.of(user, false);
      const elsewhere = await identities.of(other, false);
      expect(identities.of(user, false)).toBe(before);
      identities.forget([{ table: table.name, key: [accountId, 'x', 'y'], version: 1, row: undefined }]);
      expect(await identities.of(user, false)).not.toBe(before);
      expect(identities.of(other, false)).toBe(elsewhere);
    }
  });

  it('is what it was after changes of keys', async () => {
    const { identities } = await openIdentities(everything);
    const before = await identities.of(user, false);
    const key = [accountId, 'eu-west-2', 'a key'];
    identities.forget([{ table: kmsKeyTable.name, key, version: 1, row: undefined }]);
    expect(identities.of(user, false)).toBe(before);
  });

  it('follows a commit from the next request on, and a write even where it was not told', async () => {
    const { identities, commit, store, headChange, rowOf } = await openIdentities(everything);
    await identities.of(user, false);
    const [member] = await rowOf(groupMemberTable);
    if (member === undefined) throw new Error('no member');
    await commit([await headChange(), remove(groupMemberTable, member)]);
    expect(seen((await identities.of(user, false)).policies.identity)).toHaveLength(1);
    await store([
      await headChange(),
      insert(groupMemberTable, { account_id: accountId, group_id: member.group_id, user_id: userId }),
    ]);
    expect(seen((await identities.of(user, false)).policies.identity)).toHaveLength(1);
    const fresh = await identities.of(user, true);
    expect(seen(fresh.policies.identity)).toHaveLength(3);
    expect(fresh.expect[0]?.version).toBe(3);
  });

  it('is never what was read before a change and came after it', async () => {
    const { identities } = await openIdentities(everything);
    const reading = identities.of(user, false);
    identities.forget([{ table: userTable.name, key: [accountId, 'ada'], version: 1, row: undefined }]);
    const outdated = await reading;
    expect(await identities.of(user, false)).not.toBe(outdated);
  });

  it("of a session follows its role's policies", async () => {
    const { identities, commit, headChange, rowOf } = await openIdentities(everything);
    const session = roleSession({ tags: new Map([['a', 'b']]) });
    const before = await identities.of(session, false);
    expect(await identities.of(session, false)).toBe(before);
    const [policy] = await rowOf(managedPolicyTable);
    if (policy === undefined) throw new Error('no policy');
    await commit([await headChange(), update(managedPolicyTable, policy, { default_version: 1 })]);
    expect(seen((await identities.of(session, false)).policies.identity)).toEqual([
      [policyArn, undefined, 'kms:Decrypt'],
    ]);
  });
});

describe('rows that do not belong together', () => {
  const without = (table: { readonly name: string }) => everything.filter((one) => one.table !== table.name);

  it.each([
    ['a managed policy that is not there', without(managedPolicyTable), 'which is not there'],
    [
      'a default version that is not there',
      [
        ...without(managedPolicyVersionTable),
        insert(managedPolicyVersionTable, versionRow(1, allowing('*'))),
      ],
      'which is not there',
    ],
    ['a group that is not there', without(groupTable), 'a member of'],
    [
      'a policy of another path',
      [...without(managedPolicyTable), insert(managedPolicyTable, { ...policyRow, path: '/' })],
      'which is not there',
    ],
    [
      'a document that does not parse',
      [...without(managedPolicyVersionTable), insert(managedPolicyVersionTable, versionRow(2, '{'))],
      'does not parse',
    ],
    [
      'a document with a principal, which is no identity policy',
      [
        ...without(managedPolicyVersionTable),
        insert(
          managedPolicyVersionTable,
          versionRow(2, '{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}'),
        ),
      ],
      'does not parse',
    ],
    [
      'tags that do not read',
      [...without(userTable), insert(userTable, { ...userRow, tags: '{"a":1}' })],
      'tags',
    ],
    [
      'a control policy that does not parse',
      [...everything, insert(controlPolicyTable, controlRow('service', 'c', '[]'))],
      'does not parse',
    ],
    [
      'a boundary of another account',
      [
        ...without(userTable),
        insert(userTable, { ...userRow, boundary_arn: policyArn.replace(accountId, emptyAccount) }),
      ],
      'which is not there',
    ],
  ])('refuse every request of the user: %s', async (_, changes, reason) => {
    const { identities } = await openIdentities(changes);
    const refused = expect(identities.of(user, false)).rejects;
    await refused.toBeInstanceOf(BrokenIdentityError);
    await expect(identities.of(user, true)).rejects.toThrow(reason);
    await expect(identities.list(accountId)).rejects.toBeInstanceOf(BrokenIdentityError);
  });

  it('refuse the account where a control policy does not parse, and no other', async () => {
    const { identities } = await openIdentities([
      ...everything,
      insert(controlPolicyTable, controlRow('resource', 'c', '{"Statement":[]}')),
    ]);
    await expect(identities.of(root, false)).rejects.toBeInstanceOf(BrokenIdentityError);
    await expect(identities.controlsOf(accountId, false)).rejects.toBeInstanceOf(BrokenIdentityError);
    expect((await identities.controlsOf(emptyAccount, false)).resourceControl).toBeUndefined();
  });
});

describe('finding a principal', () => {
  const found: readonly [string, object][] = [
    [accountId, { kind: 'account', arn: `arn:aws:iam::${accountId}:root`, uniqueId: undefined }],
    [
      `arn:aws:iam::${accountId}:root`,
      { kind: 'account', arn: `arn:aws:iam::${accountId}:root`, uniqueId: undefined },
    ],
    [userArn, { kind: 'user', arn: userArn, uniqueId: userId }],
    [userId, { kind: 'user', arn: userArn, uniqueId: userId }],
    [roleArn, { kind: 'role', arn: roleArn, uniqueId: roleId }],
    [roleId, { kind: 'role', arn: roleArn, uniqueId: roleId }],
    [
      `arn:aws:sts::${accountId}:assumed-role/Deploy/any-session`,
      {
        kind: 'assumed-role',
        arn: `arn:aws:sts::${accountId}:assumed-role/Deploy/any-session`,
        uniqueId: roleId,
      },
    ],
  ];

  it('answers accounts, users, roles and sessions by every name that policies have for them', async () => {
    const { identities } = await openIdentities(everything);
    for (const [name, expected] of found)
      expect(await identities.find(name), name).toMatchObject({ ...expected, accountId });
  });

  const nobody = [
    '999999999999',
    'arn:aws:iam::999999999999:root',
    `arn:aws:iam::${accountId}:user/Ada`,
    `arn:aws:iam::${accountId}:user/staff/ada`,
    `arn:aws:iam::${accountId}:user/other/Ada`,
    `arn:aws:iam::${emptyAccount}:user/staff/Ada`,
    `arn:aws-cn:iam::${accountId}:user/staff/Ada`,
    `arn:aws:iam::${accountId}:role/Ada`,
    `arn:aws:iam::${accountId}:group/Ops`,
    policyArn,
    `arn:aws:sts::${accountId}:assumed-role/deploy/any-session`,
    `arn:aws:sts::${accountId}:assumed-role/Deploy/x`,
    `arn:aws:sts::${accountId}:assumed-role/Nobody/any-session`,
    'AIDANOBODY',
    `AROA${'U'.repeat(17)}`,
    '*',
    '',
    'Ada',
  ];

  it('answers nothing for another path, spelling, account or kind, and for what is no name', async () => {
    const { identities } = await openIdentities(everything);
    for (const name of nobody) expect(await identities.find(name), name).toBeUndefined();
  });
});

describe('listing principals', () => {
  it('answers every user and role of the account as their requests see it', async () => {
    const { identities } = await openIdentities([
      ...everything,
      insert(controlPolicyTable, controlRow('service', 's', denyAll)),
      insert(roleTable, { ...roleRow, name_key: 'aa', role_name: 'Aa', role_id: `AROA${'A'.repeat(17)}` }),
    ]);
    const listed = await identities.list(accountId);
    expect(listed.map(({ kind, name, arn }) => [kind, name, arn])).toEqual([
      ['user', 'Ada', userArn],
      ['role', 'Aa', `arn:aws:iam::${accountId}:role/Aa`],
      ['role', 'Deploy', roleArn],
    ]);
    expect(listed[0]?.identity).toEqual(await identities.of(user, true));
    expect(listed[2]?.identity).toEqual(await identities.of(roleSession(), true));
  });

  it('answers nobody of an account without principals', async () => {
    const { identities } = await openIdentities(everything);
    expect(await identities.list(emptyAccount)).toEqual([]);
  });
});
