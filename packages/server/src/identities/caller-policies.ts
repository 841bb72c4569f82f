import type { CallerPolicies, NamedPolicy } from '@keyhaven/policy';
import { BrokenIdentityError } from './broken-identity.ts';
import type { FoundOwner } from './find-principal.ts';
import type { ControlPolicyRow, IdentityRows } from './identity-rows.ts';
import type { PolicyDocuments } from './policy-documents.ts';

/** The policies of one account's administrators, by kind; undefined where there are none: then none limits it. */
export interface ControlPolicies {
  readonly service: readonly NamedPolicy[] | undefined;
  readonly resource: readonly NamedPolicy[] | undefined;
}

export function controlPoliciesOf(
  rows: readonly ControlPolicyRow[],
  documents: PolicyDocuments,
): ControlPolicies {
  const ofKind = (kind: 'service' | 'resource'): readonly NamedPolicy[] | undefined => {
    const named = rows.filter((row) => row.kind === kind);
    if (named.length === 0) return undefined;
    return named.map(({ account_id, policy_name: name, document }) => ({
      name,
      policy: documents.get('control', document, `the ${kind} control policy ${name} of ${account_id}`),
    }));
  };
  return { service: ofKind('service'), resource: ofKind('resource') };
}

/**
 * The policies of a user or role: its own, inline and managed, and those of its groups. Throws BrokenIdentityError where a
 * row points to what is not there: what is missing could have been a deny.
 */
export function callerPoliciesOf(
  { arn, uniqueId }: FoundOwner,
  boundaryArn: string | null,
  rows: IdentityRows,
  serviceControl: readonly NamedPolicy[] | undefined,
  documents: PolicyDocuments,
): CallerPolicies {
  const managed = (policyArn: string): NamedPolicy => {
    const version = rows.managed.get(policyArn);
    if (version === undefined)
      throw new BrokenIdentityError(`${arn} has the policy ${policyArn}, which is not there`);
    return { name: policyArn, policy: documents.get('identity', version.document, policyArn) };
  };
  const attachedTo = (ownerId: string): readonly NamedPolicy[] => [
    ...(rows.inlineOf.get(ownerId) ?? []).map(({ policy_name: name, document }) => ({
      name,
      policy: documents.get('identity', document, `the policy ${name} of ${ownerId}`),
    })),
    ...(rows.attachmentsOf.get(ownerId) ?? []).map(({ policy_arn }) => managed(policy_arn)),
  ];
  const identity = [...attachedTo(uniqueId)];
  for (const groupId of rows.groupIdsOf.get(uniqueId) ?? []) {
    const groupName = rows.groupNames.get(groupId);
    if (groupName === undefined)
      throw new BrokenIdentityError(`${arn} is a member of ${groupId}, which is not there`);
    identity.push(...attachedTo(groupId).map((policy) => ({ ...policy, attachedTo: groupName })));
  }
  const boundary = boundaryArn === null ? undefined : managed(boundaryArn);
  return { identity, boundary, session: undefined, serviceControl };
}
