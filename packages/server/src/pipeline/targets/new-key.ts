import type { Tag } from '@keyhaven/api-model';
import type { AccountPermission, Permission } from '../../authorization/permission.ts';
import type { Target } from '../operation.ts';

/** CreateKey: governed by IAM alone, and with tags by the permission to tag as well, whose refusal names no resource. */
export function newKeyTarget(): Target<{ readonly Tags?: readonly Tag[] | undefined }, undefined> {
  return {
    load: () => undefined,
    permissions: (_loaded, { caller: { accountId }, input }) => newKeyPermissions({ accountId }, input.Tags),
    keys: () => [],
  };
}

/** Of CreateKey, and of ReplicateKey, which names the key that the new one `replicates`. */
export function newKeyPermissions(
  where: Pick<AccountPermission, 'accountId' | 'replicates'>,
  tags: readonly Tag[] | undefined,
): readonly Permission[] {
  const create = { ...where, kind: 'account', action: 'kms:CreateKey', resourceArn: '*' } as const;
  if (tags === undefined || tags.length === 0) return [create];
  return [create, { ...where, kind: 'account', action: 'kms:TagResource', resourceArn: undefined }];
}
