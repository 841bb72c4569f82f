import {
  flag,
  includeKeyMaterial,
  type KeyMaterialState,
  keyId,
  limit,
  marker,
  required,
  rotationList,
  type RotationType,
} from '@keyhaven/api-model';
import type { KmsKey, MaterialRow } from '../../../keys/kms-key.ts';
import { assertRotates } from '../../../keys/rotation.ts';
import { operation } from '../../../pipeline/operation.ts';
import { cutPage, pageSize } from '../../../pipeline/page.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';

/** Lists a key's completed rotations, oldest first. https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeyRotations.html */
export const ListKeyRotations = operation({
  name: 'ListKeyRotations',
  access: 'read',
  input: { KeyId: required(keyId), IncludeKeyMaterial: includeKeyMaterial, Limit: limit, Marker: marker },
  output: { Rotations: rotationList, NextMarker: marker, Truncated: flag() },
  target: keyTarget('idOrArn', 'ListKeyRotations'),
  recorded: ['KeyId', 'IncludeKeyMaterial', 'Limit', 'Marker'],
  supports: ({ key }) => assertRotates(key),
  act({ input, loaded: { key } }, { markers }) {
    const listing = ['ListKeyRotations', key.arn, input.IncludeKeyMaterial ?? 'ROTATIONS_ONLY'];
    const after = Number(markers.open(listing, input.Marker) ?? -1);
    const listed = key.materials.filter(
      ({ ordinal, rotation_type }) =>
        ordinal > after && (rotation_type !== null || input.IncludeKeyMaterial === 'ALL_KEY_MATERIAL'),
    );
    const size = pageSize(input.Limit, { default: 100, most: 1000 });
    const page = cutPage(listed, size, ({ ordinal }) => markers.seal(listing, String(ordinal)));
    const Rotations = page.items.map((material) => ({
      KeyId: key.row.key_id,
      KeyMaterialId: material.material_id,
      KeyMaterialState: materialState(material, key),
      // The first key material came with the key, by no rotation.
      RotationDate: material.rotation_type === null ? undefined : material.created_at,
      RotationType: (material.rotation_type ?? undefined) as RotationType | undefined,
    }));
    return { output: { Rotations, NextMarker: page.nextMarker, Truncated: page.truncated } };
  },
});

function materialState(material: MaterialRow, key: KmsKey): KeyMaterialState {
  return material === key.current ? 'CURRENT' : 'NON_CURRENT';
}
