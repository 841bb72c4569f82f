import type { Tag } from '@keyhaven/api-model';
import type { FingerprintRow } from '../../keys/import-bindings.ts';
import type { TombstoneRow } from '../../keys/key-listings.ts';
import { addressOf } from '../../keys/kms-key.ts';
import { andThen } from '../../maybe.ts';
import type { Target } from '../operation.ts';
import { newKeyPermissions } from './new-key.ts';
import { type KeyWithRelated, relatedKeysTarget } from './related-keys.ts';

/** A key to replicate, and what of it is not in the key itself. */
export interface ReplicatedKey extends KeyWithRelated {
  readonly fingerprints: readonly FingerprintRow[];
  /** Of an earlier replica in the Region. */
  readonly tombstones: readonly TombstoneRow[];
}

interface ReplicateInput {
  readonly KeyId: string;
  readonly ReplicaRegion: string;
  readonly Tags?: readonly Tag[] | undefined;
}

/**
 * ReplicateKey: the permission on the primary key, and in the replica's Region those that CreateKey takes
 * (ReplicateKey, "Required permissions").
 */
export function replicatedKeyTarget(): Target<ReplicateInput, ReplicatedKey> {
  const target = relatedKeysTarget('idOrArn', 'ReplicateKey');
  return {
    keys: (loaded) => target.keys(loaded),
    permissions: (loaded, call, action) => [
      ...target.permissions(loaded, call, action),
      ...newKeyPermissions(
        {
          accountId: call.caller.accountId,
          replicates: { key: loaded.key, region: call.input.ReplicaRegion },
        },
        call.input.Tags,
      ),
    ],
    load: (call, ports) =>
      andThen(target.load(call, ports), ({ key, related }) =>
        andThen(ports.directory.readFingerprints(key), (fingerprints) => {
          const address = { ...addressOf(key.row), region: call.input.ReplicaRegion };
          const materialIds = key.materials.map(({ material_id }) => material_id);
          return andThen(ports.listings.tombstones(address, materialIds), (tombstones) => ({
            key,
            related,
            fingerprints,
            tombstones,
          }));
        }),
      ),
  };
}
