import type { AcceptedForms } from '../../keys/key-reference.ts';
import type { KeyRow } from '../../keys/kms-key.ts';
import { andThen } from '../../maybe.ts';
import type { Target } from '../operation.ts';
import { type OneKey, keyTarget } from './key.ts';

/** A key, and the rows of all keys that it is related to as a multi-Region key, itself among them. */
export interface KeyWithRelated extends OneKey {
  readonly related: readonly KeyRow[];
}

/** One KMS key, with what must be known of its related keys: what they share changes in all of them at once. */
export function relatedKeysTarget(
  accepts: AcceptedForms,
  action: string,
): Target<{ readonly KeyId: string }, KeyWithRelated> {
  const target = keyTarget(accepts, action);
  return {
    permissions: (loaded, call, name) => target.permissions(loaded, call, name),
    keys: (loaded) => target.keys(loaded),
    load: (call, ports) =>
      andThen(target.load(call, ports), ({ key }) =>
        andThen(ports.directory.readRelated(key), (related) => ({ key, related })),
      ),
  };
}
