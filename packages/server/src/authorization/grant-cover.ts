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

/** Whether the grant covers what is asked; one that CreateGrant rests on must also give all that the new one does. */
export function covers(grant: Grant, request: RequestFacts, permission: KeyPermission): boolean {
  const { newGrant, action } = permission;
  if (newGrant !== undefined && !mayPassOn(grant, newGrant)) return false;
  return grantAllows(grant, {
    operation: action.slice('kms:'.length),
    encryptionContext: encryptionContextOf(request, permission),
    sourceArn: request.caller.service?.sourceArn,
  });
}
