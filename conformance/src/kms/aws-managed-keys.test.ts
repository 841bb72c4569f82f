import {
  CreateAliasCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  ListAliasesCommand,
  ListKeysCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf } from '@keyhaven/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  accessDenied,
  accountId,
  aliasArnOf,
  keyArnOf,
  membersOf,
  refusal,
  region,
  rootArn,
  useKms,
} from './kms-under-test.ts';
import { requestsByAnyForm, requestsByIdOrArn, requestsOnAlias, type Subject } from './requests.ts';

const kms = useKms();
let keyId: string;
let subject: Subject;

const describeKey = async (KeyId: string) =>
  (await kms.client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata;

beforeAll(async () => {
  keyId = (await describeKey('alias/aws/s3'))?.KeyId ?? '';
  const { ciphertextBlob, aliasName } = await kms.furnishKey();
  subject = { KeyId: keyId, ciphertextBlob, aliasName, freeAliasName: kms.newAliasName() };
});

describe('an AWS managed key', () => {
  it('is made when its predefined alias is described, and is the same from then on', async () => {
    const first = await describeKey('alias/aws/sns');
    expect(first).toMatchObject({
      AWSAccountId: accountId,
      Arn: keyArnOf(first?.KeyId ?? ''),
      Enabled: true,
      KeyManager: 'AWS',
      KeyState: 'Enabled',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeySpec: 'SYMMETRIC_DEFAULT',
      Origin: 'AWS_KMS',
      MultiRegion: false,
      Description: 'Default key that protects my sns data when no other key is defined',
    });
    for (const KeyId of [
      first?.KeyId ?? '',
      first?.Arn ?? '',
      'alias/aws/sns',
      aliasArnOf('alias/aws/sns'),
    ]) {
      expect(await describeKey(KeyId)).toEqual(first);
    }
  });

  it('is made by its alias ARN as well', async () => {
    const made = await describeKey(aliasArnOf('alias/aws/sqs'));
    expect(made?.KeyManager).toBe('AWS');
    expect(await describeKey('alias/aws/sqs')).toEqual(made);
  });

  it('is made once when two clients describe its alias at the same time', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => describeKey('alias/aws/rds')));
    expect(new Set(made.map((metadata) => metadata?.KeyId)).size).toBe(1);
  });

  it('is listed with the keys of the account and with its alias', async () => {
    const { Keys } = await kms.client.send(new ListKeysCommand({ Limit: 1000 }));
    expect(Keys).toContainEqual({ KeyId: keyId, KeyArn: keyArnOf(keyId) });
    const { Aliases } = await kms.client.send(new ListAliasesCommand({ KeyId: keyId }));
    expect(Aliases?.map(({ AliasName, TargetKeyId }) => [AliasName, TargetKeyId])).toEqual([
      ['alias/aws/s3', keyId],
    ]);
  });

  it('rotates every year, on its own', async () => {
    const { CurrentKeyMaterialId: before, CreationDate } = (await describeKey('alias/aws/glue')) ?? {};
    const status = () => kms.client.send(new GetKeyRotationStatusCommand({ KeyId: glueId }));
    const glueId = (await describeKey('alias/aws/glue'))?.KeyId;
    expect(membersOf(await status())).toEqual({
      KeyId: keyArnOf(glueId ?? ''),
      KeyRotationEnabled: true,
      RotationPeriodInDays: 365,
      NextRotationDate: new Date(Number(CreationDate) + 365 * day * 1000),
    });
    await kms.service.advance(365 * day);
    expect((await describeKey('alias/aws/glue'))?.CurrentKeyMaterialId).not.toBe(before);
  });

  it('has a policy that lets its service use it and the account look at it', async () => {
    const { Policy = '' } = await kms.client.send(new GetKeyPolicyCommand({ KeyId: keyId }));
    expect(JSON.parse(Policy)).toEqual({
      Version: '2012-10-17',
      Id: 'auto-s3-1',
      Statement: [
        {
          Sid: 'Allow access through s3 for all principals in the account that are authorized to use s3',
          Effect: 'Allow',
          Principal: { AWS: '*' },
          Action: [
            'kms:Encrypt',
            'kms:Decrypt',
            'kms:ReEncrypt*',
            'kms:GenerateDataKey*',
            'kms:CreateGrant',
            'kms:DescribeKey',
          ],
          Resource: '*',
          Condition: {
            StringEquals: { 'kms:CallerAccount': accountId, 'kms:ViaService': `s3.${region}.amazonaws.com` },
          },
        },
        {
          Sid: 'Allow direct access to key metadata to the account',
          Effect: 'Allow',
          Principal: { AWS: rootArn },
          Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'],
          Resource: '*',
        },
      ],
    });
  });
});

describe('the policy of an AWS managed key', () => {
  // The policy permits Describe*, Get* and List*: GetPublicKey is refused for another reason.
  const permitted = [
    'GetKeyLastUsage',
    'GetKeyPolicy',
    'GetKeyRotationStatus',
    'ListAliases',
    'ListGrants',
    'ListKeyPolicies',
    'ListKeyRotations',
    'ListResourceTags',
  ];
  /** What is refused for another reason. */
  const others = ['GetParametersForImport', 'RetireGrant', 'RevokeGrant'];
  const changes = Object.entries(requestsByIdOrArn).filter(
    ([name]) => !permitted.includes(name) && !others.includes(name),
  );
  const uses = Object.entries(requestsByAnyForm).filter(
    ([name]) => name !== 'DescribeKey' && name !== 'GetPublicKey' && name !== 'ReEncrypt',
  );
  const aliasing = Object.entries(requestsOnAlias).filter(([name]) => name !== 'DeleteAlias');

  it.each([...changes, ...uses, ...aliasing])(
    'refuses %s with AccessDeniedException',
    async (name, request) => {
      expect(await refusalOf(request(kms.client, subject))).toEqual(accessDenied(name, keyArnOf(keyId)));
    },
  );

  it('lets GetPublicKey be refused with UnsupportedOperationException', async () => {
    const request = requestsByAnyForm['GetPublicKey'];
    expect(request && (await refusalOf(request(kms.client, subject)))).toEqual(
      refusal('UnsupportedOperationException', ''),
    );
  });

  it('lets GetParametersForImport be refused with UnsupportedOperationException', async () => {
    const request = requestsByIdOrArn['GetParametersForImport'];
    expect(request && (await refusalOf(request(kms.client, subject)))).toEqual(
      refusal(
        'UnsupportedOperationException',
        `${keyArnOf(keyId)} origin is AWS_KMS which is not valid for this operation.`,
      ),
    );
  });

  it('lets RevokeGrant look for the grant', async () => {
    const request = requestsByIdOrArn['RevokeGrant'];
    expect(request && (await refusalOf(request(kms.client, subject)))).toMatchObject({
      name: 'NotFoundException',
      message: expect.stringMatching(/^Grant ID 0{64} not found$/) as string,
    });
  });

  it('refuses ReEncrypt from it with AccessDeniedException', async () => {
    const expected = accessDenied('ReEncryptFrom', keyArnOf(keyId));
    const request = requestsByAnyForm['ReEncrypt'];
    expect(request && (await refusalOf(request(kms.client, subject)))).toEqual(expected);
  });

  it('refuses Encrypt under the predefined alias with AccessDeniedException that names the key', async () => {
    const request = new EncryptCommand({ KeyId: 'alias/aws/s3', Plaintext: new Uint8Array([1]) });
    expect(await refusalOf(kms.client.send(request))).toEqual(accessDenied('Encrypt', keyArnOf(keyId)));
  });

  it.each(permitted)('permits %s', async (name) => {
    const reply = await requestsByIdOrArn[name]?.(kms.client, subject);
    expect(reply?.$metadata.httpStatusCode).toBe(200);
  });
});

describe('a predefined alias', () => {
  it('refuses Encrypt with NotFoundException until its AWS managed key exists', async () => {
    const request = () =>
      kms.client.send(new EncryptCommand({ KeyId: 'alias/aws/lambda', Plaintext: new Uint8Array([1]) }));
    const expected = refusal('NotFoundException', `Alias ${aliasArnOf('alias/aws/lambda')} is not found.`);
    expect(await refusalOf(request())).toEqual(expected);
  });

  it('is not made of a reserved name that AWS does not predefine: DescribeKey refuses it with NotFoundException', async () => {
    const expected = refusal(
      'NotFoundException',
      `Alias ${aliasArnOf('alias/aws/nosuchservice')} is not found.`,
    );
    expect(await refusalOf(describeKey('alias/aws/nosuchservice'))).toEqual(expected);
  });

  it('is not counted among the 50 aliases that a key of the customer may have, for it cannot be given to one', async () => {
    const { id: TargetKeyId } = await kms.createKey();
    const request = new CreateAliasCommand({ AliasName: 'alias/aws/backup', TargetKeyId });
    expect(await refusalOf(kms.client.send(request))).toEqual(refusal('NotAuthorizedException', ''));
  });
});
