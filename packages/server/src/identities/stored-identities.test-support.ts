import { join } from 'node:path';
import type { Caller } from '../authentication/caller.ts';
import type { Principal } from '../authentication/principal.ts';
import { rootPrincipal } from '../authentication/principal.ts';
import { openStore, temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import {
  attachmentTable,
  type controlPolicyTable,
  groupMemberTable,
  groupTable,
  identityHeadTable,
  inlinePolicyTable,
  managedPolicyTable,
  managedPolicyVersionTable,
  roleTable,
  userTable,
} from '../storage/identity-tables.ts';
import { select } from '../storage/query.ts';
import type { NewRow, Table } from '../storage/table.ts';
import { type Change, insert, update } from '../storage/unit-of-work.ts';
import { StoredIdentities } from './stored-identities.ts';

export const accountId = '111122223333';
export const emptyAccount = '444455556666';
export const userId = `AIDA${'U'.repeat(17)}`;
export const groupId = `AGPA${'G'.repeat(17)}`;
export const roleId = `AROA${'R'.repeat(17)}`;
export const policyId = `ANPA${'P'.repeat(17)}`;
export const userArn = `arn:aws:iam::${accountId}:user/staff/Ada`;
export const roleArn = `arn:aws:iam::${accountId}:role/Deploy`;
export const policyArn = `arn:aws:iam::${accountId}:policy/shared/UseKeys`;

const ofAccount = { account_id: accountId };

/** A document that allows one action. */
export const allowing = (action: string): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: action, Resource: '*' } });

export const userRow: NewRow<typeof userTable> = {
  ...ofAccount,
  name_key: 'ada',
  user_name: 'Ada',
  path: '/staff/',
  user_id: userId,
  created_at: 1,
  boundary_arn: policyArn,
  tags: '{"Team":"payments"}',
};
export const roleRow: NewRow<typeof roleTable> = {
  ...ofAccount,
  name_key: 'deploy',
  role_name: 'Deploy',
  path: '/',
  role_id: roleId,
  created_at: 1,
  description: '',
  trust_policy: '{}',
  trust_bindings: '{}',
  max_session_seconds: 3600,
  boundary_arn: null,
  tags: '{"Team":"platform","Stage":"test"}',
  revoked_before: null,
};
export const versionRow = (number: number, document: string): NewRow<typeof managedPolicyVersionTable> => ({
  ...ofAccount,
  policy_id: policyId,
  version_number: number,
  document,
  created_at: 1,
});
export const policyRow: NewRow<typeof managedPolicyTable> = {
  ...ofAccount,
  name_key: 'usekeys',
  policy_name: 'UseKeys',
  path: '/shared/',
  policy_id: policyId,
  created_at: 1,
  updated_at: 1,
  description: '',
  default_version: 2,
  latest_version: 2,
  tags: '{}',
};
export const memberRow = { ...ofAccount, group_id: groupId, user_id: userId };
export const controlRow = (
  kind: string,
  policy_name: string,
  document: string,
): NewRow<typeof controlPolicyTable> => ({ ...ofAccount, kind, policy_name, document });

/** A user of a group, and a role, of which policies of every kind speak. */
export const everything: readonly Change[] = [
  insert(identityHeadTable, { ...ofAccount, changed_at: 1 }),
  insert(userTable, userRow),
  insert(roleTable, roleRow),
  insert(groupTable, {
    ...ofAccount,
    name_key: 'ops',
    group_name: 'Ops',
    path: '/',
    group_id: groupId,
    created_at: 1,
  }),
  insert(groupMemberTable, memberRow),
  insert(managedPolicyTable, policyRow),
  insert(managedPolicyVersionTable, versionRow(1, allowing('kms:Decrypt'))),
  insert(managedPolicyVersionTable, versionRow(2, allowing('kms:Encrypt'))),
  insert(inlinePolicyTable, {
    ...ofAccount,
    owner_id: userId,
    policy_name: 'own',
    document: allowing('kms:Sign'),
  }),
  insert(inlinePolicyTable, {
    ...ofAccount,
    owner_id: groupId,
    policy_name: 'shared',
    document: allowing('kms:Verify'),
  }),
  insert(attachmentTable, { ...ofAccount, owner_id: groupId, policy_arn: policyArn }),
  insert(attachmentTable, { ...ofAccount, owner_id: roleId, policy_arn: policyArn }),
];

/** A real store with these rows, and what answers from it. */
export async function openIdentities(changes: readonly Change[]) {
  const { storage } = await openStore(join(temporaryFolder(), 'keyhaven.db'));
  const accountIds = new Set([accountId, emptyAccount]);
  const identities = new StoredIdentities(storage, { exists: (id) => accountIds.has(id) });
  const store = async (more: readonly Change[]) => {
    const unit = { head: undefined, expect: [], changes: more, audit: undefined };
    const result = await storage.commit(unit);
    if (result.kind !== 'committed') throw new Error(result.kind);
  };
  const commit = async (more: readonly Change[]) => {
    await store(more);
    identities.forget(more);
  };
  /** The head of the account, as the next change has it. */
  const headChange = async () => {
    const [[head]] = await storage.snapshot(select(identityHeadTable, ofAccount));
    if (head === undefined) throw new Error('the account has no head');
    return update(identityHeadTable, head, { changed_at: 2 });
  };
  const rowOf = async <T extends Table>(table: T) => (await storage.snapshot(select(table, {})))[0];
  await store(changes);
  return { storage, identities, commit, store, headChange, rowOf };
}

export function caller(principal: Principal, session?: Caller['session']): Caller {
  const { accountId: id } = principal;
  return {
    principal,
    accountId: id,
    accessKeyId: 'AKIA',
    region: 'eu-west-2',
    session,
    service: undefined,
  };
}

export const root = caller(rootPrincipal(accountId));
export const user = caller({
  kind: 'user',
  accountId,
  arn: userArn,
  principalId: userId,
  userName: 'Ada',
});

export function roleSession(session: Partial<NonNullable<Caller['session']>> = {}): Caller {
  const principal: Principal = {
    kind: 'assumed-role',
    accountId,
    arn: `arn:aws:sts::${accountId}:assumed-role/Deploy/tonight`,
    principalId: `${roleId}:tonight`,
    roleArn,
    roleId,
    roleName: 'Deploy',
    sessionName: 'tonight',
  };
  return caller(principal, {
    policies: [],
    tags: new Map(),
    transitiveTagKeys: [],
    sourceIdentity: undefined,
    issuedAt: 0,
    expiresAt: 0,
    chainDepth: 0,
    ...session,
  });
}
