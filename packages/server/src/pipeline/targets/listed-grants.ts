import { granteeKeyOf } from '../../grants/grantee-keys.ts';
import { andThen, type Maybe } from '../../maybe.ts';
import type { Target } from '../operation.ts';
import type { Ports } from '../ports.ts';
import { type OneKey, keyTarget } from './key.ts';

interface GranteeFilter {
  readonly GranteePrincipal?: string | undefined;
  readonly GranteeServicePrincipal?: string | undefined;
}

export interface KeyAndGrantee extends OneKey {
  /** What the grantee of the wanted grants is found by; undefined: whoever it is. */
  readonly granteeKey: string | undefined;
}

/** ListGrants: a key, and a grantee that narrows the list. */
export function listedGrantsTarget(): Target<{ readonly KeyId: string } & GranteeFilter, KeyAndGrantee> {
  const target = keyTarget('idOrArn', 'ListGrants', 'any account');
  return {
    permissions: (loaded, call, name) => target.permissions(loaded, call, name),
    keys: (loaded) => target.keys(loaded),
    load: (call, ports) =>
      andThen(target.load(call, ports), ({ key }) =>
        andThen(granteeKeyFor(call.input, ports), (granteeKey) => ({ key, granteeKey })),
      ),
  };
}

/** A principal that was deleted is found by its unique id, as lists show it; nobody else's grants have the text as a key. */
function granteeKeyFor(
  { GranteePrincipal, GranteeServicePrincipal }: GranteeFilter,
  { identities }: Ports,
): Maybe<string | undefined> {
  if (GranteePrincipal === undefined) return GranteeServicePrincipal;
  return andThen(identities.find(GranteePrincipal), (found) =>
    found === undefined ? GranteePrincipal : granteeKeyOf(found),
  );
}
