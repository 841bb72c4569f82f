import type { Grant } from '@keyhaven/policy';
import { type Principal, rootPrincipal } from '../authentication/principal.ts';
import type { FoundPrincipal } from '../identities/port.ts';

/**
 * What a principal is stored and found under as a grantee or a retiring principal. Unique ids outlive nobody: who is made anew
 * under an old name has none of the old grants ("IAM identifiers", IAM User Guide). A session is that of one role.
 */
export function granteeKeyOf({ kind, arn, uniqueId }: FoundPrincipal): string {
  if (uniqueId === undefined) return arn;
  return kind === 'assumed-role' ? `${uniqueId}:${sessionNameOf(arn)}` : uniqueId;
}

/** The last part of a session's ARN. */
export function sessionNameOf(sessionArn: string): string {
  return sessionArn.slice(sessionArn.lastIndexOf('/') + 1);
}

/** One of the names under which grants reach a caller, and how such a grant names it. */
export interface CallerName {
  readonly key: string;
  readonly grantee: Grant['grantee'];
}

const known = new WeakMap<Principal, readonly CallerName[]>();

/** Every key under which grants may name the caller, the closest first. */
export function callerNames(principal: Principal): readonly CallerName[] {
  let names = known.get(principal);
  if (names === undefined) {
    names = namesOf(principal);
    known.set(principal, names);
  }
  return names;
}

function namesOf(principal: Principal): readonly CallerName[] {
  const account: CallerName = { key: rootPrincipal(principal.accountId).arn, grantee: 'account' };
  switch (principal.kind) {
    case 'root':
      return [account];
    case 'user':
      return [{ key: principal.principalId, grantee: 'principal' }, account];
    case 'assumed-role':
      return [
        { key: principal.principalId, grantee: 'principal' },
        { key: principal.roleId, grantee: 'role' },
        account,
      ];
    case 'service':
      return [{ key: principal.serviceName, grantee: 'service' }];
  }
}
