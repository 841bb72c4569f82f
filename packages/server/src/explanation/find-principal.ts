import { type Principal, rootPrincipal } from '../authentication/principal.ts';
import type { FoundPrincipal, Identities } from '../identities/port.ts';
import { isServiceName, sessionArn } from '../identities/identifiers.ts';

/** What a role's session is called where nobody has named one: a session that was never made. */
const supposedSessionName = 'explain';

const afterLastSlash = (text: string): string => text.slice(text.lastIndexOf('/') + 1);

/**
 * The principal of requests that a name stands for: the ARN of a root user, a user, a role (a session of it is meant) or a role
 * session, an account id, or a service's name. A service belongs to no account; `accountId` is where it would ask. Undefined:
 * there is none.
 */
export async function findPrincipal(
  name: string,
  accountId: string,
  identities: Pick<Identities, 'find'>,
): Promise<Principal | undefined> {
  const found = await identities.find(name);
  if (found !== undefined) return principalOf(found, identities);
  if (!isServiceName(name)) return undefined;
  return { kind: 'service', accountId, serviceName: name, arn: name, principalId: name };
}

/** The principal of requests that an account, user, role or session is; of a role a session of it. */
export async function principalOf(
  { kind, accountId, arn, uniqueId = '' }: FoundPrincipal,
  identities: Pick<Identities, 'find'>,
): Promise<Principal | undefined> {
  switch (kind) {
    case 'account':
      return rootPrincipal(accountId);
    case 'user':
      return { kind, accountId, arn, principalId: uniqueId, userName: afterLastSlash(arn) };
    case 'role':
      return sessionOf({ accountId, roleArn: arn, roleId: uniqueId }, supposedSessionName);
    case 'assumed-role': {
      const role = await identities.find(uniqueId);
      if (role === undefined) return undefined;
      return sessionOf({ accountId, roleArn: role.arn, roleId: uniqueId }, afterLastSlash(arn));
    }
  }
}

function sessionOf(
  {
    accountId,
    roleArn,
    roleId,
  }: { readonly accountId: string; readonly roleArn: string; readonly roleId: string },
  sessionName: string,
): Principal {
  const roleName = afterLastSlash(roleArn);
  return {
    kind: 'assumed-role',
    accountId,
    arn: sessionArn(accountId, roleName, sessionName),
    principalId: `${roleId}:${sessionName}`,
    roleArn,
    roleId,
    roleName,
    sessionName,
  };
}
