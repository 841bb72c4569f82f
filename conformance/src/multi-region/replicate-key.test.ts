import {
  CreateAliasCommand,
  CreateKeyCommand,
  DisableKeyCommand,
  GetKeyPolicyCommand,
  ListAliasesCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ReplicateKeyCommand,
  type ReplicateKeyCommandInput,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import {
  absentKeyId,
  accessDenied,
  accountId,
  constraintRefusal,
  membersOf,
  refusal,
  rootArn,
} from '../kms/kms-under-test.ts';
import { rootPolicy } from '../kms/requests.ts';
import { arnIn, home, second, third, useThreeRegions } from './regions.ts';

const kms = useThreeRegions();

describe('ReplicateKey', () => {
  it('answers the metadata of a replica that is being created, its policy and its tags', async () => {
    const KeyId = await kms.createPrimary({ Description: 'of the primary' });
    const Tags = [{ TagKey: 'Purpose', TagValue: 'Test' }];
    const reply = membersOf(await kms.replicate(KeyId, second, { Description: 'of the replica', Tags }));
    expect(reply).toEqual({
      ReplicaKeyMetadata: {
        AWSAccountId: accountId,
        Arn: arnIn(second, KeyId),
        CreationDate: expect.any(Date) as Date,
        CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
        Description: 'of the replica',
        Enabled: false,
        EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
        KeyId,
        KeyManager: 'CUSTOMER',
        KeySpec: 'SYMMETRIC_DEFAULT',
        KeyState: 'Creating',
        KeyUsage: 'ENCRYPT_DECRYPT',
        MultiRegion: true,
        MultiRegionConfiguration: {
          MultiRegionKeyType: 'REPLICA',
          PrimaryKey: { Arn: arnIn(home, KeyId), Region: home },
          ReplicaKeys: [{ Arn: arnIn(second, KeyId), Region: second }],
        },
        Origin: 'AWS_KMS',
      },
      ReplicaPolicy: expect.stringContaining(rootArn) as string,
      ReplicaTags: Tags,
    });
  });

  it('makes a replica that is Enabled soon after, and described with all its related keys in every Region', async () => {
    const KeyId = await kms.createRelated([second, third]);
    const [primary, replica] = [await kms.describe(home, KeyId), await kms.describe(second, KeyId)];
    expect(replica).toMatchObject({ KeyState: 'Enabled', Enabled: true, Arn: arnIn(second, KeyId) });
    expect(replica.CurrentKeyMaterialId).toBe(primary.CurrentKeyMaterialId);
    const related = {
      PrimaryKey: { Arn: arnIn(home, KeyId), Region: home },
      ReplicaKeys: [third, second].map((Region) => ({ Arn: arnIn(Region, KeyId), Region })),
    };
    expect(primary.MultiRegionConfiguration).toEqual({ MultiRegionKeyType: 'PRIMARY', ...related });
    expect(replica.MultiRegionConfiguration).toEqual({ MultiRegionKeyType: 'REPLICA', ...related });
  });

  it('gives the replica a policy, tags and a description of its own, and none of its primary', async () => {
    const KeyId = await kms.createPrimary({
      Policy: rootPolicy(),
      Description: 'of the primary',
      Tags: [{ TagKey: 'Of', TagValue: 'the primary' }],
    });
    await kms.in(home).send(new CreateAliasCommand({ AliasName: 'alias/primary', TargetKeyId: KeyId }));
    const { ReplicaTags } = await kms.replicate(KeyId, second);
    expect(ReplicaTags).toEqual([]);
    const replica = kms.in(second);
    const { Policy } = await replica.send(new GetKeyPolicyCommand({ KeyId }));
    expect(JSON.parse(Policy ?? '')).toMatchObject({ Id: 'key-default-1' });
    expect((await replica.send(new ListResourceTagsCommand({ KeyId }))).Tags).toEqual([]);
    expect((await replica.send(new ListAliasesCommand({ KeyId }))).Aliases).toEqual([]);
    expect((await kms.describe(second, KeyId)).Description).toBe('');
    expect((await kms.describe(home, KeyId)).Description).toBe('of the primary');
  });

  it('takes a policy that is checked for the replica, whose ARN it may name', async () => {
    const KeyId = await kms.createPrimary();
    const text = rootPolicy().replace('"*"', JSON.stringify(arnIn(second, KeyId)));
    const { ReplicaPolicy } = await kms.replicate(KeyId, second, { Policy: text });
    expect(JSON.parse(ReplicaPolicy ?? '')).toEqual(JSON.parse(text));
  });

  it('lists the replica among the keys of its own Region only', async () => {
    const KeyId = await kms.createRelated([second]);
    const listed = async (region: typeof home | typeof second | typeof third) =>
      ((await kms.in(region).send(new ListKeysCommand({ Limit: 1000 }))).Keys ?? []).filter(
        (key) => key.KeyId === KeyId,
      );
    expect(await listed(second)).toEqual([{ KeyId, KeyArn: arnIn(second, KeyId) }]);
    expect(await listed(home)).toEqual([{ KeyId, KeyArn: arnIn(home, KeyId) }]);
    expect(await listed(third)).toEqual([]);
  });

  it('is recorded in the Region of the primary, and as CreateKey in that of the replica', async () => {
    const KeyId = await kms.createPrimary();
    const before = kms.service.journal().length;
    const { $metadata } = await kms.replicate(KeyId, second);
    await kms.settle();
    const records = kms.service.journal().slice(before);
    const { requestId } = $metadata;
    expect(records.filter((record) => record['requestId'] === requestId)).toEqual([
      expect.objectContaining({
        eventName: 'ReplicateKey',
        awsRegion: home,
        readOnly: false,
        requestParameters: { KeyId, ReplicaRegion: second },
        resources: [arnIn(home, KeyId)],
      }),
      expect.objectContaining({
        eventName: 'CreateKey',
        awsRegion: second,
        readOnly: false,
        resources: [arnIn(second, KeyId)],
      }),
    ]);
    expect(records).toContainEqual(
      expect.objectContaining({
        eventName: 'SynchronizeMultiRegionKey',
        eventType: 'AwsServiceEvent',
        awsRegion: second,
        resources: [arnIn(second, KeyId)],
      }),
    );
  });
});

describe('ReplicateKey refuses', () => {
  const notPrimary = (arn: string) =>
    refusal('UnsupportedOperationException', `${arn} is not a multi-region primary key.`);
  const refused = (input: Partial<ReplicateKeyCommandInput>, region: typeof home | typeof second = home) =>
    refusalOf(
      kms.in(region).send(new ReplicateKeyCommand({ KeyId: undefined, ReplicaRegion: undefined, ...input })),
    );

  it('a single-Region key', async () => {
    const { KeyMetadata } = await kms.in(home).send(new CreateKeyCommand({}));
    const { KeyId = '', Arn = '' } = KeyMetadata ?? {};
    expect(await refused({ KeyId, ReplicaRegion: second })).toEqual(notPrimary(Arn));
  });

  it('a replica', async () => {
    const KeyId = await kms.createRelated([second]);
    expect(await refused({ KeyId, ReplicaRegion: third }, second)).toEqual(notPrimary(arnIn(second, KeyId)));
  });

  it('a Region that has a replica already, whatever the state of that is', async () => {
    const KeyId = await kms.createRelated([second, third]);
    await kms.in(second).send(new DisableKeyCommand({ KeyId }));
    await kms.in(third).send(new ScheduleKeyDeletionCommand({ KeyId }));
    for (const ReplicaRegion of [second, third]) {
      expect(await refused({ KeyId, ReplicaRegion })).toEqual(
        refusal('AlreadyExistsException', `A key with the ARN ${arnIn(ReplicaRegion, KeyId)} already exists`),
      );
    }
  });

  it.each([
    [home, `ReplicaRegion ${home} is the Region of the primary key.`],
    ['cn-north-1', 'ReplicaRegion cn-north-1 is not in the partition aws of the primary key.'],
    ['us-gov-west-1', 'ReplicaRegion us-gov-west-1 is not in the partition aws of the primary key.'],
  ])('the Region %s', async (ReplicaRegion, text) => {
    const KeyId = await kms.createPrimary();
    expect(await refused({ KeyId, ReplicaRegion })).toEqual(refusal('ValidationException', text));
  });

  it.each([
    [
      'no Region',
      undefined,
      "Value null at 'replicaRegion' failed to satisfy constraint: Member must not be null",
    ],
    [
      'what is no Region',
      'Frankfurt',
      "Value 'Frankfurt' at 'replicaRegion' failed to satisfy constraint: Member must satisfy regular expression pattern: ^([a-z]+-){2,3}\\d+$",
    ],
  ])('%s', async (_what, ReplicaRegion, text) => {
    expect(await refused({ KeyId: await kms.createPrimary(), ReplicaRegion })).toEqual(
      constraintRefusal(text),
    );
  });

  it.each([
    ['an absent key', absentKeyId, 'NotFoundException', `Key '${arnIn(home, absentKeyId)}' does not exist`],
    ['an alias', 'alias/x', 'InvalidArnException', 'Key Aliases are not supported for this operation.'],
    [
      "the primary's ARN in another Region",
      arnIn(second, `mrk-${'0'.repeat(32)}`),
      'NotFoundException',
      `Invalid arn ${second}`,
    ],
  ])('%s', async (_what, KeyId, name, text) => {
    expect(await refused({ KeyId, ReplicaRegion: third })).toEqual(refusal(name, text));
  });

  it('a disabled key and one that waits for its deletion', async () => {
    const KeyId = await kms.createPrimary();
    const arn = arnIn(home, KeyId);
    await kms.in(home).send(new DisableKeyCommand({ KeyId }));
    expect(await refused({ KeyId, ReplicaRegion: second })).toEqual(
      refusal('DisabledException', `${arn} is disabled.`),
    );
    await kms.in(home).send(new ScheduleKeyDeletionCommand({ KeyId }));
    expect(await refused({ KeyId, ReplicaRegion: second })).toEqual(
      refusal('KMSInvalidStateException', `${arn} is pending deletion.`),
    );
  });

  it('a key without key material', async () => {
    const KeyId = await kms.createPrimary({ Origin: 'EXTERNAL' });
    expect(await refused({ KeyId, ReplicaRegion: second })).toEqual(
      refusal('KMSInvalidStateException', `${arnIn(home, KeyId)} is pending import.`),
    );
  });

  it("whom the primary's policy does not permit it", async () => {
    const KeyId = await kms.createPrimary();
    const Policy = rootPolicy().replace('"kms:*"', '["kms:PutKeyPolicy","kms:CreateKey"]');
    await kms.in(home).send(new PutKeyPolicyCommand({ KeyId, Policy }));
    expect(await refused({ KeyId, ReplicaRegion: second })).toEqual(
      accessDenied('ReplicateKey', arnIn(home, KeyId)),
    );
  });

  it('a policy that locks the caller out of the replica, unless the check is bypassed', async () => {
    const KeyId = await kms.createPrimary();
    // It would do for the primary.
    const Policy = rootPolicy().replace('"*"', JSON.stringify(arnIn(home, KeyId)));
    expect(await refused({ KeyId, ReplicaRegion: second, Policy })).toEqual(
      refusal(
        'MalformedPolicyDocumentException',
        'The new key policy will not allow you to update the key policy in the future.',
      ),
    );
    await kms.replicate(KeyId, second, { Policy, BypassPolicyLockoutSafetyCheck: true });
  });

  it.each([
    ['a policy that is none', { Policy: '{}' }, 'MalformedPolicyDocumentException'],
    ['two tags of one key', { Tags: [tag('a'), tag('a')] }, 'TagException'],
    ['a tag that AWS reserves', { Tags: [tag('aws:a')] }, 'TagException'],
    ['more than fifty tags', { Tags: Array.from({ length: 51 }, (_, n) => tag(`${n}`)) }, 'TagException'],
    ['a description that is too long', { Description: 'x'.repeat(8193) }, 'ValidationException'],
  ])('%s, and makes nothing', async (_what, input, name) => {
    const KeyId = await kms.createPrimary();
    expect((await refused({ KeyId, ReplicaRegion: second, ...input })).name).toBe(name);
    expect((await kms.describe(home, KeyId)).MultiRegionConfiguration?.ReplicaKeys).toEqual([]);
  });

  it('the key of another account, as it does where there is none', async () => {
    const KeyId = `arn:aws:kms:${home}:111122223333:key/mrk-${'0'.repeat(32)}`;
    expect(await refused({ KeyId, ReplicaRegion: second })).toEqual(accessDenied('ReplicateKey', KeyId));
  });
});

function tag(TagKey: string) {
  return { TagKey, TagValue: 'x' };
}
