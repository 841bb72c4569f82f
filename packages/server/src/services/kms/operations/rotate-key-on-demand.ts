import { keyId, onDemandRotationLimit, required, rotationInProgress } from '@keyhaven/api-model';
import {
  assertRotates,
  importedRotationChanges,
  materialPendingRotation,
  mostOnDemandRotations,
  rotationChanges,
} from '../../../keys/rotation.ts';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';

/** RotateKeyOnDemand, "ConflictException": an automatic rotation is due within 20 minutes. */
const tooCloseMs = 20 * 60 * 1000;

/** Rotates the key material now; the automatic schedule stays. https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html */
export const RotateKeyOnDemand = operation({
  name: 'RotateKeyOnDemand',
  access: 'write',
  input: { KeyId: required(keyId) },
  output: { KeyId: keyId },
  target: keyTarget('idOrArn', 'RotateKeyOnDemand'),
  states: 'rotation',
  supports: ({ key }) => assertRotates(key),
  recorded: ['KeyId'],
  act({ loaded: { key }, now }, { keyStore }) {
    const { row } = key;
    if (row.on_demand_rotations >= mostOnDemandRotations) throw onDemandRotationLimit(key.arn);
    if (row.next_rotation_at !== null && row.next_rotation_at - now < tooCloseMs)
      throw rotationInProgress(key.arn);
    if (row.origin === 'EXTERNAL') {
      const pending = materialPendingRotation(key, now);
      return {
        output: { KeyId: key.arn },
        changes: importedRotationChanges(key, pending, now),
        keyMaterialId: pending.material_id,
      };
    }
    const address = { accountId: row.account_id, region: row.region, keyId: row.key_id };
    return andThen(keyStore.generate(address, key.spec), (material) => ({
      output: { KeyId: key.arn },
      changes: rotationChanges(key, material, { type: 'ON_DEMAND', at: now }),
      keyMaterialId: material.materialId,
    }));
  },
});
