import type { Accounts } from '../accounts/accounts.ts';
import type { Identities } from '../identities/port.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import { accessKeyTable } from '../storage/tables.ts';
import type { Change } from '../storage/unit-of-work.ts';
import { planIdentities } from './plan-identities.ts';
import type { ResolvedIdentities } from './resolve-identities.ts';
import type { SeedAccessKey, SeedAccount } from './seed.ts';
import { seedRefusal } from './seed-document.ts';

/** What one account lacks of the seed, its keys left out. */
export interface AccountPlan {
  readonly accountId: string;
  readonly isNew: boolean;
  readonly accessKeyIds: readonly string[];
  /** The ARNs of new users, roles, groups and policies. */
  readonly madeArns: readonly string[];
  readonly changes: readonly Change[];
}

export interface AccountPlanParts {
  readonly path: string;
  readonly accounts: Accounts;
  readonly storage: Storage;
  readonly principals: Pick<Identities, 'find'>;
  readonly now: number;
}

/** Throws StartRefusal for what cannot be made. */
export async function planAccount(
  account: SeedAccount,
  resolved: ResolvedIdentities,
  parts: AccountPlanParts,
): Promise<AccountPlan> {
  const { accounts, now } = parts;
  const { accountId, identities } = account;
  const isNew = !accounts.exists(accountId);
  const made = await planIdentities(resolved, identities.controlPolicies, { ...parts, accountId });
  const changes: Change[] = isNew ? [accounts.accountChange(accountId, now)] : [];
  changes.push(...made.changes);
  const accessKeyIds: string[] = [];
  for (const { principalId, accessKey } of accessKeysOf(account, resolved)) {
    const change = await accessKeyChange(accountId, principalId, accessKey, parts);
    if (change === undefined) continue;
    changes.push(change);
    accessKeyIds.push(accessKey.accessKeyId);
  }
  return { accountId, isNew, accessKeyIds, madeArns: made.madeArns, changes };
}

interface HeldKey {
  readonly principalId: string;
  readonly accessKey: SeedAccessKey;
}

/** The access keys of root, services and new users: a user that exists is left as it is, its access keys with it. */
function accessKeysOf({ accountId, rootAccessKeys, identities }: SeedAccount, { users }: ResolvedIdentities) {
  const held = (principalId: string, keys: readonly SeedAccessKey[]): readonly HeldKey[] =>
    keys.map((accessKey) => ({ principalId, accessKey }));
  return [
    ...held(accountId, rootAccessKeys),
    ...identities.services.flatMap(({ name, accessKeys }) => held(name, accessKeys)),
    ...[...users.values()].flatMap(({ isNew, uniqueId, given }) =>
      isNew ? held(uniqueId, given.accessKeys) : [],
    ),
  ];
}

/** Undefined for an access key that exists as the file says. */
async function accessKeyChange(
  accountId: string,
  principalId: string,
  { accessKeyId, secretAccessKey, status, line }: SeedAccessKey,
  { path, accounts, storage, now }: AccountPlanParts,
): Promise<Change | undefined> {
  const [[row]] = await storage.snapshot(select(accessKeyTable, { access_key_id: accessKeyId }));
  if (row === undefined) {
    const made = { accountId, principalId, accessKeyId, status };
    return secretAccessKey.use((bytes) => accounts.accessKeyChange(made, bytes, now));
  }
  using existing = accounts.unwrapSecret(row);
  const isTheirs = row.account_id === accountId && row.principal_id === principalId;
  if (isTheirs && existing.equals(secretAccessKey)) return undefined;
  const rule = `the access key ${accessKeyId} exists already with another secret or account`;
  throw seedRefusal(path, line, rule);
}
