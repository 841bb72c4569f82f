import type { KmsKey } from '../../keys/kms-key.ts';
import type { AcceptedForms } from '../../keys/key-reference.ts';
import { andThen } from '../../maybe.ts';
import type { Target } from '../operation.ts';
import { findKey, reachOf, type Reach } from './find-key.ts';

export interface OneKey {
  readonly key: KmsKey;
}

/**
 * Most operations: one KMS key, named by the member `KeyId`. `action` is the IAM action without its prefix; `reach` says
 * whether the key may belong to another account.
 */
export function keyTarget(
  accepts: AcceptedForms,
  action: string,
  reach: Reach = reachOf(accepts),
): Target<{ readonly KeyId: string }, OneKey> {
  const fullAction = `kms:${action}`;
  return {
    load: (call, ports) =>
      andThen(findKey(call.input.KeyId, accepts, call, ports, fullAction, reach), (key) => ({ key })),
    permissions: ({ key }, { input }) => [{ kind: 'key', action: fullAction, key, named: input.KeyId }],
    keys: ({ key }) => [key],
  };
}
