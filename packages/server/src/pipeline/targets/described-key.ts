import { randomUuid } from '@keyhaven/crypto';
import { isPredefinedAlias } from '../../keys/aws-managed-keys.ts';
import { parseKeyReference } from '../../keys/key-reference.ts';
import { plannedAwsManagedKey } from '../../keys/new-aws-managed-key.ts';
import { andThen, type Maybe } from '../../maybe.ts';
import type { Target } from '../operation.ts';
import { findKey } from './find-key.ts';
import { keyTarget } from './key.ts';
import type { KeyWithRelated } from './related-keys.ts';

export interface DescribedKey extends KeyWithRelated {
  /** The predefined alias behind which there is no key yet: `key` is the one that would be made. */
  readonly unmadeBehind: string | undefined;
}

/**
 * DescribeKey: as any key, but describing a predefined alias (`alias/aws/...`) has its AWS managed key made ("AWS managed keys",
 * KMS Developer Guide), once it is clear that the caller may describe it.
 */
export function describedKeyTarget(): Target<{ readonly KeyId: string }, DescribedKey> {
  const action = 'kms:DescribeKey';
  const target = keyTarget('any', 'DescribeKey');
  return {
    permissions: (loaded, call, name) => target.permissions(loaded, call, name),
    keys: (loaded) => target.keys(loaded),
    load(call, ports) {
      const { caller, input } = call;
      const find = (): Maybe<DescribedKey> =>
        andThen(findKey(input.KeyId, 'any', call, ports, action), (key) =>
          andThen(ports.directory.readRelated(key), (related) => ({ key, related, unmadeBehind: undefined })),
        );
      const reference = parseKeyReference(input.KeyId, caller, 'any');
      if (reference.kind === 'key' || reference.accountId !== caller.accountId) return find();
      const { aliasName, accountId } = reference;
      if (!isPredefinedAlias(aliasName)) return find();
      const { region } = caller;
      return andThen(
        ports.directory.findAlias(accountId, region, aliasName),
        (alias): Maybe<DescribedKey> => {
          if (alias !== undefined) return find();
          const key = plannedAwsManagedKey({ accountId, region, keyId: randomUuid() }, aliasName);
          return { key, related: [], unmadeBehind: aliasName };
        },
      );
    },
  };
}
