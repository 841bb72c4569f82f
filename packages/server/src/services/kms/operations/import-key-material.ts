import {
  encryptedKeyMaterial,
  expirationModel,
  type ExpirationModel,
  expiredImportToken,
  importToken,
  importType,
  incorrectKeyMaterial,
  invalidCiphertext,
  invalidImportToken,
  keyId,
  keyMaterialDescription,
  keyMaterialId,
  required,
  timestamp,
  validToInPast,
  validToNotAllowed,
  validToRequired,
  validToTooLate,
} from '@keyhaven/api-model';
import type { MaterialImporter } from '../../../key-stores/port.ts';
import { dayMs } from '../../../keys/day.ts';
import {
  assertImported,
  assertImportMembers,
  chooseImport,
  newMaterialChanges,
  reimportChanges,
} from '../../../keys/import-material.ts';
import { addressOf, type ImportParametersRow } from '../../../keys/kms-key.ts';
import { operation } from '../../../pipeline/operation.ts';
import { type ImportKey, importKeyTarget } from '../../../pipeline/targets/import-key.ts';
import { synchronized } from '../families/shared-properties.ts';

/** ImportKeyMaterial, "ValidTo". */
const longestValidityMs = 365 * dayMs;

/** Takes key material in, new or the same again. https://docs.aws.amazon.com/kms/latest/APIReference/API_ImportKeyMaterial.html */
export const ImportKeyMaterial = operation({
  name: 'ImportKeyMaterial',
  access: 'write',
  input: {
    KeyId: required(keyId),
    ImportToken: required(importToken),
    EncryptedKeyMaterial: required(encryptedKeyMaterial),
    ValidTo: timestamp(),
    ExpirationModel: expirationModel,
    ImportType: importType,
    KeyMaterialDescription: keyMaterialDescription,
    KeyMaterialId: keyMaterialId,
  },
  output: { KeyId: keyId, KeyMaterialId: keyMaterialId },
  target: importKeyTarget('ImportKeyMaterial'),
  states: 'importKeyMaterial',
  supports: ({ key }) => assertImported(key),
  recorded: ['KeyId', 'ValidTo', 'ExpirationModel', 'ImportType', 'KeyMaterialDescription', 'KeyMaterialId'],
  check({ ExpirationModel: model = 'KEY_MATERIAL_EXPIRES', ValidTo }) {
    if (model === 'KEY_MATERIAL_EXPIRES' && ValidTo === undefined) throw validToRequired();
    if (model === 'KEY_MATERIAL_DOES_NOT_EXPIRE' && ValidTo !== undefined) throw validToNotAllowed();
  },
  async act({ input, loaded, now }, { imports, keyStore }) {
    const { key } = loaded;
    const expiresAt = readExpiry(input, now);
    assertImportMembers(key, input);
    const parameters = findParameters(loaded, input.ImportToken, imports, now);
    using bytes = await imports.unwrap(parameters, input.EncryptedKeyMaterial);
    if (bytes === undefined) throw invalidCiphertext();
    using imported = await imports.read(key.spec, bytes, key.row.account_id);
    if (imported === undefined) throw incorrectKeyMaterial();

    const choice = chooseImport(key, input, imports.findKnown(loaded.fingerprints, imported));
    const { materialId } = choice;
    const { account_id, region, key_id } = key.row;
    const own = { account_id, region, key_id, material_id: materialId };
    const material = imports.wrap(addressOf(key.row), key.spec, materialId, imported);
    const stored = { material, expiresAt, description: input.KeyMaterialDescription };
    // Only symmetric encryption keys tell the id of key material.
    const KeyMaterialId = key.spec.type === 'symmetric' ? materialId : undefined;
    const outcome = { output: { KeyId: key.arn, KeyMaterialId }, keyMaterialId: materialId };
    if (choice.kind === 'existing')
      return { ...outcome, changes: reimportChanges(key, choice.row, stored, now) };
    const made = { ...stored, fingerprint: imports.fingerprint(own, imported) };
    return {
      ...outcome,
      changes: newMaterialChanges(key, made, loaded.elsewhere, keyStore, now),
      elsewhere: synchronized(key, loaded.related),
    };
  },
});

/** When the key material expires, null for never; throws ValidationException for a time that is over or too far away. */
function readExpiry(
  {
    ExpirationModel,
    ValidTo,
  }: { readonly ExpirationModel?: ExpirationModel | undefined; readonly ValidTo?: number | undefined },
  now: number,
): number | null {
  if (ExpirationModel === 'KEY_MATERIAL_DOES_NOT_EXPIRE' || ValidTo === undefined) return null;
  if (ValidTo <= now) throw validToInPast();
  if (ValidTo > now + longestValidityMs) throw validToTooLate();
  return ValidTo;
}

/**
 * The wrapping key that the token was given out with. It may be used again while it is good: nothing in AWS's
 * documentation says otherwise. Throws InvalidImportTokenException or ExpiredImportTokenException.
 */
function findParameters(
  { key, parameters }: ImportKey,
  token: Buffer,
  imports: MaterialImporter,
  now: number,
): ImportParametersRow {
  const found = imports.findParameters(parameters, token, key.arn, now);
  if (found.kind === 'found') return found.row;
  throw found.kind === 'expired' ? expiredImportToken() : invalidImportToken();
}
