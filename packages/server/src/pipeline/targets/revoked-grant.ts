import { assertGrantId } from '../../grants/grant-id.ts';
import type { GrantRow } from '../../grants/port.ts';
import { addressOf } from '../../keys/kms-key.ts';
import { andThen } from '../../maybe.ts';
import type { Target } from '../operation.ts';
import { type OneKey, keyTarget } from './key.ts';

export interface KeyAndGrant extends OneKey {
  /** Undefined where the key has no such grant. */
  readonly grant: GrantRow | undefined;
}

/** RevokeGrant: the permission is on the key alone, and only who has it hears whether there is such a grant. */
export function revokedGrantTarget(): Target<
  { readonly KeyId: string; readonly GrantId: string },
  KeyAndGrant
> {
  const target = keyTarget('idOrArn', 'RevokeGrant', 'any account');
  return {
    permissions: (loaded, call, name) => target.permissions(loaded, call, name),
    keys: (loaded) => target.keys(loaded),
    load(call, ports) {
      const { GrantId } = call.input;
      assertGrantId(GrantId);
      return andThen(target.load(call, ports), ({ key }) =>
        andThen(ports.grantListings.find(addressOf(key.row), GrantId), (grant) => ({ key, grant })),
      );
    },
  };
}
