import {
  DecryptCommand,
  DeriveSharedSecretCommand,
  DisableKeyCommand,
  EncryptCommand,
  GenerateDataKeyPairCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
  type KeySpec,
  type KeyUsageType,
  type KMSClient,
  ReEncryptCommand,
  SignCommand,
  VerifyCommand,
} from '@aws-sdk/client-kms';
import { type Refusal, refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { deniedText, dryRunSucceeded, invalidCiphertext, restrictTo } from '../cryptography/made-key.ts';
import { refusal } from '../kms/kms-under-test.ts';
import { flipBit, type KeysUnderTest, useKeys } from './keys-under-test.ts';

const keys = useKeys();
const Message = Buffer.from('a message');
const SigningAlgorithm = 'ECDSA_SHA_256';
const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256' as const;

type Prepared = (KeyId: string, DryRun: boolean) => Promise<unknown>;

interface DryRun {
  readonly name: string;
  readonly kind: readonly [KeySpec, KeyUsageType];
  /** Makes what the request needs with the key, while it still may; answers the request. */
  readonly prepare: (under: KeysUnderTest, KeyId: string) => Promise<Prepared>;
}

const ecc: DryRun['kind'] = ['ECC_NIST_P256', 'SIGN_VERIFY'];
const rsa: DryRun['kind'] = ['RSA_2048', 'ENCRYPT_DECRYPT'];
const symmetric: DryRun['kind'] = ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'];

/** A request that needs nothing but the key. */
const simple = (send: (client: KMSClient, KeyId: string, DryRun: boolean) => Promise<unknown>) => ({
  prepare: ({ client }: KeysUnderTest): Promise<Prepared> =>
    Promise.resolve((KeyId, DryRun) => send(client, KeyId, DryRun)),
});

const dryRuns: readonly DryRun[] = [
  {
    name: 'Sign',
    kind: ecc,
    ...simple((client, KeyId, DryRun) =>
      client.send(new SignCommand({ KeyId, Message, SigningAlgorithm, DryRun })),
    ),
  },
  {
    name: 'Verify',
    kind: ecc,
    prepare: async (under, id) => {
      const Signature = await under.sign({ KeyId: id, Message, SigningAlgorithm });
      return (KeyId, DryRun) =>
        under.client.send(new VerifyCommand({ KeyId, Message, Signature, SigningAlgorithm, DryRun }));
    },
  },
  {
    name: 'Encrypt',
    kind: rsa,
    ...simple((client, KeyId, DryRun) =>
      client.send(new EncryptCommand({ KeyId, Plaintext: Message, EncryptionAlgorithm, DryRun })),
    ),
  },
  {
    name: 'Decrypt',
    kind: rsa,
    prepare: async (under, id) => {
      const CiphertextBlob = await under.encrypt({ KeyId: id, Plaintext: Message, EncryptionAlgorithm });
      return (KeyId, DryRun) =>
        under.client.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm, DryRun }));
    },
  },
  {
    name: 'ReEncryptTo',
    kind: rsa,
    prepare: async (under) => {
      const source = await under.key('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
      const CiphertextBlob = await under.encrypt({ KeyId: source.id, Plaintext: Message });
      const DestinationEncryptionAlgorithm = EncryptionAlgorithm;
      return (DestinationKeyId, DryRun) =>
        under.client.send(
          new ReEncryptCommand({ DestinationKeyId, DestinationEncryptionAlgorithm, CiphertextBlob, DryRun }),
        );
    },
  },
  {
    name: 'DeriveSharedSecret',
    kind: ['ECC_NIST_P256', 'KEY_AGREEMENT'],
    prepare: async (under) => {
      const PublicKey = await under.publicDer(await under.key('ECC_NIST_P256', 'KEY_AGREEMENT'));
      return (KeyId, DryRun) =>
        under.client.send(
          new DeriveSharedSecretCommand({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey, DryRun }),
        );
    },
  },
  {
    name: 'GenerateDataKeyPair',
    kind: symmetric,
    ...simple((client, KeyId, DryRun) =>
      client.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256', DryRun })),
    ),
  },
  {
    name: 'GenerateDataKeyPairWithoutPlaintext',
    kind: symmetric,
    ...simple((client, KeyId, DryRun) =>
      client.send(
        new GenerateDataKeyPairWithoutPlaintextCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256', DryRun }),
      ),
    ),
  },
];

describe.each(dryRuns)('a dry run of $name', ({ name, kind, prepare }) => {
  const fresh = async () => {
    const key = await keys.newKey(...kind);
    return { ...key, send: await prepare(keys, key.id) };
  };
  const dry = (send: Prepared, KeyId: string): Promise<Refusal> => refusalOf(send(KeyId, true));

  it('says that the request would have succeeded, which it does', async () => {
    const { id, arn, send } = await fresh();
    expect(await dry(send, id)).toEqual(dryRunSucceeded);
    expect(await dry(send, arn)).toEqual(dryRunSucceeded);
    await expect(send(id, false)).resolves.toBeDefined();
  });

  it('is refused for a disabled key as the request would be', async () => {
    const { id, arn, send } = await fresh();
    await keys.client.send(new DisableKeyCommand({ KeyId: id }));
    expect(await dry(send, id)).toEqual(refusal('DisabledException', `${arn} is disabled.`));
  });

  it('is refused for a caller without permission as the request would be', async () => {
    const { id, arn, send } = await fresh();
    await restrictTo(keys.client, id, ['kms:DescribeKey']);
    expect(await dry(send, id)).toEqual(refusal('AccessDeniedException', deniedText(`kms:${name}`, arn)));
  });

  it('is refused for a key of another usage as the request would be', async () => {
    const { send } = await fresh();
    const other = await keys.key('RSA_2048', 'SIGN_VERIFY');
    const found = await dry(send, other.id);
    expect(found.name).toBe('InvalidKeyUsageException');
    expect(await refusalOf(send(other.id, false))).toEqual(found);
  });

  it('is recorded as refused, with the key and without key material', async () => {
    const { id, arn, send } = await fresh();
    const before = keys.service.journal().length;
    await dry(send, id);
    const [record, ...others] = keys.service.journal().slice(before);
    expect(others).toEqual([]);
    expect(record).toMatchObject({
      errorCode: 'DryRunOperationException',
      resources: expect.arrayContaining([arn]) as unknown,
    });
    expect(record).not.toHaveProperty('keyMaterialId');
  });
});

describe('a dry run', () => {
  const DryRun = true;
  const refused = (request: Promise<unknown>) => refusalOf(request);

  it('still verifies the signature', async () => {
    const { id: KeyId } = await keys.key(...ecc);
    const Signature = flipBit(await keys.sign({ KeyId, Message, SigningAlgorithm }), 40);
    expect(await refused(keys.verify({ KeyId, Message, Signature, SigningAlgorithm, DryRun }))).toEqual(
      refusal('KMSInvalidSignatureException', ''),
    );
  });

  it('still wants a digest of the right length', async () => {
    const { id: KeyId } = await keys.key(...ecc);
    const digest = { KeyId, Message, MessageType: 'DIGEST', SigningAlgorithm, DryRun } as const;
    expect((await refused(keys.sign(digest))).message).toBe(
      'Digest is invalid length for algorithm ECDSA_SHA_256.',
    );
  });

  it('still opens the ciphertext of an RSA key, and still measures the plaintext', async () => {
    const { id: KeyId } = await keys.key(...rsa);
    const CiphertextBlob = Buffer.alloc(256, 1);
    expect(await refused(keys.decrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm, DryRun }))).toEqual(
      invalidCiphertext,
    );
    const long = { KeyId, Plaintext: Buffer.alloc(191), EncryptionAlgorithm, DryRun } as const;
    expect((await refused(keys.encrypt(long))).name).toBe('ValidationException');
  });

  it('still wants a public key on the curve', async () => {
    const { id: KeyId } = await keys.key('ECC_NIST_P256', 'KEY_AGREEMENT');
    const request = { KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: Buffer.from('x'), DryRun } as const;
    expect(await refused(keys.client.send(new DeriveSharedSecretCommand(request)))).toEqual(
      refusal('ValidationException', ''),
    );
  });

  it('needs no ciphertext of an RSA key with IGNORE_CIPHERTEXT', async () => {
    const { id: KeyId } = await keys.key(...rsa);
    const DryRunModifiers = ['IGNORE_CIPHERTEXT' as const];
    expect(await refused(keys.decrypt({ KeyId, EncryptionAlgorithm, DryRun, DryRunModifiers }))).toEqual(
      dryRunSucceeded,
    );
    const { id: DestinationKeyId } = await keys.key(...symmetric);
    const move = { SourceKeyId: KeyId, SourceEncryptionAlgorithm: EncryptionAlgorithm, DestinationKeyId };
    expect(await refused(keys.reEncrypt({ ...move, DryRun, DryRunModifiers } as const))).toEqual(
      dryRunSucceeded,
    );
  });
});
