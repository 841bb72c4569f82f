import { roleNotAssumable, rootAssumesNoRoles } from '@keyhaven/api-model';
import type { Permission } from '../../authorization/permission.ts';
import type { Role } from '../../identities/roles.ts';
import { andThen } from '../../maybe.ts';
import {
  outlineSession,
  type SessionOutline,
  type SessionRequest,
} from '../../sessions/requested-session.ts';
import type { Target } from '../operation.ts';

/** The role that is to be assumed, undefined where there is none, and the session that is asked for. */
export interface RequestedRole {
  readonly role: Role | undefined;
  readonly session: SessionOutline;
}

/**
 * AssumeRole: a role by its ARN. One that does not exist sounds like one that does not trust the caller. A service that acts for
 * a user gets none.
 */
export function assumedRoleTarget(): Target<SessionRequest, RequestedRole> {
  return {
    load: ({ input, caller }, { roles }) =>
      andThen(roles.find(input.RoleArn), (role) => ({ role, session: outlineSession(input, caller) })),
    permissions({ role, session }, { input, caller }) {
      const { arn, kind } = caller.principal;
      if (kind === 'root') throw rootAssumesNoRoles();
      // Forwarded access is for minutes, through one service, in one Region; a session of a role would be bound to none of these.
      if (caller.service?.viaService !== undefined)
        throw roleNotAssumable(arn, 'sts:AssumeRole', input.RoleArn);
      if (role === undefined) throw roleNotAssumable(arn, 'sts:AssumeRole', input.RoleArn);
      return permissionsFor(role, session);
    },
    keys: () => [],
  };
}

/** Tags and a source identity take a permission each, also those that are only passed on. */
function permissionsFor(
  { arn, accountId, trust, tags }: Role,
  session: SessionOutline,
): readonly Permission[] {
  const actions = ['sts:AssumeRole'];
  if (session.tags.size > 0) actions.push('sts:TagSession');
  if (session.sourceIdentity !== undefined) actions.push('sts:SetSourceIdentity');
  return actions.map((action) => ({
    kind: 'role',
    action,
    resourceArn: arn,
    accountId,
    trust,
    roleTags: tags,
    session,
  }));
}
