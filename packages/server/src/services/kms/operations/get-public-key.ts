import {
  customerMasterKeySpec,
  encapsulationAlgorithm,
  encryptionAlgorithm,
  grantTokens,
  keyAgreementAlgorithm,
  keyId,
  keySpec,
  keyUsage,
  type KeyUsage,
  list,
  publicKey,
  required,
  signingAlgorithm,
  unsupportedOperation,
} from '@keyhaven/api-model';
import { algorithmsOf } from '../../../keys/describe-key.ts';
import { currentMaterial } from '../../../keys/key-material.ts';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';

/** Answers the public key of an asymmetric key, and what it can be used for. https://docs.aws.amazon.com/kms/latest/APIReference/API_GetPublicKey.html */
export const GetPublicKey = operation({
  name: 'GetPublicKey',
  access: 'read',
  input: { KeyId: required(keyId), GrantTokens: grantTokens },
  output: {
    KeyId: keyId,
    PublicKey: publicKey,
    CustomerMasterKeySpec: customerMasterKeySpec,
    KeySpec: keySpec,
    KeyUsage: keyUsage,
    EncryptionAlgorithms: list(encryptionAlgorithm),
    SigningAlgorithms: list(signingAlgorithm),
    KeyAgreementAlgorithms: list(keyAgreementAlgorithm),
    EncapsulationAlgorithms: list(encapsulationAlgorithm),
  },
  target: keyTarget('any', 'GetPublicKey'),
  states: 'cryptographic',
  recorded: ['KeyId'],
  supports({ key }) {
    if (key.spec.material.kind !== 'key pair') throw unsupportedOperation();
  },
  act({ loaded: { key } }) {
    const { row, spec } = key;
    const { public_key, material_id } = currentMaterial(key);
    if (public_key === null) throw new Error('the key material has no public key');
    const output = {
      KeyId: key.arn,
      PublicKey: Buffer.from(public_key),
      CustomerMasterKeySpec: spec.olderName,
      KeySpec: spec.name,
      KeyUsage: row.key_usage as KeyUsage,
      ...algorithmsOf(row, spec),
    };
    return { output, keyMaterialId: material_id };
  },
});
