import {
  DecryptCommand,
  DisableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetPublicKeyCommand,
  IncorrectKeyException,
  ReEncryptCommand,
  RotateKeyOnDemandCommand,
  SignCommand,
  VerifyCommand,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { refusal } from '../kms/kms-under-test.ts';
import { arnIn, home, regions, second, type TestRegion, third, useThreeRegions } from './regions.ts';

const kms = useThreeRegions();
const EncryptionContext = { Tenant: 'a' };

async function encryptIn(region: TestRegion, KeyId: string, text: string): Promise<Uint8Array> {
  const Plaintext = Buffer.from(text);
  const { CiphertextBlob } = await kms
    .in(region)
    .send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext }));
  if (CiphertextBlob === undefined) throw new Error('Encrypt answers no ciphertext');
  return CiphertextBlob;
}

/** What Decrypt answers in a Region, with and without naming the key: its plaintext and the key's ARN. */
async function decryptIn(region: TestRegion, CiphertextBlob: Uint8Array, KeyId: string) {
  const opened = await Promise.all(
    [undefined, KeyId].map((named) =>
      kms.in(region).send(new DecryptCommand({ CiphertextBlob, EncryptionContext, KeyId: named })),
    ),
  );
  return opened.map((reply) => `${Buffer.from(reply.Plaintext ?? []).toString()} ${reply.KeyId ?? ''}`);
}

describe('A ciphertext of a multi-Region key', () => {
  it.each(regions.flatMap((from) => regions.map((to) => [from, to] as const)))(
    'that was made in %s opens in %s, with the KeyId and without it, and names the key there',
    async (from, to) => {
      const KeyId = await kms.createRelated([second, third]);
      const opened = await decryptIn(to, await encryptIn(from, KeyId, 'secret'), KeyId);
      expect(opened).toEqual([`secret ${arnIn(to, KeyId)}`, `secret ${arnIn(to, KeyId)}`]);
    },
  );

  it('opens everywhere after rotations, whether those came before or after the replication', async () => {
    const KeyId = await kms.createPrimary();
    const blobs = [await encryptIn(home, KeyId, '0')];
    const rotate = () => kms.in(home).send(new RotateKeyOnDemandCommand({ KeyId }));
    await rotate();
    blobs.push(await encryptIn(home, KeyId, '1'));
    await kms.replicate(KeyId, second);
    await kms.settle();
    await rotate();
    await kms.replicate(KeyId, third);
    await kms.settle();
    blobs.push(await encryptIn(second, KeyId, '2'), await encryptIn(third, KeyId, '3'));
    for (const region of regions)
      for (const [at, blob] of blobs.entries())
        expect(await decryptIn(region, blob, KeyId)).toEqual(Array(2).fill(`${at} ${arnIn(region, KeyId)}`));
  });

  it('opens in other Regions while it is disabled in one', async () => {
    const KeyId = await kms.createRelated([second, third]);
    const blob = await encryptIn(home, KeyId, 'secret');
    await kms.in(home).send(new DisableKeyCommand({ KeyId }));
    expect(await decryptIn(second, blob, KeyId)).toHaveLength(2);
    expect(await refusalOf(decryptIn(home, blob, KeyId))).toEqual(
      refusal('DisabledException', `${arnIn(home, KeyId)} is disabled.`),
    );
  });

  it('of a data key opens in another Region, and is re-encrypted there', async () => {
    const [KeyId, other] = [await kms.createRelated([second]), await kms.createPrimary({}, second)];
    const made = await kms.in(home).send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
    const { CiphertextBlob, SourceKeyId } = await kms
      .in(second)
      .send(new ReEncryptCommand({ CiphertextBlob: made.CiphertextBlob, DestinationKeyId: other }));
    expect(SourceKeyId).toBe(arnIn(second, KeyId));
    const { Plaintext } = await kms.in(second).send(new DecryptCommand({ CiphertextBlob }));
    expect(Plaintext).toEqual(made.Plaintext);
  });

  it('survives a restart in every Region', async () => {
    const KeyId = await kms.createRelated([second, third]);
    const blob = await encryptIn(third, KeyId, 'secret');
    await kms.restart();
    for (const region of regions) expect(await decryptIn(region, blob, KeyId)).toHaveLength(2);
  });

  it('is refused in a Region without the key, as one of a key that is not there', async () => {
    const KeyId = await kms.createRelated([second]);
    const CiphertextBlob = await encryptIn(home, KeyId, 'secret');
    expect(
      await refusalOf(kms.in(third).send(new DecryptCommand({ CiphertextBlob, EncryptionContext }))),
    ).toEqual(
      refusal(
        'AccessDeniedException',
        'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
      ),
    );
  });

  it('is refused with the ARN of the key in another Region', async () => {
    const KeyId = await kms.createRelated([second]);
    const CiphertextBlob = await encryptIn(home, KeyId, 'secret');
    const named = new DecryptCommand({ CiphertextBlob, EncryptionContext, KeyId: arnIn(home, KeyId) });
    expect(await refusalOf(kms.in(second).send(named))).toEqual(
      refusal('NotFoundException', `Invalid arn ${home}`),
    );
  });

  it('is refused with another encryption context, and by another multi-Region key, in every Region', async () => {
    const [KeyId, other] = [await kms.createRelated([second]), await kms.createRelated([second])];
    const CiphertextBlob = await encryptIn(home, KeyId, 'secret');
    for (const region of [home, second]) {
      const client = kms.in(region);
      expect((await refusalOf(client.send(new DecryptCommand({ CiphertextBlob, KeyId })))).name).toBe(
        'InvalidCiphertextException',
      );
      await expect(
        client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext, KeyId: other })),
      ).rejects.toBeInstanceOf(IncorrectKeyException);
    }
  });
});

describe('An asymmetric multi-Region key', () => {
  const Message = Buffer.from('message');

  it.each([
    ['RSA_2048', 'RSASSA_PSS_SHA_256'],
    ['ECC_NIST_P256', 'ECDSA_SHA_256'],
    ['ECC_SECG_P256K1', 'ECDSA_SHA_256'],
  ] as const)(
    'of %s signs in each Region what verifies in every other',
    async (KeySpec, SigningAlgorithm) => {
      const KeyId = await kms.createRelated([second, third], { KeySpec, KeyUsage: 'SIGN_VERIFY' });
      for (const region of regions) {
        const { Signature } = await kms
          .in(region)
          .send(new SignCommand({ KeyId, Message, SigningAlgorithm }));
        for (const other of regions) {
          const verify = new VerifyCommand({ KeyId, Message, SigningAlgorithm, Signature });
          expect(await kms.in(other).send(verify)).toMatchObject({
            SignatureValid: true,
            KeyId: arnIn(other, KeyId),
          });
        }
      }
    },
  );

  it('has one public key, and refuses the signature of another key everywhere', async () => {
    const input = { KeySpec: 'ECC_NIST_P384', KeyUsage: 'SIGN_VERIFY' } as const;
    const [KeyId, other] = [
      await kms.createRelated([second], input),
      await kms.createRelated([second], input),
    ];
    const keys = [home, second] as const;
    const [one, two] = await Promise.all(
      keys.map((region) => kms.in(region).send(new GetPublicKeyCommand({ KeyId }))),
    );
    expect(one?.PublicKey).toEqual(two?.PublicKey);
    const SigningAlgorithm = 'ECDSA_SHA_384';
    const { Signature } = await kms.in(home).send(new SignCommand({ KeyId, Message, SigningAlgorithm }));
    for (const region of keys) {
      const verify = new VerifyCommand({ KeyId: other, Message, SigningAlgorithm, Signature });
      expect((await refusalOf(kms.in(region).send(verify))).name).toBe('KMSInvalidSignatureException');
    }
  });

  it('decrypts with RSA in one Region what was encrypted in another', async () => {
    const KeyId = await kms.createRelated([second], { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
    const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256';
    const { CiphertextBlob } = await kms
      .in(second)
      .send(new EncryptCommand({ KeyId, Plaintext: Message, EncryptionAlgorithm }));
    const decrypt = new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm });
    expect(Buffer.from((await kms.in(home).send(decrypt)).Plaintext ?? [])).toEqual(Message);
  });
});
