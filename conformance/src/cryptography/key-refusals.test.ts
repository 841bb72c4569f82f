import {
  DecryptCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  type KMSClient,
  ReEncryptCommand,
  CancelKeyDeletionCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { refusalOf, startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountId, deniedText, makeKey, type MadeKey, region, restrictTo } from './made-key.ts';

let service: TestService;
let kms: KMSClient;
let good: MadeKey;
/** Everything works with it, and nothing else names it. */
let goodBlob: Uint8Array | undefined;

const Plaintext = Buffer.from('a');

interface Extra {
  readonly GrantTokens?: string[];
}

/** Each request that names a key, with the key and the permission that it then needs. */
const requests = {
  Encrypt: (KeyId: string, extra: Extra = {}) => kms.send(new EncryptCommand({ KeyId, Plaintext, ...extra })),
  Decrypt: (KeyId: string, extra: Extra = {}) =>
    kms.send(new DecryptCommand({ KeyId, CiphertextBlob: goodBlob, ...extra })),
  ReEncryptFrom: (SourceKeyId: string, extra: Extra = {}) =>
    kms.send(
      new ReEncryptCommand({ SourceKeyId, CiphertextBlob: goodBlob, DestinationKeyId: good.id, ...extra }),
    ),
  ReEncryptTo: (DestinationKeyId: string, extra: Extra = {}) =>
    kms.send(new ReEncryptCommand({ DestinationKeyId, CiphertextBlob: goodBlob, ...extra })),
  GenerateDataKey: (KeyId: string, extra: Extra = {}) =>
    kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', ...extra })),
  GenerateDataKeyWithoutPlaintext: (KeyId: string, extra: Extra = {}) =>
    kms.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId, KeySpec: 'AES_256', ...extra })),
};
const names = Object.keys(requests) as (keyof typeof requests)[];

beforeAll(async () => {
  service = await startTestService();
  kms = service.client();
  good = await makeKey(kms);
  goodBlob = (await kms.send(new EncryptCommand({ KeyId: good.id, Plaintext }))).CiphertextBlob;
});

afterAll(() => service.close());

const absentId = '01234567-89ab-cdef-0123-456789abcdef';
const keyArn = (inRegion: string, account: string, id: string) =>
  `arn:aws:kms:${inRegion}:${account}:key/${id}`;
const notFound = (message: string) => ({ name: 'NotFoundException', message, status: 400 });

describe.each(names)('%s refuses', (name) => {
  const refused = (keyId: string, extra?: Extra) => refusalOf(requests[name](keyId, extra));

  it('a disabled key, and takes it again once it is enabled', async () => {
    const { id, arn, alias } = await makeKey(kms);
    await kms.send(new DisableKeyCommand({ KeyId: id }));
    const refusal = { name: 'DisabledException', message: `${arn} is disabled.`, status: 400 };
    expect(await refused(id)).toEqual(refusal);
    expect(await refused(alias)).toEqual(refusal);
    await kms.send(new EnableKeyCommand({ KeyId: id }));
    if (name !== 'Decrypt' && name !== 'ReEncryptFrom') await requests[name](id);
  });

  it('a key that is pending deletion, and one that was but is still disabled', async () => {
    const { id, arn } = await makeKey(kms);
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays: 7 }));
    expect(await refused(id)).toEqual({
      name: 'KMSInvalidStateException',
      message: `${arn} is pending deletion.`,
      status: 400,
    });
    await kms.send(new CancelKeyDeletionCommand({ KeyId: id }));
    expect(await refused(arn)).toEqual({
      name: 'DisabledException',
      message: `${arn} is disabled.`,
      status: 400,
    });
  });

  it('a key id and a key ARN that do not exist, naming the whole ARN', async () => {
    const arn = keyArn(region, accountId, absentId);
    expect(await refused(absentId)).toEqual(notFound(`Key '${arn}' does not exist`));
    expect(await refused(arn)).toEqual(notFound(`Key '${arn}' does not exist`));
  });

  it('an alias name and an alias ARN that do not exist, naming the whole ARN', async () => {
    const arn = `arn:aws:kms:${region}:${accountId}:alias/absent`;
    expect(await refused('alias/absent')).toEqual(notFound(`Alias ${arn} is not found.`));
    expect(await refused(arn)).toEqual(notFound(`Alias ${arn} is not found.`));
  });

  it.each([
    'foo',
    '0123456789abcdef0123456789abcdef',
    'mrk-12',
    `key/${absentId}`,
    ` ${absentId}`,
    'Alias/x',
  ])('the name %j, which is of none of the four forms', async (keyId) => {
    expect(await refused(keyId)).toEqual(notFound(`Invalid keyId '${keyId}'`));
  });

  it('an ARN of another Region, naming that Region', async () => {
    expect(await refused(keyArn('us-west-2', accountId, good.id))).toEqual(notFound('Invalid arn us-west-2'));
  });

  it('a key of another account, whether or not there is one', async () => {
    const arn = keyArn(region, '111122223333', absentId);
    expect(await refused(arn)).toEqual({
      name: 'AccessDeniedException',
      message: deniedText(`kms:${name}`, arn),
      status: 400,
    });
  });

  it('a caller whom the key policy does not allow, before it looks at the state of the key', async () => {
    const { id, arn } = await makeKey(kms);
    await kms.send(new DisableKeyCommand({ KeyId: id }));
    await restrictTo(kms, id, ['kms:DescribeKey']);
    expect(await refused(id)).toEqual({
      name: 'AccessDeniedException',
      message: deniedText(`kms:${name}`, arn),
      status: 400,
    });
  });

  it('a caller whom the key policy denies, although it allows everything', async () => {
    const { id, arn } = await makeKey(kms);
    await restrictTo(kms, id, ['kms:*'], [`kms:${name}`]);
    expect(await refused(id)).toEqual({
      name: 'AccessDeniedException',
      message:
        `User: arn:aws:iam::${accountId}:root is not authorized to perform: kms:${name} on resource: ${arn} ` +
        'with an explicit deny in a resource-based policy',
      status: 400,
    });
  });

  it('a grant token that nobody gave out', async () => {
    expect(await refused(good.id, { GrantTokens: ['not-a-token'] })).toMatchObject({
      name: 'InvalidGrantTokenException',
      status: 400,
    });
  });

  it('eleven grant tokens and an empty one', async () => {
    const { name: code, message } = await refused(good.id, {
      GrantTokens: Array.from({ length: 11 }, () => 't'),
    });
    expect(code).toBe('ValidationException');
    expect(message).toMatch(
      /at 'grantTokens' failed to satisfy constraint: Member must have length less than or equal to 10$/,
    );
    const empty = await refused(good.id, { GrantTokens: ['t', ''] });
    expect(empty.message).toBe(
      "1 validation error detected: Value '' at 'grantTokens.2.member' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  });
});
