import {
  DecryptCommand,
  type DecryptCommandInput,
  EncryptCommand,
  type EncryptCommandInput,
  type EncryptionAlgorithmSpec,
  type KeySpec,
  type KeyUsageType,
} from '@aws-sdk/client-kms';
import { constants, publicEncrypt } from 'node:crypto';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { incorrectKey, invalidCiphertext } from '../cryptography/made-key.ts';
import { refusal } from '../kms/kms-under-test.ts';
import { flipBit, useKeys } from './keys-under-test.ts';

const keys = useKeys();
const Plaintext = Buffer.from('a plaintext');
const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256';
const rsa = () => keys.key('RSA_2048', 'ENCRYPT_DECRYPT');
const symmetric = () => keys.key('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');

const refusedEncrypt = (input: EncryptCommandInput) => refusalOf(keys.client.send(new EncryptCommand(input)));
const refusedDecrypt = (input: DecryptCommandInput) => refusalOf(keys.client.send(new DecryptCommand(input)));
const invalid = (message: string) => refusal('ValidationException', message);
const badUsage = (message: string) => refusal('InvalidKeyUsageException', message);

const otherUsages: readonly (readonly [KeySpec, KeyUsageType])[] = [
  ['RSA_2048', 'SIGN_VERIFY'],
  ['ECC_NIST_P256', 'SIGN_VERIFY'],
  ['ECC_NIST_P256', 'KEY_AGREEMENT'],
  ['HMAC_256', 'GENERATE_VERIFY_MAC'],
  ['ML_DSA_65', 'SIGN_VERIFY'],
  ['ML_KEM_768', 'ENCAPSULATE_DECAPSULATE'],
  ['ECC_SECG_P256K1', 'SIGN_VERIFY'],
];

describe('Encrypt refuses', () => {
  const tooLong = [
    ['RSA_2048', 'RSAES_OAEP_SHA_1', 214],
    ['RSA_2048', 'RSAES_OAEP_SHA_256', 190],
    ['RSA_3072', 'RSAES_OAEP_SHA_1', 342],
    ['RSA_3072', 'RSAES_OAEP_SHA_256', 318],
    ['RSA_4096', 'RSAES_OAEP_SHA_1', 470],
    ['RSA_4096', 'RSAES_OAEP_SHA_256', 446],
  ] as const;
  it.each(tooLong)('with %s and %s a plaintext longer than %i bytes', async (spec, algorithm, most) => {
    const { id: KeyId } = await keys.key(spec, 'ENCRYPT_DECRYPT');
    for (const length of [most + 1, 4096]) {
      const input = { KeyId, Plaintext: Buffer.alloc(length), EncryptionAlgorithm: algorithm };
      expect(await refusedEncrypt(input)).toEqual(
        invalid(`Algorithm ${algorithm} and key spec ${spec} cannot encrypt data larger than ${most} bytes.`),
      );
    }
  });

  it.each(otherUsages)('a key of %s for %s with InvalidKeyUsageException', async (spec, usage) => {
    const { id: KeyId, arn } = await keys.key(spec, usage);
    const expected = badUsage(`${arn} key usage is ${usage} which is not valid for Encrypt.`);
    expect(await refusedEncrypt({ KeyId, Plaintext, EncryptionAlgorithm })).toEqual(expected);
    expect(await refusedEncrypt({ KeyId, Plaintext })).toEqual(expected);
  });

  it.each([undefined, 'SYMMETRIC_DEFAULT', 'SM2PKE'] as const)(
    'the algorithm %s of an RSA key with InvalidKeyUsageException',
    async (algorithm) => {
      const { id: KeyId } = await rsa();
      expect(await refusedEncrypt({ KeyId, Plaintext, EncryptionAlgorithm: algorithm })).toEqual(
        badUsage(`Algorithm ${algorithm ?? 'SYMMETRIC_DEFAULT'} is incompatible with key spec RSA_2048.`),
      );
    },
  );

  it.each(['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256', 'SM2PKE'] as const)(
    '%s of a symmetric key with InvalidKeyUsageException',
    async (algorithm) => {
      const { id: KeyId } = await symmetric();
      expect(await refusedEncrypt({ KeyId, Plaintext, EncryptionAlgorithm: algorithm })).toEqual(
        badUsage(`Algorithm ${algorithm} is incompatible with key spec SYMMETRIC_DEFAULT.`),
      );
    },
  );

  it('an encryption context with an RSA key with ValidationException', async () => {
    const { id: KeyId } = await rsa();
    const EncryptionContext = { purpose: 'test' };
    expect(await refusedEncrypt({ KeyId, Plaintext, EncryptionAlgorithm, EncryptionContext })).toEqual(
      invalid('EncryptionContext is not supported for key spec RSA_2048.'),
    );
  });

  it('PKCS #1 v1.5 encryption, which is no algorithm of Encrypt, with ValidationException', async () => {
    const { id: KeyId } = await rsa();
    const algorithm = 'RSAES_PKCS1_V1_5' as EncryptionAlgorithmSpec;
    const found = await refusedEncrypt({ KeyId, Plaintext, EncryptionAlgorithm: algorithm });
    expect(found.name).toBe('ValidationException');
    expect(found.message).toContain("Value 'RSAES_PKCS1_V1_5' at 'encryptionAlgorithm' failed");
  });
});

describe('Decrypt with an RSA key refuses', () => {
  const sealed = async () => {
    const { id: KeyId } = await rsa();
    return { KeyId, CiphertextBlob: await keys.encrypt({ KeyId, Plaintext, EncryptionAlgorithm }) };
  };

  it('a ciphertext that was changed, cut or lengthened, without a message', async () => {
    const { KeyId, CiphertextBlob: right } = await sealed();
    const wrong = [
      ...[0, 100, 255].map((place) => flipBit(right, place)),
      right.subarray(1),
      right.subarray(0, -1),
      right.subarray(0, 1),
      Buffer.concat([Buffer.from([0]), right]),
      Buffer.concat([right, Buffer.from([0])]),
      Buffer.alloc(256),
      Buffer.alloc(256, 0xff),
      Buffer.alloc(6144, 1),
    ];
    for (const CiphertextBlob of wrong) {
      const input = { KeyId, CiphertextBlob, EncryptionAlgorithm } as const;
      expect(await refusedDecrypt(input)).toEqual(invalidCiphertext);
    }
  });

  it('a ciphertext of the other hash, of another RSA key and of a symmetric key, without a message', async () => {
    const { KeyId, CiphertextBlob } = await sealed();
    const other = { KeyId, CiphertextBlob, EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' } as const;
    expect(await refusedDecrypt(other)).toEqual(invalidCiphertext);
    const another = await keys.key('RSA_2048', 'ENCRYPT_DECRYPT', 'another');
    const elsewhere = { KeyId: another.id, CiphertextBlob, EncryptionAlgorithm } as const;
    expect(await refusedDecrypt(elsewhere)).toEqual(invalidCiphertext);
    const blob = await keys.encrypt({ KeyId: (await symmetric()).id, Plaintext });
    expect(await refusedDecrypt({ KeyId, CiphertextBlob: blob, EncryptionAlgorithm })).toEqual(
      invalidCiphertext,
    );
  });

  it('a ciphertext with PKCS #1 v1.5 padding or with a label, without a message', async () => {
    const key = await rsa();
    const publicKey = await keys.publicKey(key);
    const oaep = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
    const wrong = [
      publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, Plaintext),
      publicEncrypt({ key: publicKey, ...oaep, oaepLabel: Buffer.from('label') }, Plaintext),
      publicEncrypt({ key: publicKey, ...oaep, oaepHash: 'sha512' }, Plaintext),
    ];
    for (const CiphertextBlob of wrong) {
      expect(await refusedDecrypt({ KeyId: key.id, CiphertextBlob, EncryptionAlgorithm })).toEqual(
        invalidCiphertext,
      );
    }
  });

  it('a request that names no key, without a message, because the ciphertext names none', async () => {
    const { CiphertextBlob } = await sealed();
    expect(await refusedDecrypt({ CiphertextBlob, EncryptionAlgorithm })).toEqual(invalidCiphertext);
    expect(await refusedDecrypt({ CiphertextBlob })).toEqual(invalidCiphertext);
  });

  it('a request that names no algorithm, or that of symmetric keys, with IncorrectKeyException', async () => {
    const { KeyId, CiphertextBlob } = await sealed();
    expect(await refusedDecrypt({ KeyId, CiphertextBlob })).toEqual(incorrectKey);
    const algorithm = { EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' } as const;
    expect(await refusedDecrypt({ KeyId, CiphertextBlob, ...algorithm })).toEqual(incorrectKey);
  });

  it('SM2PKE with InvalidKeyUsageException and an encryption context with ValidationException', async () => {
    const { KeyId, CiphertextBlob } = await sealed();
    const sm2 = { KeyId, CiphertextBlob, EncryptionAlgorithm: 'SM2PKE' } as const;
    expect(await refusedDecrypt(sm2)).toEqual(
      badUsage('Algorithm SM2PKE is incompatible with key spec RSA_2048.'),
    );
    const EncryptionContext = { a: 'b' };
    const contextual = { KeyId, CiphertextBlob, EncryptionAlgorithm, EncryptionContext } as const;
    expect(await refusedDecrypt(contextual)).toEqual(
      invalid('EncryptionContext is not supported for key spec RSA_2048.'),
    );
  });
});

describe('Decrypt of a symmetric ciphertext refuses', () => {
  it.each<readonly [KeySpec, KeyUsageType]>([['RSA_2048', 'ENCRYPT_DECRYPT'], ...otherUsages])(
    'a key of %s for %s with IncorrectKeyException',
    async (spec, usage) => {
      const CiphertextBlob = await keys.encrypt({ KeyId: (await symmetric()).id, Plaintext });
      const { id, arn } = await keys.key(spec, usage);
      for (const KeyId of [id, arn])
        expect(await refusedDecrypt({ KeyId, CiphertextBlob })).toEqual(incorrectKey);
    },
  );

  it.each(otherUsages)(
    'a key of %s for %s with an RSA algorithm with InvalidKeyUsageException',
    async (spec, usage) => {
      const CiphertextBlob = await keys.encrypt({ KeyId: (await symmetric()).id, Plaintext });
      const { id: KeyId, arn } = await keys.key(spec, usage);
      expect(await refusedDecrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm })).toEqual(
        badUsage(`${arn} key usage is ${usage} which is not valid for Decrypt.`),
      );
    },
  );

  it('an RSA algorithm with InvalidKeyUsageException', async () => {
    const { id: KeyId } = await symmetric();
    const CiphertextBlob = await keys.encrypt({ KeyId, Plaintext });
    const expected = badUsage(
      `Algorithm ${EncryptionAlgorithm} is incompatible with key spec SYMMETRIC_DEFAULT.`,
    );
    expect(await refusedDecrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm })).toEqual(expected);
    expect(await refusedDecrypt({ CiphertextBlob, EncryptionAlgorithm })).toEqual(expected);
  });
});
