import { DecryptCommand, EncryptCommand } from '@aws-sdk/client-kms';
import { constants, publicEncrypt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { membersOf } from '../kms/kms-under-test.ts';
import { kindsFor } from './key-kinds.ts';
import { bytes, useKeys } from './keys-under-test.ts';

const keys = useKeys();

/** The longest plaintext and the length of every ciphertext, in bytes: "Encrypt", KMS API Reference. */
const limits = {
  RSA_2048: { RSAES_OAEP_SHA_1: 214, RSAES_OAEP_SHA_256: 190, ciphertext: 256 },
  RSA_3072: { RSAES_OAEP_SHA_1: 342, RSAES_OAEP_SHA_256: 318, ciphertext: 384 },
  RSA_4096: { RSAES_OAEP_SHA_1: 470, RSAES_OAEP_SHA_256: 446, ciphertext: 512 },
} as const;

const oaepHashes = { RSAES_OAEP_SHA_1: 'sha1', RSAES_OAEP_SHA_256: 'sha256' } as const;
const algorithms = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] as const;
const cases = (['RSA_2048', 'RSA_3072', 'RSA_4096'] as const).flatMap((KeySpec) =>
  algorithms.map((EncryptionAlgorithm) => ({ KeySpec, EncryptionAlgorithm })),
);

it('there is a case for every encryption key', () => {
  const known = kindsFor('ENCRYPT_DECRYPT').flatMap(({ KeySpec, algorithms: own }) =>
    own.map((EncryptionAlgorithm) => ({ KeySpec, EncryptionAlgorithm })),
  );
  expect(cases).toEqual(known);
});

describe.each(cases)('$EncryptionAlgorithm with $KeySpec', ({ KeySpec, EncryptionAlgorithm }) => {
  const longest = limits[KeySpec][EncryptionAlgorithm];
  const key = () => keys.key(KeySpec, 'ENCRYPT_DECRYPT');

  it('encrypts and decrypts, and tells no key material', async () => {
    const { id, arn } = await key();
    const Plaintext = Buffer.from('a plaintext');
    const sealed = await keys.client.send(new EncryptCommand({ KeyId: id, Plaintext, EncryptionAlgorithm }));
    const { CiphertextBlob, ...rest } = membersOf(sealed);
    expect(rest).toEqual({ KeyId: arn, EncryptionAlgorithm });
    const opened = await keys.client.send(
      new DecryptCommand({ KeyId: id, CiphertextBlob, EncryptionAlgorithm }),
    );
    expect(membersOf(opened)).toEqual({
      KeyId: arn,
      Plaintext: new Uint8Array(Plaintext),
      EncryptionAlgorithm,
    });
  });

  it('encrypts plaintexts of one byte and of as many as there may be', async () => {
    const { id: KeyId } = await key();
    for (const length of [1, longest - 1, longest]) {
      const Plaintext = Buffer.alloc(length, 9);
      const CiphertextBlob = await keys.encrypt({ KeyId, Plaintext, EncryptionAlgorithm });
      expect(CiphertextBlob).toHaveLength(limits[KeySpec].ciphertext);
      expect(await keys.decrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm })).toEqual(Plaintext);
    }
  });

  it('decrypts what was encrypted elsewhere with the public key', async () => {
    const { id: KeyId, arn } = await key();
    const Plaintext = Buffer.alloc(longest, 3);
    const CiphertextBlob = publicEncrypt(
      {
        key: await keys.publicKey({ id: KeyId, arn }),
        padding: constants.RSA_PKCS1_OAEP_PADDING,
        oaepHash: oaepHashes[EncryptionAlgorithm],
      },
      Plaintext,
    );
    expect(await keys.decrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm })).toEqual(Plaintext);
  });

  it('gives another ciphertext every time', async () => {
    const { id: KeyId } = await key();
    const once = () => keys.encrypt({ KeyId, Plaintext: Buffer.from('x'), EncryptionAlgorithm });
    expect(await once()).not.toEqual(await once());
  });
});

describe('the encryption context of an RSA key', () => {
  it('may be there if it is empty', async () => {
    const { id: KeyId } = await keys.key('RSA_2048', 'ENCRYPT_DECRYPT');
    const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256';
    const Plaintext = Buffer.from('x');
    const reply = await keys.client.send(
      new EncryptCommand({ KeyId, Plaintext, EncryptionAlgorithm, EncryptionContext: {} }),
    );
    const CiphertextBlob = bytes(reply.CiphertextBlob);
    expect(await keys.decrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm, EncryptionContext: {} })).toEqual(
      Plaintext,
    );
  });
});
