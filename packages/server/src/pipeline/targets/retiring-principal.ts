import { invalidPrincipalArn, onlyForServices } from '@keyhaven/api-model';
import { namedPrincipal, namedService, type NamedPrincipal } from '../../grants/new-grant.ts';
import type { Principal } from '../../authentication/principal.ts';
import { andThen } from '../../maybe.ts';
import type { Target } from '../operation.ts';

interface RetiringMembers {
  readonly RetiringPrincipal?: string | undefined;
  readonly RetiringServicePrincipal?: string | undefined;
}

export interface Retiring {
  readonly retiring: NamedPrincipal;
  /** The account that a principal belongs to; undefined for a service. */
  readonly accountId: string | undefined;
}

/**
 * ListRetirableGrants: governed by IAM, of the account that the principal belongs to; "the authorized resource is the retiring
 * principal specified in the request". A service asks for itself, and needs no permission to.
 */
export function retiringPrincipalTarget(): Target<RetiringMembers, Retiring> {
  return {
    load({ input, caller }, { identities }) {
      const { RetiringPrincipal, RetiringServicePrincipal } = input;
      if (RetiringPrincipal === undefined)
        return {
          retiring: retiringService(RetiringServicePrincipal, caller.principal),
          accountId: undefined,
        };
      const accountId = /^arn:aws[\w-]*:(?:iam|sts)::(\d{12}):/.exec(RetiringPrincipal)?.[1];
      if (accountId === undefined) throw invalidPrincipalArn(RetiringPrincipal);
      // The permission on a principal of another account is denied, whether or not there is one: nothing is looked up.
      if (accountId !== caller.accountId)
        return { retiring: { name: RetiringPrincipal, key: RetiringPrincipal }, accountId };
      return andThen(identities.find(RetiringPrincipal), (found) => ({
        retiring: namedPrincipal(RetiringPrincipal, found),
        accountId,
      }));
    },
    permissions: ({ retiring, accountId }) =>
      accountId === undefined
        ? []
        : [{ kind: 'account', action: 'kms:ListRetirableGrants', resourceArn: retiring.name, accountId }],
    keys: () => [],
  };
}

function retiringService(service: string | undefined, principal: Principal): NamedPrincipal {
  if (service === undefined || principal.kind !== 'service' || principal.serviceName !== service)
    throw onlyForServices('RetiringServicePrincipal');
  return namedService(service);
}
