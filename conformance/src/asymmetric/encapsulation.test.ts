import {
  DecapsulateCommand,
  type DecapsulateCommandInput,
  EncapsulateCommand,
  type EncapsulateCommandInput,
  type KeySpec,
  type KeyUsageType,
} from '@aws-sdk/client-kms';
import { encapsulate } from 'node:crypto';
import { refusalOf } from '@keyhaven/testkit';
import { ml_kem1024, ml_kem512, ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { describe, expect, it } from 'vitest';
import { dryRunSucceeded, invalidCiphertext } from '../cryptography/made-key.ts';
import { constraintRefusal, membersOf, refusal } from '../kms/kms-under-test.ts';
import { bytes, flipBit, useKeys } from './keys-under-test.ts';

const keys = useKeys();
const EncapsulationAlgorithm = 'ML_KEM';

/** The sizes of FIPS 203, table 3, in bytes. */
const specs = [
  { KeySpec: 'ML_KEM_512', publicBytes: 800, ciphertextBytes: 768, other: ml_kem512 },
  { KeySpec: 'ML_KEM_768', publicBytes: 1184, ciphertextBytes: 1088, other: ml_kem768 },
  { KeySpec: 'ML_KEM_1024', publicBytes: 1568, ciphertextBytes: 1568, other: ml_kem1024 },
] as const;

async function decapsulated(KeyId: string, SharedSecretCiphertextBlob: Uint8Array): Promise<Buffer> {
  const command = new DecapsulateCommand({ KeyId, SharedSecretCiphertextBlob, EncapsulationAlgorithm });
  return bytes((await keys.client.send(command)).SharedSecret);
}

const refusedOpening = (input: DecapsulateCommandInput) =>
  refusalOf(keys.client.send(new DecapsulateCommand(input)));
const refusedMaking = (input: EncapsulateCommandInput) =>
  refusalOf(keys.client.send(new EncapsulateCommand(input)));

describe.each(specs)('ML_KEM with $KeySpec', ({ KeySpec, publicBytes, ciphertextBytes, other }) => {
  const key = (which = '') => keys.key(KeySpec, 'ENCAPSULATE_DECAPSULATE', which);
  const encapsulated = async (KeyId: string) => {
    const reply = await keys.client.send(new EncapsulateCommand({ KeyId, EncapsulationAlgorithm }));
    return { reply, secret: bytes(reply.SharedSecret), blob: bytes(reply.SharedSecretCiphertextBlob) };
  };

  it('encapsulates a secret of 32 bytes, which Decapsulate opens', async () => {
    const { id: KeyId, arn } = await key();
    const { reply, secret, blob } = await encapsulated(KeyId);
    expect(membersOf(reply)).toEqual({
      KeyId: arn,
      EncapsulationAlgorithm,
      SharedSecret: new Uint8Array(secret),
      SharedSecretCiphertextBlob: new Uint8Array(blob),
    });
    expect([secret.length, blob.length]).toEqual([32, ciphertextBytes]);
    const opening = { KeyId: arn, SharedSecretCiphertextBlob: blob, EncapsulationAlgorithm } as const;
    expect(membersOf(await keys.client.send(new DecapsulateCommand(opening)))).toEqual({
      KeyId: arn,
      EncapsulationAlgorithm,
      SharedSecret: new Uint8Array(secret),
    });
  });

  it('opens what node:crypto and another implementation encapsulated with the public key', async () => {
    const mine = await key();
    const { sharedKey, ciphertext } = encapsulate(await keys.publicKey(mine));
    expect(await decapsulated(mine.id, ciphertext)).toEqual(sharedKey);
    const raw = (await keys.publicDer(mine)).subarray(-publicBytes);
    const { cipherText, sharedSecret } = other.encapsulate(raw);
    expect(await decapsulated(mine.id, cipherText)).toEqual(Buffer.from(sharedSecret));
  });

  it('encapsulates another secret every time', async () => {
    const { id } = await key();
    const [one, two] = [await encapsulated(id), await encapsulated(id)];
    expect(one.secret).not.toEqual(two.secret);
    expect(one.blob).not.toEqual(two.blob);
  });

  it('opens a changed ciphertext to another secret, the same every time: implicit rejection', async () => {
    const { id } = await key();
    const { secret, blob } = await encapsulated(id);
    const seen = new Set([secret.toString('hex')]);
    for (const place of [0, Math.trunc(blob.length / 2), blob.length - 1]) {
      const changed = flipBit(blob, place);
      const found = await decapsulated(id, changed);
      expect(found).toHaveLength(32);
      expect(await decapsulated(id, changed)).toEqual(found);
      seen.add(found.toString('hex'));
    }
    expect(seen.size).toBe(4);
  });

  it('opens the ciphertext of another key to another secret', async () => {
    const [mine, theirs] = await Promise.all([key(), key('another')]);
    const { secret, blob } = await encapsulated(mine.id);
    expect(await decapsulated(theirs.id, blob)).not.toEqual(secret);
  });

  it('refuses a ciphertext of any other length with InvalidCiphertextException', async () => {
    const { id: KeyId } = await key();
    const lengths = [1, 32, 767, 768, 769, 1088, 1568, ciphertextBytes - 1, ciphertextBytes + 1, 6144];
    for (const length of lengths.filter((one) => one !== ciphertextBytes)) {
      const SharedSecretCiphertextBlob = Buffer.alloc(length, 1);
      expect(await refusedOpening({ KeyId, SharedSecretCiphertextBlob, EncapsulationAlgorithm })).toEqual(
        invalidCiphertext,
      );
    }
  });

  it('has dry runs that succeed, and one that is refused as the request would be', async () => {
    const { id: KeyId } = await key();
    const { blob } = await encapsulated(KeyId);
    const request = { KeyId, EncapsulationAlgorithm, DryRun: true } as const;
    expect(await refusedMaking(request)).toEqual(dryRunSucceeded);
    expect(await refusedOpening({ ...request, SharedSecretCiphertextBlob: blob })).toEqual(dryRunSucceeded);
    expect(await refusedOpening({ ...request, SharedSecretCiphertextBlob: blob.subarray(1) })).toEqual(
      invalidCiphertext,
    );
  });
});

describe('Encapsulate and Decapsulate refuse', () => {
  const SharedSecretCiphertextBlob = Buffer.alloc(1088);

  it.each<readonly [KeySpec, KeyUsageType]>([
    ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'],
    ['RSA_2048', 'ENCRYPT_DECRYPT'],
    ['ECC_NIST_P256', 'KEY_AGREEMENT'],
    ['HMAC_256', 'GENERATE_VERIFY_MAC'],
    ['ML_DSA_65', 'SIGN_VERIFY'],
  ])('a key of %s for %s with InvalidKeyUsageException', async (spec, usage) => {
    const { id: KeyId, arn } = await keys.key(spec, usage);
    const text = (name: string) =>
      refusal('InvalidKeyUsageException', `${arn} key usage is ${usage} which is not valid for ${name}.`);
    expect(await refusedMaking({ KeyId, EncapsulationAlgorithm })).toEqual(text('Encapsulate'));
    expect(await refusedOpening({ KeyId, SharedSecretCiphertextBlob, EncapsulationAlgorithm })).toEqual(
      text('Decapsulate'),
    );
  });

  it('an algorithm that there is not, or none, with ValidationException', async () => {
    const { id: KeyId } = await keys.key('ML_KEM_768', 'ENCAPSULATE_DECAPSULATE');
    const texts = [
      [
        'ML_KEM_768',
        "Value 'ML_KEM_768' at 'encapsulationAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [ML_KEM]",
      ],
      [
        undefined,
        "Value null at 'encapsulationAlgorithm' failed to satisfy constraint: Member must not be null",
      ],
    ] as const;
    for (const [name, text] of texts) {
      const request = { KeyId, EncapsulationAlgorithm: name as 'ML_KEM' };
      expect(await refusedMaking(request)).toEqual(constraintRefusal(text));
      expect(await refusedOpening({ ...request, SharedSecretCiphertextBlob })).toEqual(
        constraintRefusal(text),
      );
    }
  });

  it('a ciphertext that is empty or longer than 6,144 bytes with ValidationException', async () => {
    const { id: KeyId } = await keys.key('ML_KEM_768', 'ENCAPSULATE_DECAPSULATE');
    const sized = (length: number) =>
      refusedOpening({ KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob: Buffer.alloc(length) });
    const constraint = (text: string) =>
      constraintRefusal(
        `Value at 'sharedSecretCiphertextBlob' failed to satisfy constraint: Member must have length ${text}`,
      );
    expect(await sized(0)).toEqual(constraint('greater than or equal to 1'));
    expect(await sized(6145)).toEqual(constraint('less than or equal to 6144'));
  });
});
