import type { AuthorizationRequest, PolicyDecider, PolicyKind } from '../decision/decision.ts';
import type { Heard } from '../decision/heard.ts';
import type { ResourcePolicies } from '../decision/policies.ts';
import type { RequestPrincipal } from '../request.ts';
import { wordKeyPolicy } from './allow-sentence.ts';
import { asSentence, nameOfPolicy, nameOfPrincipal, nameOfRequest, nameOfStatement } from './names.ts';

/** The statement that denies. */
export function wordExplicitDeny(
  { kind, policy, statement }: PolicyDecider,
  { principal, action, resource }: AuthorizationRequest,
): string {
  const denying = `${nameOfStatement(statement)} of ${nameOfPolicy(kind, policy)}`;
  return asSentence(`${denying} denies ${nameOfPrincipal(principal)} ${nameOfRequest(action, resource)}`);
}

type WordMissing = (request: AuthorizationRequest, resource: ResourcePolicies, heard: Heard) => string;

/** What is missing, by the kind of policy that says nothing. */
const missing: Readonly<Record<PolicyKind, WordMissing>> = {
  'service control policy': ({ principal, action, resource }) =>
    `no service control policy of account ${principal.accountId} allows ${nameOfRequest(action, resource)}`,
  'resource control policy': ({ action, resource }, { accountId }) =>
    `no resource control policy of account ${accountId} allows ${nameOfRequest(action, resource)}`,
  'resource-based policy': wordMissingKeyPolicy,
  'identity-based policy': wordMissingIdentity,
  'permissions boundary': (request, resource, heard) =>
    `${wordSoFar(request, resource, heard)}, but the permissions boundary of ${boundOf(request.principal)} does not`,
  'session policy': (request, resource, heard) =>
    `${wordSoFar(request, resource, heard)}, but no session policy of ${nameOfPrincipal(request.principal)} does`,
};

/** What is missing. */
export function wordImplicitDeny(
  kind: PolicyKind,
  request: AuthorizationRequest,
  resource: ResourcePolicies,
  heard: Heard,
): string {
  return asSentence(missing[kind](request, resource, heard));
}

function wordMissingKeyPolicy(
  { principal, action, resource: arn }: AuthorizationRequest,
  { accountId }: ResourcePolicies,
  heard: Heard,
): string {
  const asked = nameOfRequest(action, arn);
  const words = `the key policy does not allow ${asked} to ${nameOfPrincipal(principal)}`;
  if (principal.kind === 'service' || principal.kind === 'root') return words;
  const account =
    principal.accountId === accountId
      ? `, and does not delegate it to account ${accountId}`
      : `, nor to account ${principal.accountId}`;
  const isVain = heard['identity-based policy'].effect === 'Allow';
  return `${words}${account}${isVain ? '; an identity policy alone is not enough' : ''}`;
}

function wordMissingIdentity(
  { principal, action, resource: arn }: AuthorizationRequest,
  { accountId, keyPolicy }: ResourcePolicies,
  heard: Heard,
): string {
  const asked = nameOfRequest(action, arn);
  const none = `no identity policy of ${nameOfPrincipal(principal)} allows ${asked}`;
  if (keyPolicy !== undefined) return `${wordSaid(principal, asked, accountId, heard)}, but ${none}`;
  if (principal.kind === 'service') {
    return `${asked} is for IAM alone to allow, and a service has no identity policies`;
  }
  if (principal.accountId !== accountId) return `${asked} of account ${accountId} is for its own principals`;
  return none;
}

/** What allows as far as the limits of the caller: the key policy and, where it needs one, an identity policy. */
function wordSoFar(
  { principal, action, resource: arn }: AuthorizationRequest,
  { accountId, keyPolicy }: ResourcePolicies,
  heard: Heard,
): string {
  const asked = nameOfRequest(action, arn);
  const said = heard['resource-based policy'];
  const identity = heard['identity-based policy'];
  const byIdentity =
    identity.effect === 'Allow'
      ? `${nameOfPolicy(identity.decider.kind, identity.decider.policy)} allows ${asked}`
      : '';
  if (keyPolicy === undefined) return byIdentity;
  const byKey = wordSaid(principal, asked, accountId, heard);
  const needsIdentity =
    principal.accountId !== accountId || (said.effect === 'Allow' && said.match === 'account');
  return needsIdentity ? `${byKey}, and ${byIdentity}` : byKey;
}

function wordSaid(principal: RequestPrincipal, asked: string, accountId: string, heard: Heard): string {
  const said = heard['resource-based policy'];
  const statement = said.effect === 'Allow' ? ` (${nameOfStatement(said.decider.statement)})` : '';
  return `${wordKeyPolicy(principal, asked, accountId, heard)}${statement}`;
}

/** A boundary is attached to the user, or to the role of a session. */
function boundOf(principal: RequestPrincipal): string {
  return principal.kind === 'assumed-role' ? `role ${principal.roleName}` : nameOfPrincipal(principal);
}
