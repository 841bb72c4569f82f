import type { FingerprintRow, ImportParametersRow } from '../../keys/kms-key.ts';
import { addressOf } from '../../keys/kms-key.ts';
import { andThen } from '../../maybe.ts';
import type { Target } from '../operation.ts';
import { keyTarget, type OneKey } from './key.ts';

/** A key, with what is stored for its imports. */
export interface ImportKey extends OneKey {
  /** What GetParametersForImport gave out for it and is still stored; the oldest first. */
  readonly parameters: readonly ImportParametersRow[];
  /** Of every key material that was imported into it and not let go of. */
  readonly fingerprints: readonly FingerprintRow[];
}

/**
 * GetParametersForImport, ImportKeyMaterial and DeleteImportedKeyMaterial: one key, and what its imports rest on. Whoever
 * changes any of that changes the key's row as well, so that a commit on the key's version is one on all of it.
 */
export function importKeyTarget(action: string): Target<{ readonly KeyId: string }, ImportKey> {
  const one = keyTarget('idOrArn', action);
  return {
    permissions: (loaded, call, name) => one.permissions(loaded, call, name),
    keys: ({ key }) => [key],
    load: (call, ports) =>
      andThen(one.load(call, ports), ({ key }) =>
        andThen(ports.directory.readImports(addressOf(key.row)), (imports) => ({ key, ...imports })),
      ),
  };
}
