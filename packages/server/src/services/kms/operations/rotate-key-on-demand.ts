import { keyId, onDemandRotationLimit, required, rotationInProgress } from '@keyhaven/api-model';
import {
  assertRotatesOnDemand,
  importedRotationChanges,
  materialPendingRotation,
  mostOnDemandRotations,
  rotationChanges,
} from '../../../keys/rotation.ts';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { keyWithElsewhereTarget } from '../../../pipeline/targets/imported-key.ts';
import { synchronized } from '../families/shared-properties.ts';

/** RotateKeyOnDemand, "ConflictException": an automatic rotation is due within 20 minutes. */
const tooCloseMs = 20 * 60 * 1000;

/** Rotates the key material now; the automatic schedule stays. https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html */
export const RotateKeyOnDemand = operation({
  name: 'RotateKeyOnDemand',
  access: 'write',
  input: { KeyId: required(keyId) },
  output: { KeyId: keyId },
  target: keyWithElsewhereTarget('RotateKeyOnDemand'),
  states: 'rotation',
  supports: ({ key }) => assertRotatesOnDemand(key),
  recorded: ['KeyId'],
  act({ loaded, now }, { keyStore }) {
    const { key, related } = loaded;
    const { row } = key;
    if (row.on_demand_rotations >= mostOnDemandRotations) throw onDemandRotationLimit(key.arn);
    if (row.next_rotation_at !== null && row.next_rotation_at - now < tooCloseMs)
      throw rotationInProgress(key.arn);
    if (row.origin === 'EXTERNAL') {
      const pending = materialPendingRotation(key, loaded.elsewhere, now);
      return {
        output: { KeyId: key.arn },
        changes: importedRotationChanges(key, pending, loaded, now),
        elsewhere: synchronized(key, related),
        keyMaterialId: pending.material_id,
      };
    }
    const address = { accountId: row.account_id, region: row.region, keyId: row.key_id };
    return andThen(keyStore.generate(address, key.spec), (material) => ({
      output: { KeyId: key.arn },
      changes: rotationChanges(key, material, { type: 'ON_DEMAND', at: now }, { related, keyStore }),
      elsewhere: synchronized(key, related),
      keyMaterialId: material.materialId,
    }));
  },
});
