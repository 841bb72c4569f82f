import {
  DecryptCommand,
  DisableKeyCommand,
  type DryRunModifierType,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  type KMSClient,
  ReEncryptCommand,
} from '@aws-sdk/client-kms';
import { refusalOf, startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  deniedText,
  dryRunSucceeded,
  incorrectKey,
  invalidCiphertext,
  makeKey,
  type MadeKey,
  missing,
  restrictTo,
  tooLong,
  unknownCiphertextKey,
} from './made-key.ts';

let service: TestService;
let kms: KMSClient;
let key: MadeKey;
let disabled: MadeKey;
let forbidden: MadeKey;
let CiphertextBlob: Uint8Array | undefined;

const Plaintext = Buffer.from('a');
const DryRun = true;

beforeAll(async () => {
  service = await startTestService();
  kms = service.client();
  [key, disabled, forbidden] = [await makeKey(kms), await makeKey(kms), await makeKey(kms)];
  await kms.send(new DisableKeyCommand({ KeyId: disabled.id }));
  await restrictTo(kms, forbidden.id, ['kms:DescribeKey']);
  ({ CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: key.id, Plaintext })));
});

afterAll(() => service.close());

const dryRuns = {
  Encrypt: (KeyId: string) => kms.send(new EncryptCommand({ KeyId, Plaintext, DryRun })),
  GenerateDataKey: (KeyId: string) =>
    kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', DryRun })),
  GenerateDataKeyWithoutPlaintext: (KeyId: string) =>
    kms.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId, KeySpec: 'AES_256', DryRun })),
  Decrypt: (KeyId: string) => kms.send(new DecryptCommand({ KeyId, CiphertextBlob, DryRun })),
  ReEncryptTo: (DestinationKeyId: string) =>
    kms.send(new ReEncryptCommand({ DestinationKeyId, CiphertextBlob, DryRun })),
};

describe.each(Object.entries(dryRuns))('a dry run of %s', (name, dryRun) => {
  it('says that the request would have succeeded', async () => {
    expect(await refusalOf(dryRun(key.id))).toEqual(dryRunSucceeded);
    expect(await refusalOf(dryRun(key.alias))).toEqual(dryRunSucceeded);
  });

  it('is refused for a disabled key as the request would be', async () => {
    expect(await refusalOf(dryRun(disabled.id))).toEqual({
      name: 'DisabledException',
      message: `${disabled.arn} is disabled.`,
      status: 400,
    });
  });

  it('is refused for a caller without permission as the request would be', async () => {
    expect(await refusalOf(dryRun(forbidden.id))).toEqual({
      name: 'AccessDeniedException',
      message: deniedText(`kms:${name}`, forbidden.arn),
      status: 400,
    });
  });

  it('is refused for a key that does not exist', async () => {
    expect((await refusalOf(dryRun('alias/absent'))).name).toBe('NotFoundException');
  });

  it('is recorded as refused, without key material', async () => {
    const before = service.journal().length;
    await refusalOf(dryRun(key.id));
    const [record, ...others] = service.journal().slice(before);
    expect(others).toEqual([]);
    expect(record).toMatchObject({
      errorCode: 'DryRunOperationException',
      resources: expect.arrayContaining([key.arn]) as unknown,
    });
    expect(record).not.toHaveProperty('keyMaterialId');
  });
});

describe('a dry run', () => {
  it('is no dry run when DryRun is false', async () => {
    const reply = await kms.send(new EncryptCommand({ KeyId: key.id, Plaintext, DryRun: false }));
    expect(reply.CiphertextBlob).toBeDefined();
  });

  it('still validates', async () => {
    const long = new EncryptCommand({ KeyId: key.id, Plaintext: Buffer.alloc(4097), DryRun });
    expect(await refusalOf(kms.send(long))).toEqual(tooLong('plaintext', 4096));
    const sizeless = new GenerateDataKeyCommand({ KeyId: key.id, DryRun });
    expect((await refusalOf(kms.send(sizeless))).message).toBe(
      'Please specify either number of bytes or key spec.',
    );
  });

  it('still opens the ciphertext', async () => {
    const spoilt = Buffer.from(CiphertextBlob ?? []).subarray(0, -1);
    expect(await refusalOf(kms.send(new DecryptCommand({ CiphertextBlob: spoilt, DryRun })))).toEqual(
      invalidCiphertext,
    );
    const wrongContext = new DecryptCommand({ CiphertextBlob, EncryptionContext: { a: '1' }, DryRun });
    expect(await refusalOf(kms.send(wrongContext))).toEqual(invalidCiphertext);
    const other = await makeKey(kms);
    expect(
      await refusalOf(kms.send(new DecryptCommand({ KeyId: other.id, CiphertextBlob, DryRun }))),
    ).toEqual(incorrectKey);
    const moved = new ReEncryptCommand({ CiphertextBlob: spoilt, DestinationKeyId: other.id, DryRun });
    expect(await refusalOf(kms.send(moved))).toEqual(invalidCiphertext);
  });

  it('still needs the ciphertext', async () => {
    expect(await refusalOf(kms.send(new DecryptCommand({ KeyId: key.id, DryRun })))).toEqual(
      missing('ciphertextBlob'),
    );
  });

  it('conceals the key of a ciphertext as the request would', async () => {
    const unknown = Buffer.from(CiphertextBlob ?? []);
    unknown[5] = (unknown[5] ?? 0) ^ 1;
    expect(await refusalOf(kms.send(new DecryptCommand({ CiphertextBlob: unknown, DryRun })))).toEqual(
      unknownCiphertextKey,
    );
  });
});

describe('IGNORE_CIPHERTEXT', () => {
  const DryRunModifiers: DryRunModifierType[] = ['IGNORE_CIPHERTEXT'];
  const decrypt = (input: DecryptCommand['input']) =>
    refusalOf(kms.send(new DecryptCommand({ DryRunModifiers, ...input })));
  const reEncrypt = (input: Omit<ReEncryptCommand['input'], 'DestinationKeyId'>) =>
    refusalOf(kms.send(new ReEncryptCommand({ DryRunModifiers, DestinationKeyId: key.id, ...input })));
  const nonsense = Buffer.from('no blob of ours');

  it('asks for permissions and state only, with any ciphertext or none', async () => {
    expect(await decrypt({ KeyId: key.id, DryRun })).toEqual(dryRunSucceeded);
    expect(await decrypt({ KeyId: key.id, DryRun, CiphertextBlob: nonsense })).toEqual(dryRunSucceeded);
    expect(await reEncrypt({ SourceKeyId: key.id, DryRun })).toEqual(dryRunSucceeded);
    expect(await reEncrypt({ SourceKeyId: key.id, DryRun, CiphertextBlob: nonsense })).toEqual(
      dryRunSucceeded,
    );
  });

  it('is refused for a disabled key, an absent one and a caller without permission', async () => {
    expect((await decrypt({ KeyId: disabled.id, DryRun })).name).toBe('DisabledException');
    expect((await decrypt({ KeyId: 'alias/absent', DryRun })).name).toBe('NotFoundException');
    expect((await decrypt({ KeyId: forbidden.id, DryRun })).message).toBe(
      deniedText('kms:Decrypt', forbidden.arn),
    );
    expect((await reEncrypt({ SourceKeyId: forbidden.id, DryRun })).message).toBe(
      deniedText('kms:ReEncryptFrom', forbidden.arn),
    );
  });

  it('needs the key to be named, with a ciphertext or without', async () => {
    expect(await decrypt({ DryRun })).toEqual(missing('keyId'));
    expect(await decrypt({ DryRun, CiphertextBlob })).toEqual(missing('keyId'));
    expect(await reEncrypt({ DryRun })).toEqual(missing('sourceKeyId'));
    expect(await reEncrypt({ DryRun, CiphertextBlob })).toEqual(missing('sourceKeyId'));
  });

  it('changes nothing where DryRun is not set', async () => {
    expect(await decrypt({ KeyId: key.id })).toEqual(missing('ciphertextBlob'));
    expect(await decrypt({ KeyId: key.id, CiphertextBlob: nonsense })).toEqual(invalidCiphertext);
    const reply = await kms.send(new DecryptCommand({ CiphertextBlob, DryRunModifiers }));
    expect(reply.KeyId).toBe(key.arn);
  });

  it('is the only modifier', async () => {
    const modifiers = ['IGNORE_EVERYTHING' as DryRunModifierType];
    expect(await decrypt({ KeyId: key.id, DryRun, DryRunModifiers: modifiers })).toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(/at 'dryRunModifiers.1.member' failed.*\[IGNORE_CIPHERTEXT\]/) as string,
    });
  });
});
