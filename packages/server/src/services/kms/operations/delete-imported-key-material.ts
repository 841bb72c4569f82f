import {
  keyId,
  keyMaterialId,
  keyMaterialIdReply,
  keyMaterialNotFound,
  onlyForSymmetricKeys,
  required,
} from '@keyhaven/api-model';
import { deleteMaterial } from '../../../keys/delete-material.ts';
import { assertImported } from '../../../keys/import-material.ts';
import type { KmsKey, MaterialRow } from '../../../keys/kms-key.ts';
import { operation } from '../../../pipeline/operation.ts';
import { importKeyTarget } from '../../../pipeline/targets/import-key.ts';
import { synchronized } from '../families/shared-properties.ts';

/** Destroys imported key material at once; the same can be imported again. https://docs.aws.amazon.com/kms/latest/APIReference/API_DeleteImportedKeyMaterial.html */
export const DeleteImportedKeyMaterial = operation({
  name: 'DeleteImportedKeyMaterial',
  access: 'write',
  input: { KeyId: required(keyId), KeyMaterialId: keyMaterialId },
  output: { KeyId: keyId, KeyMaterialId: keyMaterialIdReply },
  target: importKeyTarget('DeleteImportedKeyMaterial'),
  states: 'deleteImportedKeyMaterial',
  supports: ({ key }) => assertImported(key),
  recorded: ['KeyId', 'KeyMaterialId'],
  act({ input: { KeyMaterialId }, loaded }) {
    const { key } = loaded;
    const material = materialToDelete(key, KeyMaterialId);
    const { changes, elsewhere } = deleteMaterial(key, material === undefined ? [] : [material], loaded);
    // A key into which nothing was imported yet, or whose material is gone already: nothing happens, and it is no error.
    const isShown = key.spec.type === 'symmetric';
    return {
      output: { KeyId: key.arn, KeyMaterialId: isShown ? material?.material_id : undefined },
      changes,
      elsewhere: synchronized(
        key,
        elsewhere.map(({ row }) => row),
      ),
      destroys: material !== undefined,
      ...(material === undefined ? {} : { keyMaterialId: material.material_id }),
    };
  },
});

/** The current material where the caller names none. */
function materialToDelete(key: KmsKey, materialId: string | undefined): MaterialRow | undefined {
  if (materialId === undefined) return key.current;
  if (key.spec.type !== 'symmetric') throw onlyForSymmetricKeys('KeyMaterialId', key.spec.name);
  const material = key.materials.find(({ material_id }) => material_id === materialId);
  if (material === undefined) throw keyMaterialNotFound(key.arn, materialId);
  return material;
}
