import type { KeyElsewhere } from '../../keys/imported-elsewhere.ts';
import { andThen } from '../../maybe.ts';
import type { Target } from '../operation.ts';
import { type KeyWithRelated, relatedKeysTarget } from './related-keys.ts';

/** A key, and the related keys whose imported key material it shares. */
export interface KeyWithElsewhere extends KeyWithRelated {
  /** Whole; none unless it is a multi-Region key with imported key material. */
  readonly elsewhere: readonly KeyElsewhere[];
}

/** ListKeyRotations and RotateKeyOnDemand: what is imported where decides which key material may become current. */
export function keyWithElsewhereTarget(action: string): Target<{ readonly KeyId: string }, KeyWithElsewhere> {
  const target = relatedKeysTarget('idOrArn', action);
  return {
    permissions: (loaded, call, name) => target.permissions(loaded, call, name),
    keys: (loaded) => target.keys(loaded),
    load: (call, ports) =>
      andThen(target.load(call, ports), (loaded) =>
        andThen(ports.directory.readElsewhere(loaded.key), (elsewhere) => ({ ...loaded, elsewhere })),
      ),
  };
}
