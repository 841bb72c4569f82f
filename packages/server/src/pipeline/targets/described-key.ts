import { isPredefinedAlias } from '../../keys/aws-managed-keys.ts';
import { parseKeyReference } from '../../keys/key-reference.ts';
import { andThen } from '../../maybe.ts';
import type { Target } from '../operation.ts';
import { findKey } from './find-key.ts';
import { keyTarget } from './key.ts';
import type { KeyWithRelated } from './related-keys.ts';

/**
 * DescribeKey: as any key, but describing a predefined alias (`alias/aws/...`) makes its AWS managed key first
 * ("AWS managed keys", KMS Developer Guide).
 */
export function describedKeyTarget(): Target<{ readonly KeyId: string }, KeyWithRelated> {
  const action = 'kms:DescribeKey';
  const target = keyTarget('any', 'DescribeKey');
  return {
    permissions: (loaded, call, name) => target.permissions(loaded, call, name),
    keys: (loaded) => target.keys(loaded),
    load(call, ports) {
      const { caller, input } = call;
      const find = () =>
        andThen(findKey(input.KeyId, 'any', call, ports, action), (key) =>
          andThen(ports.directory.readRelated(key), (related) => ({ key, related })),
        );
      const reference = parseKeyReference(input.KeyId, caller, 'any');
      if (reference.kind === 'key' || reference.accountId !== caller.accountId) return find();
      const { aliasName } = reference;
      if (!isPredefinedAlias(aliasName)) return find();
      return andThen(ports.directory.findAlias(caller.accountId, caller.region, aliasName), (alias) =>
        alias === undefined
          ? ports.provisionAwsManagedKey(caller.accountId, caller.region, aliasName).then(find)
          : find(),
      );
    },
  };
}
