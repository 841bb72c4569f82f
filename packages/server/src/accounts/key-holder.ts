import { rootPrincipal, type Principal } from '../authentication/principal.ts';
import { iamArn, isServiceName } from '../identities/identifiers.ts';
import { andThen, type Maybe } from '../maybe.ts';
import { userTable } from '../storage/identity-tables.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';

/** Whose an access key is: its row names the account's id, the unique id of a user, or the name of a service. */
export function findKeyHolder(
  row: { readonly account_id: string; readonly principal_id: string },
  storage: Storage,
): Maybe<Principal | undefined> {
  const { account_id: accountId, principal_id: principalId } = row;
  if (principalId === accountId) return rootPrincipal(accountId);
  if (isServiceName(principalId))
    return { kind: 'service', accountId, serviceName: principalId, arn: principalId, principalId };
  const query = select(userTable, { account_id: accountId, user_id: principalId });
  return andThen(storage.snapshot(query), ([[user]]) => {
    if (user === undefined) return undefined;
    const { path, user_name: userName } = user;
    return { kind: 'user', accountId, arn: iamArn('user', accountId, path, userName), principalId, userName };
  });
}
