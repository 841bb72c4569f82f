import {
  GenerateMacCommand,
  type GenerateMacCommandInput,
  type KeySpec,
  type KeyUsageType,
  MacAlgorithmSpec,
  VerifyMacCommand,
  type VerifyMacCommandInput,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { dryRunSucceeded } from '../cryptography/made-key.ts';
import { constraintRefusal, membersOf, refusal } from '../kms/kms-under-test.ts';
import { bytes, flipBit, useKeys } from './keys-under-test.ts';

const keys = useKeys();
const Message = Buffer.from('a message');
const specs = [
  { KeySpec: 'HMAC_224', MacAlgorithm: 'HMAC_SHA_224', length: 28 },
  { KeySpec: 'HMAC_256', MacAlgorithm: 'HMAC_SHA_256', length: 32 },
  { KeySpec: 'HMAC_384', MacAlgorithm: 'HMAC_SHA_384', length: 48 },
  { KeySpec: 'HMAC_512', MacAlgorithm: 'HMAC_SHA_512', length: 64 },
] as const;

const invalidMac = refusal('KMSInvalidMacException', '');
const macOf = async (input: GenerateMacCommandInput) =>
  bytes((await keys.client.send(new GenerateMacCommand(input))).Mac);
const refusedMaking = (input: GenerateMacCommandInput) =>
  refusalOf(keys.client.send(new GenerateMacCommand(input)));
const refusedVerify = (input: VerifyMacCommandInput) =>
  refusalOf(keys.client.send(new VerifyMacCommand(input)));

/** What GenerateMac and VerifyMac say to the same request. */
async function refusedAlike(input: GenerateMacCommandInput) {
  const found = await refusedMaking(input);
  expect(await refusedVerify({ ...input, Mac: Buffer.alloc(32) })).toEqual(found);
  return found;
}

describe.each(specs)('$MacAlgorithm', ({ KeySpec, MacAlgorithm, length }) => {
  const key = (which = '') => keys.key(KeySpec, 'GENERATE_VERIFY_MAC', which);

  it('makes a MAC of the length of its hash, which VerifyMac takes', async () => {
    const { id: KeyId, arn } = await key();
    const reply = membersOf(await keys.client.send(new GenerateMacCommand({ KeyId, Message, MacAlgorithm })));
    const { Mac, ...rest } = reply;
    expect(Mac).toHaveLength(length);
    expect(rest).toEqual({ KeyId: arn, MacAlgorithm });
    const verified = await keys.client.send(new VerifyMacCommand({ KeyId, Message, Mac, MacAlgorithm }));
    expect(membersOf(verified)).toEqual({ KeyId: arn, MacValid: true, MacAlgorithm });
  });

  it('makes the same MAC every time, and another for another message or key', async () => {
    const [{ id: KeyId }, another] = await Promise.all([key(), key('another')]);
    const mac = await macOf({ KeyId, Message, MacAlgorithm });
    expect(await macOf({ KeyId, Message, MacAlgorithm })).toEqual(mac);
    expect(await macOf({ KeyId, Message: Buffer.from('another'), MacAlgorithm })).not.toEqual(mac);
    expect(await macOf({ KeyId: another.id, Message, MacAlgorithm })).not.toEqual(mac);
  });

  it('takes messages of one byte and of 4,096 bytes', async () => {
    const { id: KeyId } = await key();
    for (const size of [1, 4096])
      expect(await macOf({ KeyId, Message: Buffer.alloc(size), MacAlgorithm })).toHaveLength(length);
  });

  it('refuses every MAC but the right one, without a message', async () => {
    const { id: KeyId } = await key();
    const right = await macOf({ KeyId, Message, MacAlgorithm });
    const another = await key('another');
    const wrong = [
      ...Array.from(right, (_, place) => flipBit(right, place, place % 8)),
      right.subarray(0, -1),
      right.subarray(1),
      right.subarray(0, 1),
      Buffer.concat([right, Buffer.from([0])]),
      Buffer.concat([right, right]),
      Buffer.alloc(length),
      Buffer.alloc(6144, 1),
      await macOf({ KeyId, Message: Buffer.from('another'), MacAlgorithm }),
      await macOf({ KeyId: another.id, Message, MacAlgorithm }),
    ];
    for (const Mac of wrong)
      expect(await refusedVerify({ KeyId, Message, Mac, MacAlgorithm })).toEqual(invalidMac);
  });

  it('refuses the algorithms of other keys with InvalidKeyUsageException', async () => {
    const { id: KeyId } = await key();
    for (const other of Object.values(MacAlgorithmSpec).filter((one) => one !== MacAlgorithm)) {
      expect(await refusedAlike({ KeyId, Message, MacAlgorithm: other })).toEqual(
        refusal('InvalidKeyUsageException', `Algorithm ${other} is incompatible with key spec ${KeySpec}.`),
      );
    }
  });

  it('has dry runs that succeed, and one that is refused as the request would be', async () => {
    const { id: KeyId } = await key();
    const Mac = await macOf({ KeyId, Message, MacAlgorithm });
    const request = { KeyId, Message, MacAlgorithm, DryRun: true };
    expect(await refusedMaking(request)).toEqual(dryRunSucceeded);
    expect(await refusedVerify({ ...request, Mac })).toEqual(dryRunSucceeded);
    expect(await refusedVerify({ ...request, Mac: flipBit(Mac, 3) })).toEqual(invalidMac);
  });
});

describe('GenerateMac and VerifyMac refuse', () => {
  const MacAlgorithm = 'HMAC_SHA_256';

  it.each<readonly [KeySpec, KeyUsageType]>([
    ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'],
    ['RSA_2048', 'SIGN_VERIFY'],
    ['ECC_NIST_P256', 'KEY_AGREEMENT'],
    ['ML_KEM_768', 'ENCAPSULATE_DECAPSULATE'],
  ])('a key of %s for %s with InvalidKeyUsageException', async (spec, usage) => {
    const { id: KeyId, arn } = await keys.key(spec, usage);
    const text = (name: string) =>
      refusal('InvalidKeyUsageException', `${arn} key usage is ${usage} which is not valid for ${name}.`);
    expect(await refusedMaking({ KeyId, Message, MacAlgorithm })).toEqual(text('GenerateMac'));
    const Mac = Buffer.alloc(32);
    expect(await refusedVerify({ KeyId, Message, Mac, MacAlgorithm })).toEqual(text('VerifyMac'));
  });

  it('an empty message and one of 4,097 bytes with ValidationException', async () => {
    const { id: KeyId } = await keys.key('HMAC_256', 'GENERATE_VERIFY_MAC');
    const sized = (size: number) => refusedAlike({ KeyId, Message: Buffer.alloc(size), MacAlgorithm });
    const constraint = (text: string) =>
      constraintRefusal(`Value at 'message' failed to satisfy constraint: Member must have length ${text}`);
    expect(await sized(0)).toEqual(constraint('greater than or equal to 1'));
    expect(await sized(4097)).toEqual(constraint('less than or equal to 4096'));
  });

  it('an algorithm that there is not, and none, with ValidationException', async () => {
    const { id: KeyId } = await keys.key('HMAC_256', 'GENERATE_VERIFY_MAC');
    const found = await refusedAlike({ KeyId, Message, MacAlgorithm: 'HMAC_MD5' as MacAlgorithmSpec });
    expect(found.message).toContain("Value 'HMAC_MD5' at 'macAlgorithm' failed to satisfy constraint");
    const nothing = undefined as unknown as MacAlgorithmSpec;
    expect(await refusedAlike({ KeyId, Message, MacAlgorithm: nothing })).toEqual(
      constraintRefusal("Value null at 'macAlgorithm' failed to satisfy constraint: Member must not be null"),
    );
  });

  it('a MAC that is empty or longer than 6,144 bytes with ValidationException', async () => {
    const { id: KeyId } = await keys.key('HMAC_256', 'GENERATE_VERIFY_MAC');
    const sized = (size: number) => refusedVerify({ KeyId, Message, MacAlgorithm, Mac: Buffer.alloc(size) });
    const constraint = (text: string) =>
      constraintRefusal(`Value at 'mac' failed to satisfy constraint: Member must have length ${text}`);
    expect(await sized(0)).toEqual(constraint('greater than or equal to 1'));
    expect(await sized(6145)).toEqual(constraint('less than or equal to 6144'));
  });
});
