import type { Authorization, Authorizer } from '../authorization/authorizer.ts';
import { joined } from '../authorization/describe-decision.ts';
import type { Permission } from '../authorization/permission.ts';
import type { Maybe } from '../maybe.ts';
import type { Fills, Loaded } from './call.ts';

type AuthorizedCall = Fills<Loaded, 'decidedBy' | 'restsOn'>;

/** Asks for every permission that the request takes, in the target's order; the first that is not given refuses it. */
export function authorizeCall(call: AuthorizedCall, authorizer: Authorizer): Maybe<void> {
  const { operation, input, caller, loaded } = call;
  // A write that starts again is decided anew.
  call.decidedBy = undefined;
  call.restsOn = [];
  const loading = { input, caller, fresh: operation.access === 'write' };
  const permissions = operation.target.permissions(loaded, loading, operation.name);
  return authorizeEach(permissions[Symbol.iterator](), call, authorizer);
}

function authorizeEach(
  permissions: Iterator<Permission>,
  call: AuthorizedCall,
  authorizer: Authorizer,
): Maybe<void> {
  const { grantTokens: tokens, operation } = call;
  const fresh = operation.access === 'write';
  for (let next = permissions.next(); next.done !== true; next = permissions.next()) {
    const authorization = authorizer.authorize({ request: call, permission: next.value, tokens, fresh });
    if (authorization instanceof Promise) {
      return authorization.then((later) => {
        note(call, later);
        return authorizeEach(permissions, call, authorizer);
      });
    }
    note(call, authorization);
  }
}

function note(call: AuthorizedCall, { decidedBy, expect }: Authorization): void {
  call.decidedBy = joined(call.decidedBy, decidedBy);
  if (expect.length > 0) call.restsOn = [...call.restsOn, ...expect];
}
