import {
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  type KMSClient,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf, startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  deniedText,
  incorrectKey,
  invalidCiphertext,
  makeKey,
  type MadeKey,
  missing,
  namesOf,
  restrictTo,
  rotate,
  tooLong,
  tooShort,
  unknownCiphertextKey,
} from './made-key.ts';

let service: TestService;
let kms: KMSClient;
let key: MadeKey;
let other: MadeKey;
let blob: Buffer;

const context = { tenant: 'blue', purpose: 'backup' };
const secret = Buffer.from('a secret');

async function encrypt(KeyId: string, EncryptionContext?: Record<string, string>): Promise<Buffer> {
  const reply = await kms.send(new EncryptCommand({ KeyId, Plaintext: secret, EncryptionContext }));
  return Buffer.from(reply.CiphertextBlob ?? []);
}

beforeAll(async () => {
  service = await startTestService();
  kms = service.client();
  key = await makeKey(kms);
  other = await makeKey(kms);
  blob = await encrypt(key.id, context);
});

afterAll(() => service.close());

const decrypt = (input: Partial<DecryptCommand['input']> = {}) =>
  kms.send(new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: context, ...input }));
const refused = (input: Partial<DecryptCommand['input']>) => refusalOf(decrypt(input));

describe('Decrypt', () => {
  it('answers plaintext, key ARN, algorithm and key material id, and nothing else', async () => {
    const { $metadata, ...reply } = await decrypt();
    expect({ ...reply, Plaintext: Buffer.from(reply.Plaintext ?? []) }).toEqual({
      Plaintext: secret,
      KeyId: key.arn,
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      KeyMaterialId: key.materialId,
    });
    expect($metadata.httpStatusCode).toBe(200);
  });

  it('takes the right key in each of its four forms', async () => {
    for (const KeyId of namesOf(key)) expect((await decrypt({ KeyId })).KeyId).toBe(key.arn);
  });

  it('opens the blob of a data key as it does one of Encrypt', async () => {
    const made = await kms.send(new GenerateDataKeyCommand({ KeyId: key.id, KeySpec: 'AES_256' }));
    const opened = await kms.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob }));
    expect(opened.Plaintext).toEqual(made.Plaintext);
  });

  it('holds an absent and an empty context for the same', async () => {
    const bare = await encrypt(key.id);
    const empty = await encrypt(key.id, {});
    expect((await decrypt({ CiphertextBlob: bare, EncryptionContext: {} })).KeyId).toBe(key.arn);
    expect((await decrypt({ CiphertextBlob: empty, EncryptionContext: undefined })).KeyId).toBe(key.arn);
  });

  it('opens blobs of older key material after a rotation and says which it was', async () => {
    const rotated = await makeKey(kms);
    const old = await encrypt(rotated.id);
    const newMaterial = await rotate(kms, rotated.id);
    expect(newMaterial).not.toBe(rotated.materialId);
    const reply = await decrypt({ CiphertextBlob: old, EncryptionContext: {} });
    expect(reply.KeyMaterialId).toBe(rotated.materialId);
    const young = await decrypt({ CiphertextBlob: await encrypt(rotated.id), EncryptionContext: {} });
    expect(young.KeyMaterialId).toBe(newMaterial);
  });
});

describe('Decrypt answers InvalidCiphertextException without a message to', () => {
  it.each([
    ['no context', {}],
    ['half of the context', { tenant: 'blue' }],
    ['more than the context', { ...context, more: '1' }],
    ['another value', { ...context, tenant: 'green' }],
    ['another case of a key', { Tenant: 'blue', purpose: 'backup' }],
    ['another case of a value', { ...context, tenant: 'Blue' }],
  ])('%s', async (_what, EncryptionContext) => {
    expect(await refused({ EncryptionContext: EncryptionContext })).toEqual(invalidCiphertext);
  });

  it('a blob that lacks its last byte, or all behind its header', async () => {
    expect(await refused({ CiphertextBlob: blob.subarray(0, -1) })).toEqual(invalidCiphertext);
    expect(await refused({ CiphertextBlob: blob.subarray(0, 54) })).toEqual(invalidCiphertext);
  });

  it('a blob with a byte too many', async () => {
    expect(await refused({ CiphertextBlob: Buffer.concat([blob, Buffer.alloc(1)]) })).toEqual(
      invalidCiphertext,
    );
  });

  it('data that this service never made', async () => {
    for (const CiphertextBlob of [Buffer.from('A'), Buffer.alloc(184), Buffer.alloc(6144, 1)]) {
      expect(await refused({ CiphertextBlob })).toEqual(invalidCiphertext);
      expect(await refused({ CiphertextBlob, KeyId: key.id })).toEqual(invalidCiphertext);
    }
  });

  it('the scheme byte of another key store', async () => {
    const changed = Buffer.from(blob);
    changed[37] = 0x02;
    expect(await refused({ CiphertextBlob: changed })).toEqual(invalidCiphertext);
  });

  it('the body of one blob under the header of another', async () => {
    const mixed = Buffer.concat([(await encrypt(key.id, context)).subarray(0, 54), blob.subarray(54)]);
    expect(await refused({ CiphertextBlob: mixed })).toEqual(invalidCiphertext);
  });

  it('a blob of old key material that claims the current one', async () => {
    const rotated = await makeKey(kms);
    const old = await encrypt(rotated.id);
    const newMaterial = await rotate(kms, rotated.id);
    const forged = Buffer.concat([old.subarray(0, 5), Buffer.from(newMaterial, 'hex'), old.subarray(37)]);
    expect(await refused({ CiphertextBlob: forged, EncryptionContext: {} })).toEqual(invalidCiphertext);
  });
});

describe('Decrypt answers IncorrectKeyException', () => {
  it('when the key that is named is not the one of the blob', async () => {
    for (const KeyId of namesOf(other)) expect(await refused({ KeyId })).toEqual(incorrectKey);
  });

  it('when the key that is named is not the one of the blob, whatever the context', async () => {
    expect(await refused({ KeyId: other.id, EncryptionContext: {} })).toEqual(incorrectKey);
  });

  it('when the blob is of no known key and a key is named', async () => {
    const changed = Buffer.from(blob);
    changed[5] = (changed[5] ?? 0) ^ 1;
    expect(await refused({ CiphertextBlob: changed, KeyId: key.id })).toEqual(incorrectKey);
  });
});

describe('Decrypt answers one AccessDeniedException, and tells nothing apart, when', () => {
  it('the key material that the blob names is unknown', async () => {
    const changed = Buffer.from(blob);
    changed[36] = (changed[36] ?? 0) ^ 0x80;
    expect(await refused({ CiphertextBlob: changed })).toEqual(unknownCiphertextKey);
  });

  it('the blob is of another Region', async () => {
    const elsewhere = service.client({ region: 'us-east-1' });
    const command = new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: context });
    expect(await refusalOf(elsewhere.send(command))).toEqual(unknownCiphertextKey);
  });

  it('the key policy does not allow it, for a good blob, a spoilt one and a wrong context', async () => {
    const forbidden = await makeKey(kms);
    const good = await encrypt(forbidden.id, context);
    await restrictTo(kms, forbidden.id, ['kms:Encrypt']);
    const spoilt = Buffer.from(good);
    spoilt[good.length - 1] = (spoilt.at(-1) ?? 0) ^ 1;
    expect(await refused({ CiphertextBlob: good })).toEqual(unknownCiphertextKey);
    expect(await refused({ CiphertextBlob: spoilt })).toEqual(unknownCiphertextKey);
    expect(await refused({ CiphertextBlob: good, EncryptionContext: {} })).toEqual(unknownCiphertextKey);
  });

  it('the key policy denies it', async () => {
    const denied = await makeKey(kms);
    const CiphertextBlob = await encrypt(denied.id, context);
    await restrictTo(kms, denied.id, ['kms:*'], ['kms:Decrypt']);
    expect(await refused({ CiphertextBlob })).toEqual(unknownCiphertextKey);
  });

  it('the key is destroyed', async () => {
    const doomed = await makeKey(kms);
    const CiphertextBlob = await encrypt(doomed.id, context);
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId: doomed.id, PendingWindowInDays: 7 }));
    await service.advance(7 * day);
    expect(await refused({ CiphertextBlob })).toEqual(unknownCiphertextKey);
    expect(await refused({ CiphertextBlob, KeyId: doomed.id })).toEqual({
      name: 'NotFoundException',
      message: `Key '${doomed.arn}' does not exist`,
      status: 400,
    });
  });
});

describe('Decrypt refuses', () => {
  it('a caller whom the key policy does not allow, by the usual text when the caller names the key', async () => {
    const forbidden = await makeKey(kms);
    const CiphertextBlob = await encrypt(forbidden.id, context);
    await restrictTo(kms, forbidden.id, ['kms:Encrypt']);
    expect(await refused({ CiphertextBlob, KeyId: forbidden.alias })).toEqual({
      name: 'AccessDeniedException',
      message: deniedText('kms:Decrypt', forbidden.arn),
      status: 400,
    });
  });

  it('a request without blob', async () => {
    expect(await refused({ CiphertextBlob: undefined })).toEqual(missing('ciphertextBlob'));
    expect(await refused({ CiphertextBlob: undefined, KeyId: key.id })).toEqual(missing('ciphertextBlob'));
  });

  it('an empty blob and one longer than 6,144 bytes', async () => {
    expect(await refused({ CiphertextBlob: new Uint8Array() })).toEqual(tooShort('ciphertextBlob'));
    expect(await refused({ CiphertextBlob: Buffer.alloc(6145) })).toEqual(tooLong('ciphertextBlob', 6144));
  });

  it('an algorithm that the key does not have', async () => {
    expect(await refused({ EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' })).toEqual({
      name: 'InvalidKeyUsageException',
      message: 'Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.',
      status: 400,
    });
  });

  it('to answer in clear what is meant for an enclave', async () => {
    const Recipient = {
      KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
      AttestationDocument: Buffer.from('x'),
    } as const;
    expect(await refused({ Recipient })).toMatchObject({
      name: 'ValidationException',
      message: 'The attestation document is malformed.',
      status: 400,
    });
  });
});
