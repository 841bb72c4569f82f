import { addressOf, type ImportParametersRow, type StoredFingerprint } from '../../keys/kms-key.ts';
import { andThen } from '../../maybe.ts';
import type { Target } from '../operation.ts';
import { type KeyWithElsewhere, keyWithElsewhereTarget } from './imported-key.ts';

/** A key, with what is stored for its imports. */
export interface ImportKey extends KeyWithElsewhere {
  /** What GetParametersForImport gave out for it and is still stored; the oldest first. */
  readonly parameters: readonly ImportParametersRow[];
  /** Of every key material that was imported into it and not let go of. */
  readonly fingerprints: readonly StoredFingerprint[];
}

/**
 * GetParametersForImport, ImportKeyMaterial and DeleteImportedKeyMaterial: one key, and what its imports rest on. Whoever
 * changes any of that changes the key's row as well, so that a commit on the key's version is one on all of it.
 */
export function importKeyTarget(action: string): Target<{ readonly KeyId: string }, ImportKey> {
  const target = keyWithElsewhereTarget(action);
  return {
    permissions: (loaded, call, name) => target.permissions(loaded, call, name),
    keys: (loaded) => target.keys(loaded),
    load: (call, ports) =>
      andThen(target.load(call, ports), (loaded) =>
        andThen(ports.directory.readImports(addressOf(loaded.key.row)), (imports) => ({
          ...loaded,
          ...imports,
        })),
      ),
  };
}
