import type { AuthorizationRequest, Decider } from '../decision/decision.ts';
import type { Heard } from '../decision/heard.ts';
import type { ResourcePolicies } from '../decision/policies.ts';
import type { RequestPrincipal } from '../request.ts';
import { asSentence, nameOfPolicy, nameOfPrincipal, nameOfRequest, nameOfStatement } from './names.ts';

/** What let the caller in. */
export function wordAllow(
  deciders: readonly Decider[],
  request: AuthorizationRequest,
  resource: ResourcePolicies,
  heard: Heard,
): string {
  const parts = deciders.map((decider) => wordDecider(decider, request, resource, heard));
  return asSentence(parts.join(', and '));
}

function wordDecider(
  decider: Decider,
  { principal, action, resource: arn }: AuthorizationRequest,
  { accountId }: ResourcePolicies,
  heard: Heard,
): string {
  const asked = nameOfRequest(action, arn);
  if (decider.kind === 'grant')
    return `grant ${decider.grantId} gives ${nameOfPrincipal(principal)} ${asked}`;
  if (decider.kind === 'root user') return `${nameOfPrincipal(principal)} needs no policy of its own`;
  const statement = `(${nameOfStatement(decider.statement)})`;
  if (decider.kind !== 'resource-based policy') {
    const policy = nameOfPolicy(decider.kind, decider.policy);
    return `${policy} of ${nameOfPrincipal(principal)} allows ${asked} ${statement}`;
  }
  return `${wordKeyPolicy(principal, asked, accountId, heard)} ${statement}`;
}

/** Whom the key policy names: the account delegates, unless its root user asks. */
export function wordKeyPolicy(
  principal: RequestPrincipal,
  asked: string,
  accountId: string,
  heard: Heard,
): string {
  const said = heard['resource-based policy'];
  const match = said.effect === 'Allow' ? said.match : undefined;
  if (match === 'role' && principal.kind === 'assumed-role') {
    return `the key policy allows ${asked} to role ${principal.roleName}`;
  }
  if (match !== 'account') return `the key policy allows ${asked} to ${nameOfPrincipal(principal)}`;
  return principal.accountId === accountId
    ? `the key policy delegates to account ${accountId}`
    : `the key policy allows ${asked} to account ${principal.accountId}`;
}
