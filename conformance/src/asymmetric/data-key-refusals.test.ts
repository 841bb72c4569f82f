import {
  type DataKeyPairSpec,
  GenerateDataKeyCommand,
  GenerateDataKeyPairCommand,
  type GenerateDataKeyPairCommandInput,
  GenerateDataKeyPairWithoutPlaintextCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  type KeySpec,
  type KeyUsageType,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { invalidCiphertext } from '../cryptography/made-key.ts';
import { constraintRefusal, refusal } from '../kms/kms-under-test.ts';
import { bytes, flipBit, useKeys } from './keys-under-test.ts';

const keys = useKeys();
const KeyPairSpec = 'ECC_NIST_P256';

const requests = {
  GenerateDataKey: (KeyId: string) =>
    keys.client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })),
  GenerateDataKeyWithoutPlaintext: (KeyId: string) =>
    keys.client.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId, KeySpec: 'AES_256' })),
  GenerateDataKeyPair: (KeyId: string) =>
    keys.client.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec })),
  GenerateDataKeyPairWithoutPlaintext: (KeyId: string) =>
    keys.client.send(new GenerateDataKeyPairWithoutPlaintextCommand({ KeyId, KeyPairSpec })),
};
const otherUsages: readonly (readonly [KeySpec, KeyUsageType])[] = [
  ['RSA_2048', 'SIGN_VERIFY'],
  ['ECC_NIST_P256', 'SIGN_VERIFY'],
  ['ECC_NIST_P256', 'KEY_AGREEMENT'],
  ['HMAC_256', 'GENERATE_VERIFY_MAC'],
  ['ML_DSA_65', 'SIGN_VERIFY'],
  ['ML_KEM_768', 'ENCAPSULATE_DECAPSULATE'],
];

describe.each(Object.entries(requests))('%s refuses', (name, request) => {
  it('an RSA encryption key with InvalidKeyUsageException', async () => {
    const { id } = await keys.key('RSA_2048', 'ENCRYPT_DECRYPT');
    expect(await refusalOf(request(id))).toEqual(
      refusal(
        'InvalidKeyUsageException',
        'Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.',
      ),
    );
  });

  it.each(otherUsages)('a key of %s for %s with InvalidKeyUsageException', async (spec, usage) => {
    const { id, arn } = await keys.key(spec, usage);
    expect(await refusalOf(request(id))).toEqual(
      refusal('InvalidKeyUsageException', `${arn} key usage is ${usage} which is not valid for ${name}.`),
    );
  });
});

describe('GenerateDataKeyPair and GenerateDataKeyPairWithoutPlaintext refuse', () => {
  const refusedAlike = async (input: Partial<GenerateDataKeyPairCommandInput>) => {
    const { id: KeyId } = await keys.key('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
    const request = { KeyId, KeyPairSpec, ...input } as const;
    const found = await refusalOf(keys.client.send(new GenerateDataKeyPairCommand(request)));
    const without = new GenerateDataKeyPairWithoutPlaintextCommand(request);
    expect(await refusalOf(keys.client.send(without))).toEqual(found);
    return found;
  };

  it.each(['SYMMETRIC_DEFAULT', 'HMAC_256', 'ML_DSA_65', 'AES_256'])(
    '%s, which is no pair that there is, with ValidationException',
    async (spec) => {
      const found = await refusedAlike({ KeyPairSpec: spec as DataKeyPairSpec });
      expect(found.name).toBe('ValidationException');
      expect(found.message).toContain(`Value '${spec}' at 'keyPairSpec' failed to satisfy constraint`);
    },
  );

  it('a request without KeyPairSpec with ValidationException', async () => {
    expect(await refusedAlike({ KeyPairSpec: undefined })).toEqual(
      constraintRefusal("Value null at 'keyPairSpec' failed to satisfy constraint: Member must not be null"),
    );
  });
});

describe('Decrypt of the private key of a data key pair refuses', () => {
  it('another encryption context and a changed ciphertext, without a message', async () => {
    const { id: KeyId } = await keys.key('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
    const EncryptionContext = { purpose: 'test' };
    const pair = await keys.client.send(
      new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec, EncryptionContext }),
    );
    const CiphertextBlob = bytes(pair.PrivateKeyCiphertextBlob);
    expect(await refusalOf(keys.decrypt({ CiphertextBlob }))).toEqual(invalidCiphertext);
    const changed = flipBit(CiphertextBlob, CiphertextBlob.length - 1);
    expect(await refusalOf(keys.decrypt({ CiphertextBlob: changed, EncryptionContext }))).toEqual(
      invalidCiphertext,
    );
  });
});
