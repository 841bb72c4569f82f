import type { Principal } from './elements/principal-name.ts';
import type { PrincipalElement } from './elements/principal.ts';
import type { RequestPrincipal } from './request.ts';

/**
 * How a statement names the caller: itself (its ARN, its unique id, `*`), by its role, by its account, which is delegation to
 * the identity policies of that account, or as a service.
 */
export type PrincipalMatch = 'principal' | 'role' | 'account' | 'service';

/** The principals of one statement, sorted by how they match; `inverted` for NotPrincipal. */
export interface PrincipalSet {
  readonly inverted: boolean;
  readonly anyone: boolean;
  /** Accounts written as a bare id; they match in every partition. */
  readonly accountIds: ReadonlySet<string>;
  /** ARNs as written; they match literally, partition included. */
  readonly arns: ReadonlySet<string>;
  /** Unique ids, also those that ARNs are bound to. */
  readonly ids: ReadonlySet<string>;
  readonly services: ReadonlySet<string>;
}

const nothing: ReadonlySet<string> = new Set();

/**
 * Sorts the principals of a statement. An ARN in `bindings` is matched by its unique id alone: who bears the name later is
 * somebody else. Federated and canonical users stay out, because no caller is one, and because the first are free text
 * that must not pass for an ARN.
 */
export function compilePrincipalSet(
  { inverted, principals }: PrincipalElement,
  bindings: ReadonlyMap<string, string>,
): PrincipalSet {
  const arns: string[] = [];
  const ids: string[] = [];
  for (const principal of principals) {
    if (principal.kind === 'unique-id') ids.push(principal.name);
    if (!('accountId' in principal) || isAccountId(principal)) continue;
    const id = bindings.get(principal.name);
    if (id === undefined) arns.push(principal.name);
    else ids.push(id);
  }
  return {
    inverted,
    anyone: principals.some(({ kind }) => kind === 'anyone'),
    accountIds: toSet(principals.filter(isAccountId).map(({ name }) => name)),
    arns: toSet(arns),
    ids: toSet(ids),
    services: toSet(principals.filter(({ kind }) => kind === 'service').map(({ name }) => name)),
  };
}

function isAccountId(principal: Principal): boolean {
  return 'accountId' in principal && principal.name === principal.accountId;
}

/** Most sets are empty, and large policies have many. */
function toSet(names: readonly string[]): ReadonlySet<string> {
  return names.length === 0 ? nothing : new Set(names);
}

/**
 * How the statement is about this caller; undefined where it is not.
 *
 * NotPrincipal is about everyone but those whom it names ("NotPrincipal", IAM JSON policy elements reference). From a Deny
 * it excepts a caller only where all of its names are listed: a user and its account; a session, its role and the account.
 * In an Allow, one of these names is enough to leave the caller out.
 */
export function matchPrincipalSet(
  set: PrincipalSet,
  principal: RequestPrincipal,
  effect: 'Allow' | 'Deny',
): PrincipalMatch | undefined {
  if (!set.inverted) return set.anyone ? everyoneMatch(set, principal) : findMatch(set, principal);
  const isListed = set.anyone || (effect === 'Deny' ? namesAll(set, principal) : namesAny(set, principal));
  return isListed ? undefined : 'principal';
}

/** `*` names everybody itself; a service that is named beside it is named as a service. */
function everyoneMatch(set: PrincipalSet, principal: RequestPrincipal): PrincipalMatch {
  return principal.kind === 'service' && namesItself(set, principal) ? 'service' : 'principal';
}

function findMatch(set: PrincipalSet, principal: RequestPrincipal): PrincipalMatch | undefined {
  if (namesItself(set, principal)) return principal.kind === 'service' ? 'service' : 'principal';
  if (namesRole(set, principal)) return 'role';
  return namesAccount(set, principal) ? 'account' : undefined;
}

function namesAny(set: PrincipalSet, principal: RequestPrincipal): boolean {
  return findMatch(set, principal) !== undefined;
}

function namesAll(set: PrincipalSet, principal: RequestPrincipal): boolean {
  if (!namesItself(set, principal)) return false;
  if (principal.kind === 'service') return true;
  if (principal.kind === 'assumed-role' && !namesRole(set, principal)) return false;
  return namesAccount(set, principal);
}

function namesItself(set: PrincipalSet, principal: RequestPrincipal): boolean {
  switch (principal.kind) {
    case 'root':
      return namesAccount(set, principal);
    case 'user':
    case 'assumed-role':
      return set.arns.has(principal.arn) || set.ids.has(principal.principalId);
    case 'service':
      return set.services.has(principal.serviceName);
  }
}

function namesRole(set: PrincipalSet, principal: RequestPrincipal): boolean {
  return (
    principal.kind === 'assumed-role' && (set.arns.has(principal.roleArn) || set.ids.has(principal.roleId))
  );
}

/** A service belongs to no account. The ARN of an account's root names the account in its own partition only. */
function namesAccount(set: PrincipalSet, principal: RequestPrincipal): boolean {
  if (principal.kind === 'service') return false;
  if (set.accountIds.has(principal.accountId)) return true;
  return set.arns.size > 0 && set.arns.has(rootArn(principal));
}

/** Whether the statement is about callers whom it does not name. */
export function isAboutOthers({ anyone, inverted }: PrincipalSet): boolean {
  return anyone || inverted;
}

/** The names that the set has. A statement that is not about others is about a caller of whom one of them is a name. */
export function namesIn({ accountIds, arns, ids, services }: PrincipalSet): readonly string[] {
  return [...accountIds, ...arns, ...ids, ...services];
}

/** Every name by which a statement can be about the caller. */
export function namesOf(principal: RequestPrincipal): readonly string[] {
  switch (principal.kind) {
    case 'root':
      return [principal.arn, principal.accountId];
    case 'user':
      return [principal.arn, principal.principalId, principal.accountId, rootArn(principal)];
    case 'assumed-role': {
      const { arn, principalId, roleArn, roleId, accountId } = principal;
      return [arn, principalId, roleArn, roleId, accountId, rootArn(principal)];
    }
    case 'service':
      return [principal.serviceName];
  }
}

function rootArn({ kind, arn, accountId }: RequestPrincipal): string {
  return kind === 'root' ? arn : `${arn.slice(0, arn.indexOf(':', 'arn:'.length))}:iam::${accountId}:root`;
}
