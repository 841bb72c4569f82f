import { flag, includeKeyMaterial, keyId, limit, marker, required, rotationList } from '@keyhaven/api-model';
import { listedMaterial } from '../../../keys/listed-material.ts';
import { assertRotates } from '../../../keys/rotation.ts';
import { operation } from '../../../pipeline/operation.ts';
import { cutPage, pageSize } from '../../../pipeline/page.ts';
import { keyWithElsewhereTarget } from '../../../pipeline/targets/imported-key.ts';

/** Lists a key's completed rotations, oldest first; or all its key material. https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeyRotations.html */
export const ListKeyRotations = operation({
  name: 'ListKeyRotations',
  access: 'read',
  input: { KeyId: required(keyId), IncludeKeyMaterial: includeKeyMaterial, Limit: limit, Marker: marker },
  output: { Rotations: rotationList, NextMarker: marker, Truncated: flag() },
  target: keyWithElsewhereTarget('ListKeyRotations'),
  recorded: ['KeyId', 'IncludeKeyMaterial', 'Limit', 'Marker'],
  supports: ({ key }) => assertRotates(key),
  act({ input, loaded: { key, elsewhere }, now }, { markers }) {
    const listing = ['ListKeyRotations', key.arn, input.IncludeKeyMaterial ?? 'ROTATIONS_ONLY'];
    const after = Number(markers.open(listing, input.Marker) ?? -1);
    const listed = key.materials.filter(
      ({ ordinal, rotation_type }) =>
        ordinal > after && (rotation_type !== null || input.IncludeKeyMaterial === 'ALL_KEY_MATERIAL'),
    );
    const size = pageSize(input.Limit, { default: 100, most: 1000 });
    const page = cutPage(listed, size, ({ ordinal }) => markers.seal(listing, String(ordinal)));
    const Rotations = page.items.map((material) => listedMaterial(key, material, elsewhere, now));
    return { output: { Rotations, NextMarker: page.nextMarker, Truncated: page.truncated } };
  },
});
