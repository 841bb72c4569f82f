import type { Tag } from '@keyhaven/api-model';
import type { Permission } from '../../authorization/permission.ts';
import { andThen } from '../../maybe.ts';
import type { Target } from '../operation.ts';

/** CreateKey: governed by IAM alone, and with tags by the permission to tag as well, whose refusal names no resource. */
export function newKeyTarget(): Target<{ readonly Tags?: readonly Tag[] | undefined }, undefined> {
  return {
    // The first key of a Region brings the Region's domain key with it.
    load: ({ caller: { region } }, { domainKeys }) => andThen(domainKeys.forRegion(region), () => undefined),
    permissions(_loaded, { caller: { accountId }, input }) {
      const permissions: Permission[] = [
        { kind: 'account', action: 'kms:CreateKey', resourceArn: '*', accountId },
      ];
      if ((input.Tags?.length ?? 0) > 0) {
        permissions.push({ kind: 'account', action: 'kms:TagResource', resourceArn: undefined, accountId });
      }
      return permissions;
    },
    keys: () => [],
  };
}
