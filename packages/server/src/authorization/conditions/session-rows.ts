import type { RequestedSession } from '../role-permission.ts';
import { type ConditionRow, one, some, type Values } from './condition-row.ts';

/** A value of the session that AssumeRole asks for. */
function ofSession(name: string, read: (session: RequestedSession) => Values): ConditionRow {
  return {
    name,
    valuesIn: (_request, permission) => (permission.kind === 'role' ? read(permission.session) : undefined),
  };
}

/** "Available keys for AWS STS", IAM User Guide. */
export const sessionRows: readonly ConditionRow[] = [
  ofSession('sts:RoleSessionName', ({ sessionName }) => one(sessionName)),
  ofSession('sts:ExternalId', ({ externalId }) => one(externalId)),
  ofSession('sts:SourceIdentity', ({ sourceIdentity }) => one(sourceIdentity)),
  ofSession('sts:TransitiveTagKeys', ({ transitiveTagKeys }) => some(transitiveTagKeys)),
];
