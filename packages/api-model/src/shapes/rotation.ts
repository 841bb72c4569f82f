import { enumeration, integer, list, structure, timestamp } from '../shape.ts';
import type { ValueOf } from '../shape.ts';
import { keyId, keyMaterialDescription, keyMaterialId } from './identifiers.ts';
import { expirationModel } from './key.ts';

// EnableKeyRotation, GetKeyRotationStatus and ListKeyRotations of the KMS API Reference.

export const rotationPeriodInDays = integer({ min: 90, max: 2560 });

export const includeKeyMaterial = enumeration(['ROTATIONS_ONLY', 'ALL_KEY_MATERIAL']);

export const rotationType = enumeration(['AUTOMATIC', 'ON_DEMAND']);
export type RotationType = ValueOf<typeof rotationType>;

export const keyMaterialState = enumeration([
  'CURRENT',
  'NON_CURRENT',
  'PENDING_ROTATION',
  'PENDING_MULTI_REGION_IMPORT_AND_ROTATION',
]);
export type KeyMaterialState = ValueOf<typeof keyMaterialState>;

export const importState = enumeration(['IMPORTED', 'PENDING_IMPORT']);

/** The items of ListKeyRotations. */
export const rotationList = list(
  structure({
    KeyId: keyId,
    KeyMaterialId: keyMaterialId,
    KeyMaterialDescription: keyMaterialDescription,
    ImportState: importState,
    KeyMaterialState: keyMaterialState,
    ExpirationModel: expirationModel,
    ValidTo: timestamp(),
    RotationDate: timestamp(),
    RotationType: rotationType,
  }),
);
