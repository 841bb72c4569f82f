import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeFields } from '@keyhaven/crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
import type { SqlValue, Table } from '../storage/table.ts';
import { accessKeyTable } from '../storage/tables.ts';
import { writeIdentitySeed } from './identity-seed.test-support.ts';
import {
  copyOf,
  examineStopped,
  fillStore,
  findingsAfter,
  type RightRows,
  type StoppedStore,
  withKeys,
} from './stopped-store.test-support.ts';

let folder: string;
let store: StoppedStore;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keyhaven-identities-'));
  store = await fillStore(() => Promise.resolve(), { seed: writeIdentitySeed(folder) });
});
afterAll(() => {
  store.remove();
  rmSync(folder, { recursive: true });
});

/** Writes a row over, some of its columns another way, its MAC right. */
const altered =
  (
    table: Table,
    values: Readonly<Record<string, SqlValue>>,
    where: Readonly<Record<string, SqlValue>> = {},
  ) =>
  ({ read, put }: RightRows) => {
    put(table, { ...read(table, where), ...values }, 9);
  };

const control = (values: Readonly<Record<string, SqlValue>>) => altered(controlPolicyTable, values);
const noSuch = `AIDA${'N'.repeat(17)}`;

describe('Rows of principals and policies', () => {
  it('give no finding as a seed file makes them', async () => {
    const { findings, counts } = await examineStopped(store.dataDir);
    expect(findings).toEqual([]);
    for (const { name } of [userTable, groupMemberTable, attachmentTable, controlPolicyTable])
      expect(counts[name]).toBe(1);
  });

  it.each<readonly [string, readonly string[], (rows: RightRows) => void]>([
    [
      'a head of no account',
      ['identity-head-account identity_head'],
      altered(identityHeadTable, { account_id: '9' }),
    ],
    ['a user under another name', ['identity-name iam_user'], altered(userTable, { user_name: 'Eve' })],
    [
      'a user without its boundary',
      ['identity-boundary iam_user'],
      altered(userTable, { boundary_arn: 'arn:aws:iam::111122223333:policy/none' }),
    ],
    [
      'a boundary of another path',
      ['identity-boundary iam_user'],
      altered(userTable, { boundary_arn: 'arn:aws:iam::111122223333:policy/x/Limit' }),
    ],
    ['tags that do not read', ['identity-tags iam_user'], altered(userTable, { tags: '[]' })],
    ['a group under another name', ['identity-name iam_group'], altered(groupTable, { group_name: 'Eve' })],
    [
      'a member that is not there',
      ['group-member iam_group_member'],
      altered(groupMemberTable, { user_id: noSuch }),
    ],
    [
      'a group that is not there',
      ['group-member iam_group_member'],
      altered(groupMemberTable, { group_id: noSuch }),
    ],
    [
      'a trust policy that does not parse',
      ['identity-policy iam_role'],
      altered(roleTable, { trust_policy: '{}' }),
    ],
    [
      'bindings that do not read',
      ['trust-bindings iam_role'],
      altered(roleTable, { trust_bindings: '{"a":1}' }),
    ],
    ['a role under another name', ['identity-name iam_role'], altered(roleTable, { role_name: 'Eve' })],
    [
      'a default version that is not there',
      ['policy-default-version iam_policy'],
      altered(managedPolicyTable, { default_version: 2, latest_version: 2 }, { name_key: 'usekeys' }),
    ],
    [
      'a version of no policy',
      ['policy-version iam_policy_version'],
      altered(managedPolicyVersionTable, { policy_id: 'ANPANONE' }),
    ],
    [
      'a version beyond the latest',
      ['policy-version iam_policy_version'],
      altered(managedPolicyVersionTable, { version_number: 7 }),
    ],
    [
      'a document that does not parse',
      ['identity-policy iam_policy_version'],
      altered(managedPolicyVersionTable, { document: '{"Statement":[]}' }),
    ],
    [
      'an inline policy of nobody',
      ['policy-owner iam_inline_policy'],
      altered(inlinePolicyTable, { owner_id: noSuch }),
    ],
    [
      'an inline policy that does not parse',
      ['identity-policy iam_inline_policy'],
      altered(inlinePolicyTable, { document: '' }),
    ],
    [
      'an attachment to nobody',
      ['policy-owner iam_attachment'],
      altered(attachmentTable, { owner_id: noSuch }),
    ],
    [
      'an attachment of no policy',
      ['attached-policy iam_attachment'],
      altered(attachmentTable, { policy_arn: 'arn:aws:iam::111122223333:policy/None' }),
    ],
    [
      'an attachment of a policy of another account',
      ['attached-policy iam_attachment'],
      altered(attachmentTable, { policy_arn: 'arn:aws:iam::999999999999:policy/UseKeys' }),
    ],
    ['a control policy of no kind', ['control-policy-kind control_policy'], control({ kind: 'other' })],
    ['a control policy that does not parse', ['identity-policy control_policy'], control({ document: '[]' })],
    [
      'a control policy of an account without a head',
      ['identity-head-missing identity_head'],
      control({ account_id: '000000000000' }),
    ],
  ])('are found although each has its right MAC: %s', async (_, expected, work) => {
    const copy = copyOf(store.dataDir);
    await withKeys(copy, work);
    const { findings } = await examineStopped(copy);
    expect(findings.map(({ check, table }) => `${check} ${table ?? ''}`)).toEqual(expected);
  });

  it('are found where an access key belongs to nobody', async () => {
    const copy = copyOf(store.dataDir);
    await withKeys(copy, ({ read, put, keyring }) => {
      const binding = encodeFields(['access key', 1, '111122223333', noSuch, 'AKIANONE']);
      const wrapped_secret = keyring.wrap('identity', () => binding, Buffer.from('secret'));
      const row = read(accessKeyTable, { access_key_id: 'AKIAADA' });
      put(accessKeyTable, { ...row, access_key_id: 'AKIANONE', principal_id: noSuch, wrapped_secret }, 1);
    });
    const { findings } = await examineStopped(copy);
    expect(findings.map(({ check }) => check)).toEqual(['access-key-principal']);
  });

  it.each<readonly [string, string, readonly string[]]>([
    ['the head', 'DELETE FROM identity_head', ['identity-head-missing']],
    ['a user', 'DELETE FROM iam_user', ['access-key-principal', 'group-member', 'policy-owner']],
    [
      'a managed policy',
      "DELETE FROM iam_policy WHERE name_key = 'usekeys'",
      ['policy-version', 'attached-policy'],
    ],
  ])('are found where something rests on what was removed: %s', async (_, sql, expected) => {
    const findings = await findingsAfter(store.dataDir, (db) => db.exec(sql));
    expect(findings.map(({ check }) => check)).toEqual(expected);
  });

  it.each([
    ['a control policy', 'DELETE FROM control_policy'],
    ['a member of a group', 'DELETE FROM iam_group_member'],
    ['an attachment', 'DELETE FROM iam_attachment'],
  ])('are not found missing yet where nothing else rests on them: %s', async (_, sql) => {
    expect(await findingsAfter(store.dataDir, (db) => db.exec(sql))).toEqual([]);
  });
});
