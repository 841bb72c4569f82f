import { grantOperation } from '@keyhaven/api-model';
import { type Decision, type Grant, grantAllows, mayPassOn } from '@keyhaven/policy';
import type { RequestFacts } from './conditions/condition-row.ts';
import { encryptionContextOf } from './conditions/encryption-context.ts';
import type { KeyPermission } from './permission.ts';

const grantable: ReadonlySet<string> = new Set(grantOperation.values.map((name) => `kms:${name}`));

/** Whether grants can still change this: nobody allowed, nothing refused them, and the action is one that they give. */
export function mayBeGranted(decision: Decision, { action }: KeyPermission): boolean {
  return decision.effect === 'ImplicitDeny' && decision.mayBeGranted && grantable.has(action);
}

/**
 * Tells which grants cover what is asked; one that CreateGrant rests on must also give all that the new one does. What is asked is
 * put together once: a caller may have very many grants.
 */
export function coverOf(request: RequestFacts, permission: KeyPermission): (grant: Grant) => boolean {
  const { newGrant, action } = permission;
  const asked = {
    operation: action.slice('kms:'.length),
    encryptionContext: encryptionContextOf(request, permission),
    sourceArn: request.caller.service?.sourceArn,
  };
  return (grant) => grantAllows(grant, asked) && (newGrant === undefined || mayPassOn(grant, newGrant));
}
