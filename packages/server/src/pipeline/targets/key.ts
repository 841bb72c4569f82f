import type { KmsKey } from '../../keys/kms-key.ts';
import type { AcceptedForms } from '../../keys/key-reference.ts';
import { andThen } from '../../maybe.ts';
import type { Target } from '../operation.ts';
import { findKey } from './find-key.ts';

export interface OneKey {
  readonly key: KmsKey;
}

/** Most operations: one KMS key, named by the member `KeyId`. `action` is the IAM action without its prefix. */
export function keyTarget(
  accepts: AcceptedForms,
  action: string,
): Target<{ readonly KeyId: string }, OneKey> {
  const fullAction = `kms:${action}`;
  return {
    load: (call, ports) =>
      andThen(findKey(call.input.KeyId, accepts, call, ports, fullAction), (key) => ({ key })),
    permissions: ({ key }) => [{ kind: 'key', action: fullAction, key }],
    keys: ({ key }) => [key],
  };
}
