import { readConstraints } from '../../grants/grant-constraints.ts';
import type { NewGrantInput, NewGrantParts } from '../../grants/new-grant.ts';
import type { FoundPrincipal } from '../../identities/port.ts';
import { andThen, type Maybe } from '../../maybe.ts';
import type { Target } from '../operation.ts';
import type { Ports } from '../ports.ts';
import { findKey } from './find-key.ts';

/**
 * CreateGrant: a key, and the principals that the new grant names. Whether they exist is told only to who may create the grant:
 * they may be another account's.
 */
export function newGrantTarget(): Target<NewGrantInput & { readonly KeyId: string }, NewGrantParts> {
  const action = 'kms:CreateGrant';
  return {
    load: (call, ports) =>
      andThen(findKey(call.input.KeyId, 'idOrArn', call, ports, action, 'any account'), (key) =>
        andThen(find(call.input.GranteePrincipal, ports), (grantee) =>
          andThen(find(call.input.RetiringPrincipal, ports), (retiring) => ({
            key,
            constraints: readConstraints(call.input.Constraints),
            grantee,
            retiring,
          })),
        ),
      ),
    permissions: ({ key, constraints }, { input: { KeyId, Operations } }) => [
      {
        kind: 'key',
        action,
        key,
        named: KeyId,
        newGrant: { operations: new Set(Operations), constraints },
      },
    ],
    keys: ({ key }) => [key],
  };
}

function find(arn: string | undefined, { identities }: Ports): Maybe<FoundPrincipal | undefined> {
  return arn === undefined ? undefined : identities.find(arn);
}
