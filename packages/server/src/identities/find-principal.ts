import type { AccountDirectory } from '../accounts/account-directory.ts';
import { rootPrincipal } from '../authentication/principal.ts';
import { andThen, type Maybe } from '../maybe.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import { roleTable, userTable } from '../storage/identity-tables.ts';
import { iamArn, nameKeyOf, readIamArn, readSessionArn, type SessionArn } from './identifiers.ts';
import type { RoleRow, UserRow } from './identity-rows.ts';
import type { FoundPrincipal } from './port.ts';

type Found = Maybe<FoundPrincipal | undefined>;

const rootArnForm = /^arn:aws:iam::(\d{12}):root$/;

/** A user or a role, and its name without the path. */
export interface FoundOwner extends FoundPrincipal {
  readonly kind: 'user' | 'role';
  readonly uniqueId: string;
  readonly name: string;
}

export function foundUser({ account_id: accountId, path, user_name: name, user_id }: UserRow): FoundOwner {
  return { kind: 'user', accountId, arn: iamArn('user', accountId, path, name), uniqueId: user_id, name };
}

export function foundRole({ account_id: accountId, path, role_name: name, role_id }: RoleRow): FoundOwner {
  return { kind: 'role', accountId, arn: iamArn('role', accountId, path, name), uniqueId: role_id, name };
}

/**
 * The principal that a name stands for, asked of the store: an account id, a unique id, or the ARN of an account's root, a
 * user, a role or a role's session. A session is found where its role is: sessions are whoever assumes it.
 */
export function findPrincipal(name: string, storage: Storage, accounts: AccountDirectory): Found {
  const accountId = /^\d{12}$/.test(name) ? name : rootArnForm.exec(name)?.[1];
  if (accountId !== undefined) return findAccount(accountId, accounts);
  if (name.startsWith('AIDA')) return findUserById(name, storage);
  if (name.startsWith('AROA')) return findRoleById(name, storage);
  const session = readSessionArn(name);
  return session === undefined ? findByArn(name, storage) : findSession(name, session, storage);
}

function findAccount(accountId: string, accounts: AccountDirectory): FoundPrincipal | undefined {
  if (!accounts.exists(accountId)) return undefined;
  return { kind: 'account', accountId, arn: rootPrincipal(accountId).arn, uniqueId: undefined };
}

function findUserById(user_id: string, storage: Storage): Found {
  return andThen(storage.snapshot(select(userTable, { user_id })), ([[row]]) =>
    row === undefined ? undefined : foundUser(row),
  );
}

function findRoleById(role_id: string, storage: Storage): Found {
  return andThen(storage.snapshot(select(roleTable, { role_id })), ([[row]]) =>
    row === undefined ? undefined : foundRole(row),
  );
}

function findSession(arn: string, { accountId, roleName }: SessionArn, storage: Storage): Found {
  const query = select(roleTable, { account_id: accountId, name_key: nameKeyOf(roleName) });
  return andThen(storage.snapshot(query), ([[row]]) =>
    row?.role_name === roleName ? { kind: 'assumed-role', accountId, arn, uniqueId: row.role_id } : undefined,
  );
}

/** Names are unique whatever their case, yet an ARN names exactly one spelling and one path. */
function findByArn(arn: string, storage: Storage): Found {
  const read = readIamArn(arn);
  if (read === undefined) return undefined;
  const key = { account_id: read.accountId, name_key: nameKeyOf(read.name) };
  const exactly = (found: FoundPrincipal) => (found.arn === arn ? found : undefined);
  if (read.kind === 'user') {
    return andThen(storage.snapshot(select(userTable, key)), ([[row]]) =>
      row === undefined ? undefined : exactly(foundUser(row)),
    );
  }
  if (read.kind === 'role') {
    return andThen(storage.snapshot(select(roleTable, key)), ([[row]]) =>
      row === undefined ? undefined : exactly(foundRole(row)),
    );
  }
  return undefined;
}
