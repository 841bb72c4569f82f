import type { KmsKey } from '../../keys/kms-key.ts';
import { andThen } from '../../maybe.ts';
import type { Target } from '../operation.ts';
import { findKey } from './find-key.ts';

/** ListAliases: governed by IAM alone; a key that narrows the list must exist. */
export function optionalKeyTarget(
  action: string,
): Target<{ readonly KeyId?: string | undefined }, { readonly key: KmsKey | undefined }> {
  const fullAction = `kms:${action}`;
  return {
    load(call, ports) {
      const { KeyId } = call.input;
      if (KeyId === undefined) return { key: undefined };
      return andThen(findKey(KeyId, 'idOrArn', call, ports, fullAction), (key) => ({ key }));
    },
    permissions({ key }, { caller }) {
      const accountId = key?.row.account_id ?? caller.accountId;
      return [{ kind: 'account', action: fullAction, resourceArn: '*', accountId }];
    },
    keys: ({ key }) => (key === undefined ? [] : [key]),
  };
}
