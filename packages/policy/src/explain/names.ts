import type { DecidingStatement } from '../compile.ts';
import type { PolicyKind } from '../decision/decision.ts';
import type { RequestPrincipal } from '../request.ts';

/** The caller as a sentence speaks of it: `user alice`, `session one of role app`. */
export function nameOfPrincipal(principal: RequestPrincipal): string {
  switch (principal.kind) {
    case 'root':
      return `the root user of account ${principal.accountId}`;
    case 'user':
      return `user ${principal.userName}`;
    case 'assumed-role':
      return `session ${principal.sessionName} of role ${principal.roleName}`;
    case 'service':
      return `service ${principal.serviceName}`;
  }
}

/** What is asked for, as a sentence speaks of it: `kms:Decrypt on this key`. */
export function nameOfRequest(action: string, resource: string): string {
  if (resource === '*') return action;
  const [, kind = ''] = /^arn:[^:]*:kms:[^:]*:[^:]*:(key|alias)\//.exec(resource) ?? [];
  return kind === 'key' ? `${action} on this key` : `${action} on ${resource}`;
}

/** `statement 'Enable IAM User Permissions'`, or by its position from 1 where it has no Sid. */
export function nameOfStatement({ index, sid }: DecidingStatement): string {
  return sid === undefined || sid === '' ? `statement ${index + 1}` : `statement '${sid}'`;
}

/** `the key policy`, `identity policy 'use'`. */
export function nameOfPolicy(kind: PolicyKind, policy: string): string {
  return kind === 'resource-based policy' ? 'the key policy' : `${shortKinds[kind]} '${policy}'`;
}

const shortKinds: Readonly<Record<PolicyKind, string>> = {
  'identity-based policy': 'identity policy',
  'resource-based policy': 'key policy',
  'permissions boundary': 'permissions boundary',
  'session policy': 'session policy',
  'service control policy': 'service control policy',
  'resource control policy': 'resource control policy',
};

/** With its first letter in upper case. */
export function asSentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
