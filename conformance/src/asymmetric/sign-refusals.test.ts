import {
  type MessageType,
  type KeyUsageType,
  type KeySpec,
  SignCommand,
  type SignCommandInput,
  type SigningAlgorithmSpec,
  VerifyCommand,
  type VerifyCommandInput,
} from '@aws-sdk/client-kms';
import { type Refusal, refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { constraintRefusal, refusal } from '../kms/kms-under-test.ts';
import { hashOf, kindsFor, signingCases } from './key-kinds.ts';
import { useKeys } from './keys-under-test.ts';

const keys = useKeys();
const Message = Buffer.from('a message');
const Signature = Buffer.alloc(64, 1);
const digestBytes = { sha256: 32, sha384: 48, sha512: 64 };
const small = signingCases.filter(({ KeySpec }) => KeySpec !== 'RSA_3072' && KeySpec !== 'RSA_4096');
const onDigests = small.filter(
  ({ KeySpec }) => KeySpec.startsWith('RSA') || KeySpec.startsWith('ECC_NIST_P'),
);

const invalid = (message: string) => refusal('ValidationException', message);
const badUsage = (message: string) => refusal('InvalidKeyUsageException', message);
const refusedSign = (input: SignCommandInput) => refusalOf(keys.client.send(new SignCommand(input)));
const refusedVerify = (input: VerifyCommandInput) => refusalOf(keys.client.send(new VerifyCommand(input)));

/** What Sign and Verify say to the same request. */
async function refusedAlike(input: SignCommandInput): Promise<Refusal> {
  const [signing, verifying] = [await refusedSign(input), await refusedVerify({ ...input, Signature })];
  expect(verifying).toEqual(signing);
  return signing;
}

describe('Sign and Verify refuse', () => {
  const others: readonly (readonly [KeySpec, KeyUsageType])[] = [
    ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'],
    ['RSA_2048', 'ENCRYPT_DECRYPT'],
    ['ECC_NIST_P256', 'KEY_AGREEMENT'],
    ['HMAC_256', 'GENERATE_VERIFY_MAC'],
    ['ML_KEM_768', 'ENCAPSULATE_DECAPSULATE'],
  ];
  it.each(others)('a key of %s for %s with InvalidKeyUsageException', async (spec, usage) => {
    const { id: KeyId, arn } = await keys.key(spec, usage);
    const SigningAlgorithm = spec === 'ECC_NIST_P256' ? 'ECDSA_SHA_256' : 'RSASSA_PSS_SHA_256';
    const text = (name: string) => badUsage(`${arn} key usage is ${usage} which is not valid for ${name}.`);
    expect(await refusedSign({ KeyId, Message, SigningAlgorithm })).toEqual(text('Sign'));
    expect(await refusedVerify({ KeyId, Message, Signature, SigningAlgorithm })).toEqual(text('Verify'));
  });

  const algorithms = [...new Set(signingCases.map(({ SigningAlgorithm }) => SigningAlgorithm))];
  const foreign = kindsFor('SIGN_VERIFY')
    .filter(({ KeySpec }) => small.some((one) => one.KeySpec === KeySpec))
    .flatMap(({ KeySpec, algorithms: own }) =>
      [...algorithms, 'SM2DSA' as const]
        .filter((algorithm) => !own.includes(algorithm))
        .map((SigningAlgorithm) => ({ KeySpec, SigningAlgorithm })),
    );
  it.each(foreign)(
    '$SigningAlgorithm of a $KeySpec key with InvalidKeyUsageException',
    async ({ KeySpec, SigningAlgorithm }) => {
      const { id: KeyId } = await keys.key(KeySpec, 'SIGN_VERIFY');
      expect(await refusedAlike({ KeyId, Message, SigningAlgorithm })).toEqual(
        badUsage(`Algorithm ${SigningAlgorithm} is incompatible with key spec ${KeySpec}.`),
      );
    },
  );

  it.each(onDigests)(
    'a digest of another length for $SigningAlgorithm with $KeySpec with ValidationException',
    async ({ KeySpec, SigningAlgorithm }) => {
      const { id: KeyId } = await keys.key(KeySpec, 'SIGN_VERIFY');
      const right = digestBytes[hashOf(SigningAlgorithm)];
      const lengths = [1, 20, 32, 48, 64, right - 1, right + 1, 4096].filter((length) => length !== right);
      for (const length of lengths) {
        const digest = Buffer.alloc(length);
        expect(
          await refusedAlike({ KeyId, Message: digest, MessageType: 'DIGEST', SigningAlgorithm }),
        ).toEqual(invalid(`Digest is invalid length for algorithm ${SigningAlgorithm}.`));
      }
    },
  );

  it.each(onDigests)(
    'EXTERNAL_MU with $SigningAlgorithm and $KeySpec with ValidationException',
    async ({ KeySpec, SigningAlgorithm }) => {
      const { id: KeyId } = await keys.key(KeySpec, 'SIGN_VERIFY');
      const mu = Buffer.alloc(64);
      expect(
        await refusedAlike({ KeyId, Message: mu, MessageType: 'EXTERNAL_MU', SigningAlgorithm }),
      ).toEqual(invalid(`MessageType EXTERNAL_MU is not supported for algorithm ${SigningAlgorithm}.`));
    },
  );

  const SigningAlgorithm = 'ECDSA_SHA_256';
  const p256 = async () => (await keys.key('ECC_NIST_P256', 'SIGN_VERIFY')).id;

  it('an empty message and one of 4,097 bytes with ValidationException, of either type', async () => {
    for (const MessageType of ['RAW', 'DIGEST'] as const) {
      const KeyId = await p256();
      const sized = (length: number) =>
        refusedAlike({ KeyId, Message: Buffer.alloc(length), MessageType, SigningAlgorithm });
      const constraint = (text: string) =>
        constraintRefusal(`Value at 'message' failed to satisfy constraint: Member must have length ${text}`);
      expect(await sized(0)).toEqual(constraint('greater than or equal to 1'));
      expect(await sized(4097)).toEqual(constraint('less than or equal to 4096'));
    }
  });

  it('a request without its message or its algorithm with ValidationException', async () => {
    const KeyId = await p256();
    const nothing = undefined as unknown as Uint8Array;
    expect(await refusedAlike({ KeyId, Message: nothing, SigningAlgorithm })).toEqual(
      constraintRefusal("Value null at 'message' failed to satisfy constraint: Member must not be null"),
    );
    const unnamed = undefined as unknown as SigningAlgorithmSpec;
    expect(await refusedAlike({ KeyId, Message, SigningAlgorithm: unnamed })).toEqual(
      constraintRefusal(
        "Value null at 'signingAlgorithm' failed to satisfy constraint: Member must not be null",
      ),
    );
  });

  it('an algorithm and a message type that there are not with ValidationException', async () => {
    const KeyId = await p256();
    const unknown = await refusedAlike({
      KeyId,
      Message,
      SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_1' as SigningAlgorithmSpec,
    });
    expect(unknown.name).toBe('ValidationException');
    expect(unknown.message).toContain("Value 'RSASSA_PKCS1_V1_5_SHA_1' at 'signingAlgorithm' failed");
    const typed = await refusedAlike({ KeyId, Message, SigningAlgorithm, MessageType: 'raw' as MessageType });
    expect(typed.name).toBe('ValidationException');
    expect(typed.message).toContain("Value 'raw' at 'messageType' failed");
  });
});
