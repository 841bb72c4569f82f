import type { AuthorizationRequest, Decision, PolicyKind } from '@keyhaven/policy';
import type { Caller } from '../authentication/caller.ts';
import { mayBeGranted } from '../authorization/grant-cover.ts';
import { ownerOf } from '../authorization/authorizer.ts';
import type { Permission } from '../authorization/permission.ts';
import type { PolicyVerdict, UnmetCondition } from './explanation.ts';
import { describePolicy, describeStatement } from './policy-names.ts';

type Refused = Exclude<Decision, { readonly effect: 'Allow' }>;

interface Missing {
  readonly asked: AuthorizationRequest;
  readonly permission: Permission;
  readonly caller: Caller;
  readonly policies: readonly PolicyVerdict[];
}

/** What could be added where, or taken away, for the request to be allowed; each is one way, the usual one first. */
export function waysToAllow(decision: Refused, missing: Missing): readonly string[] {
  if (decision.effect === 'ExplicitDeny') return [waysAroundDeny(decision)];
  return [
    ...byMeeting(decision.kind, missing),
    ...ways[decision.kind](missing),
    ...byGrant(decision, missing),
  ];
}

/** Statements that would allow it under conditions which the request does not meet. */
function byMeeting(kind: PolicyKind, { policies }: Missing): readonly string[] {
  return policies
    .filter((policy) => policy.kind === kind)
    .flatMap(({ name, near }) =>
      near.map((one) => {
        const which = `${describeStatement(one)} of ${describePolicy(kind, name)}`;
        return `Meet the conditions of ${which}: ${one.unmet.map(describeUnmet).join('; ')}.`;
      }),
    );
}

function describeUnmet({ key, operator, wanted, said }: UnmetCondition): string {
  const says = said === undefined ? 'the request says nothing' : `the request says ${said.join(', ')}`;
  return `${key} ${operator} ${wanted.join(', ')} (${says})`;
}

function waysAroundDeny({ decider }: Extract<Refused, { readonly effect: 'ExplicitDeny' }>): string {
  const policy = describePolicy(decider.kind, decider.policy);
  return `Narrow or remove ${describeStatement(decider.statement)} of ${policy}: an explicit deny wins over every allow.`;
}

const what = ({ asked: { action, resource } }: Missing): string =>
  resource === '*' ? action : `${action} on ${resource}`;

/** Whom a policy would name: of a session its role, which outlives it. */
function whom({ caller: { principal } }: Missing): string {
  return principal.kind === 'assumed-role' ? principal.roleArn : principal.arn;
}

function attachTo(missing: Missing): string {
  const { kind } = missing.caller.principal;
  const to = kind === 'user' ? 'the user or one of its groups' : 'the role';
  return `Attach to ${to} an identity-based policy that allows ${what(missing)}.`;
}

function nameInPolicy(missing: Missing): string {
  const { permission, caller, asked } = missing;
  const policy = permission.kind === 'role' ? 'trust policy' : 'key policy';
  const named = caller.principal.kind === 'service' ? `the service ${caller.principal.arn}` : whom(missing);
  return `Name ${named} as principal in a statement of the ${policy} that allows ${asked.action}.`;
}

const isOfOwnAccount = ({ permission, caller }: Missing): boolean => ownerOf(permission) === caller.accountId;

const isRetirement = ({ permission }: Missing): boolean =>
  permission.kind === 'key' && permission.retirement !== undefined;

const ways: Readonly<Record<PolicyKind, (missing: Missing) => readonly string[]>> = {
  'resource-based policy': (missing) => {
    if (isRetirement(missing))
      return [
        'Ask as the retiring principal of the grant, or as its grantee where RetireGrant is among its operations.',
      ];
    if (missing.caller.principal.kind === 'service' || isOfOwnAccount(missing))
      return [nameInPolicy(missing)];
    return [`${nameInPolicy(missing)} Its own account must allow it too, with an identity-based policy.`];
  },
  'identity-based policy': (missing) => {
    const { permission, caller } = missing;
    if (caller.principal.kind === 'service')
      return ['Nothing allows this to a service: it is for IAM alone.'];
    if (permission.kind === 'account' && !isOfOwnAccount(missing))
      return ['Ask from the account itself: no policy allows this to another account.'];
    const isNameable = permission.kind !== 'account' && isOfOwnAccount(missing) && !isRetirement(missing);
    return isNameable ? [attachTo(missing), nameInPolicy(missing)] : [attachTo(missing)];
  },
  'permissions boundary': (missing) => [
    `Allow ${what(missing)} in the permissions boundary ${namesOf('permissions boundary', missing)} too.`,
  ],
  'session policy': (missing) => [
    `Allow ${what(missing)} in the session policy too, or assume the role without one.`,
  ],
  'service control policy': (missing) => [
    `Allow ${what(missing)} in a service control policy of account ${missing.caller.accountId} ` +
      `(it has ${namesOf('service control policy', missing)}).`,
  ],
  'resource control policy': (missing) => [
    `Allow ${what(missing)} in a resource control policy of the resource's account ` +
      `(it has ${namesOf('resource control policy', missing)}).`,
  ],
};

function namesOf(kind: PolicyKind, { policies }: Missing): string {
  return policies
    .filter((policy) => policy.kind === kind)
    .map(({ name }) => name)
    .join(', ');
}

function byGrant(decision: Refused, missing: Missing): readonly string[] {
  const { permission, asked } = missing;
  if (permission.kind !== 'key' || permission.retirement !== undefined) return [];
  if (!mayBeGranted(decision, permission)) return [];
  return [`Or create a grant for ${whom(missing)} with the operation ${asked.action.slice('kms:'.length)}.`];
}
