import type { Storage } from '../storage/port.ts';
import { type Query, select } from '../storage/query.ts';
import type { Row } from '../storage/table.ts';
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
import { CommitConflict } from '../storage/unit-of-work.ts';
import { iamArn, nameKeyOf, readIamArn } from './identifiers.ts';

export type IdentityHead = Row<typeof identityHeadTable>;
export type UserRow = Row<typeof userTable>;
export type RoleRow = Row<typeof roleTable>;
export type ControlPolicyRow = Row<typeof controlPolicyTable>;
type VersionRow = Row<typeof managedPolicyVersionTable>;

/** What policies of some owners are made of, all of it seen under one head. Owners are named by their unique ids. */
export interface IdentityRows {
  readonly groupIdsOf: ReadonlyMap<string, readonly string[]>;
  readonly groupNames: ReadonlyMap<string, string>;
  readonly inlineOf: ReadonlyMap<string, readonly Row<typeof inlinePolicyTable>[]>;
  readonly attachmentsOf: ReadonlyMap<string, readonly Row<typeof attachmentTable>[]>;
  /** The default version of each managed policy, by the policy's ARN. */
  readonly managed: ReadonlyMap<string, VersionRow>;
}

/** Reads one account's identities in several steps, which must all see the same state of it. */
export class IdentityReads {
  readonly #storage: Storage;
  readonly #accountId: string;
  readonly #headQuery: Query<typeof identityHeadTable>;
  #head: IdentityHead | undefined;
  #hasHead = false;

  constructor(storage: Storage, accountId: string) {
    this.#storage = storage;
    this.#accountId = accountId;
    this.#headQuery = select(identityHeadTable, { account_id: accountId });
  }

  /** Of the account's last change; undefined while it has neither principals nor control policies. */
  get head(): IdentityHead | undefined {
    return this.#head;
  }

  async controls(): Promise<readonly ControlPolicyRow[]> {
    const query = select(controlPolicyTable, { account_id: this.#accountId }, { orderBy: 'policy_name' });
    const [[head], controls] = await this.#storage.snapshot(this.#headQuery, query);
    this.#see(head);
    return controls;
  }

  async user(userId: string): Promise<UserRow | undefined> {
    const query = select(userTable, { account_id: this.#accountId, user_id: userId });
    const [[head], [row]] = await this.#storage.snapshot(this.#headQuery, query);
    this.#see(head);
    return row;
  }

  async role(roleId: string): Promise<RoleRow | undefined> {
    const query = select(roleTable, { account_id: this.#accountId, role_id: roleId });
    const [[head], [row]] = await this.#storage.snapshot(this.#headQuery, query);
    this.#see(head);
    return row;
  }

  /** Everything that the policies of one user or role are made of. */
  async policiesOf(ownerId: string, boundaryArn: string | null): Promise<IdentityRows> {
    const account_id = this.#accountId;
    const byUser = select(groupMemberTable, { account_id, user_id: ownerId }, { orderBy: 'group_id' });
    const [[head], members] = await this.#storage.snapshot(this.#headQuery, byUser);
    this.#see(head);
    const owners = [ownerId, ...members.map(({ group_id }) => group_id)];
    const groups = await this.#each(
      members.map(({ group_id }) => select(groupTable, { account_id, group_id })),
    );
    const inline = await this.#each(
      owners.map((owner_id) =>
        select(inlinePolicyTable, { account_id, owner_id }, { orderBy: 'policy_name' }),
      ),
    );
    const attachments = await this.#each(
      owners.map((owner_id) => select(attachmentTable, { account_id, owner_id }, { orderBy: 'policy_arn' })),
    );
    const arns = attachments.flat().map(({ policy_arn }) => policy_arn);
    if (boundaryArn !== null) arns.push(boundaryArn);
    return {
      groupIdsOf: new Map([[ownerId, owners.slice(1)]]),
      groupNames: new Map(groups.flat().map(({ group_id, group_name }) => [group_id, group_name])),
      inlineOf: new Map(owners.map((owner, index) => [owner, inline[index] ?? []])),
      attachmentsOf: new Map(owners.map((owner, index) => [owner, attachments[index] ?? []])),
      managed: await this.#managed(arns),
    };
  }

  async #managed(arns: readonly string[]): Promise<ReadonlyMap<string, VersionRow>> {
    const account_id = this.#accountId;
    const keys = new Set(arns.map((arn) => nameKeyOf(readIamArn(arn)?.name ?? '')));
    const found = await this.#each(
      [...keys].map((name_key) => select(managedPolicyTable, { account_id, name_key })),
    );
    const policies = found.flat();
    const versions = await this.#each(
      policies.map(({ policy_id, default_version: version_number }) =>
        select(managedPolicyVersionTable, { account_id, policy_id, version_number }),
      ),
    );
    return new Map(
      policies.flatMap(({ path, policy_name }, index): [string, VersionRow][] => {
        const version = versions[index]?.[0];
        return version === undefined ? [] : [[iamArn('policy', account_id, path, policy_name), version]];
      }),
    );
  }

  /** The answers to queries of one kind, in their order. */
  async #each<Q extends Query>(queries: readonly Q[]) {
    if (queries.length === 0) return [];
    const [[head], ...answers] = await this.#storage.snapshot(this.#headQuery, ...queries);
    this.#see(head);
    return answers;
  }

  /** Throws CommitConflict where somebody has changed the account since the first step: whoever reads begins again. */
  #see(head: IdentityHead | undefined): void {
    if (this.#hasHead && this.#head?.version !== head?.version) throw new CommitConflict();
    this.#head = head;
    this.#hasHead = true;
  }
}

/** Everything that the policies of all users and roles of an account are made of, from one snapshot. */
export async function readAllIdentities(
  storage: Storage,
  accountId: string,
): Promise<{
  readonly head: IdentityHead | undefined;
  readonly users: readonly UserRow[];
  readonly roles: readonly RoleRow[];
  readonly controls: readonly ControlPolicyRow[];
  readonly rows: IdentityRows;
}> {
  const all = { account_id: accountId };
  const [[head], users, roles, controls, members, groups, inline, attachments, policies, versions] =
    await storage.snapshot(
      select(identityHeadTable, all),
      select(userTable, all, { orderBy: 'name_key' }),
      select(roleTable, all, { orderBy: 'name_key' }),
      select(controlPolicyTable, all, { orderBy: 'policy_name' }),
      select(groupMemberTable, all, { orderBy: 'group_id' }),
      select(groupTable, all),
      select(inlinePolicyTable, all, { orderBy: 'policy_name' }),
      select(attachmentTable, all, { orderBy: 'policy_arn' }),
      select(managedPolicyTable, all),
      select(managedPolicyVersionTable, all),
    );
  const membersOf = Map.groupBy(members, ({ user_id }) => user_id);
  const versionNames = new Map(versions.map((row) => [`${row.policy_id}/${row.version_number}`, row]));
  return {
    head,
    users,
    roles,
    controls,
    rows: {
      groupIdsOf: new Map([...membersOf].map(([user, rows]) => [user, rows.map(({ group_id }) => group_id)])),
      groupNames: new Map(groups.map(({ group_id, group_name }) => [group_id, group_name])),
      inlineOf: Map.groupBy(inline, ({ owner_id }) => owner_id),
      attachmentsOf: Map.groupBy(attachments, ({ owner_id }) => owner_id),
      managed: new Map(
        policies.flatMap(({ policy_id, default_version, path, policy_name }): [string, VersionRow][] => {
          const version = versionNames.get(`${policy_id}/${default_version}`);
          return version === undefined ? [] : [[iamArn('policy', accountId, path, policy_name), version]];
        }),
      ),
    },
  };
}
