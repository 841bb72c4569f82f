import {
  DisableKeyCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  UpdatePrimaryRegionCommand,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { absentKeyId, accessDenied, constraintRefusal, membersOf, refusal } from '../kms/kms-under-test.ts';
import { rootPolicy } from '../kms/requests.ts';
import { arnIn, home, regions, second, type TestRegion, third, useThreeRegions } from './regions.ts';

const kms = useThreeRegions();

const move = (KeyId: string | undefined, PrimaryRegion: string | undefined, from: TestRegion = home) =>
  kms.in(from).send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion }));

async function expectPrimary(KeyId: string, primary: TestRegion): Promise<void> {
  for (const region of regions) {
    const { MultiRegionConfiguration, KeyState } = await kms.describe(region, KeyId);
    expect(KeyState).toBe('Enabled');
    expect(MultiRegionConfiguration?.MultiRegionKeyType).toBe(region === primary ? 'PRIMARY' : 'REPLICA');
    expect(MultiRegionConfiguration?.PrimaryKey).toEqual({ Arn: arnIn(primary, KeyId), Region: primary });
    expect(MultiRegionConfiguration?.ReplicaKeys?.map(({ Region }) => Region)).toEqual(
      regions.filter((other) => other !== primary).sort(),
    );
  }
}

describe('UpdatePrimaryRegion', () => {
  it('answers with an empty body and makes the replica the primary, which all related keys know', async () => {
    const KeyId = await kms.createRelated([second, third]);
    await expectPrimary(KeyId, home);
    expect(membersOf(await move(KeyId, third))).toEqual({});
    await kms.settle();
    await expectPrimary(KeyId, third);
  });

  it('lets the new primary be replicated and moved on, and the old one no longer', async () => {
    const KeyId = await kms.createRelated([second]);
    await move(KeyId, second);
    await kms.settle();
    await kms.replicate(KeyId, third, {}, second);
    await kms.settle();
    await expectPrimary(KeyId, second);
    const notPrimary = refusal(
      'UnsupportedOperationException',
      `${arnIn(home, KeyId)} is not a multi-region primary key.`,
    );
    expect(await refusalOf(move(KeyId, third))).toEqual(notPrimary);
    await move(KeyId, third, second);
    await kms.settle();
    await move(KeyId, home, third);
    await kms.settle();
    await expectPrimary(KeyId, home);
  });

  it('lets the old primary be deleted like any replica', async () => {
    const KeyId = await kms.createRelated([second]);
    await move(KeyId, second);
    await kms.settle();
    const { KeyState } = await kms.in(home).send(new ScheduleKeyDeletionCommand({ KeyId }));
    expect(KeyState).toBe('PendingDeletion');
    const waits = await kms.in(second).send(new ScheduleKeyDeletionCommand({ KeyId }));
    expect(waits.KeyState).toBe('PendingReplicaDeletion');
  });

  it('is recorded in both Regions, and as a synchronisation in those of other replicas', async () => {
    const KeyId = await kms.createRelated([second, third]);
    const before = kms.service.journal().length;
    const { requestId } = (await move(KeyId, second)).$metadata;
    const records = kms.service
      .journal()
      .slice(before)
      .filter((record) => record['requestId'] === requestId);
    expect(records).toEqual([
      expect.objectContaining({
        eventName: 'UpdatePrimaryRegion',
        awsRegion: home,
        requestParameters: { KeyId, PrimaryRegion: second },
        resources: [arnIn(home, KeyId), arnIn(second, KeyId)],
      }),
      expect.objectContaining({
        eventName: 'SynchronizeMultiRegionKey',
        awsRegion: third,
        resources: [arnIn(third, KeyId)],
      }),
      expect.objectContaining({
        eventName: 'UpdatePrimaryRegion',
        awsRegion: second,
        resources: [arnIn(second, KeyId)],
      }),
    ]);
  });
});

describe('UpdatePrimaryRegion refuses', () => {
  it('a Region without a replica, as a key that is not there', async () => {
    const KeyId = await kms.createRelated([second]);
    for (const region of [third, 'cn-north-1'])
      expect((await refusalOf(move(KeyId, region))).name).toBe('NotFoundException');
    expect(await refusalOf(move(KeyId, third))).toEqual(
      refusal('NotFoundException', `Key '${arnIn(third, KeyId)}' does not exist`),
    );
  });

  it('the Region where the primary is', async () => {
    const KeyId = await kms.createRelated([second]);
    expect(await refusalOf(move(KeyId, home))).toEqual(
      refusal('ValidationException', `PrimaryRegion ${home} is the Region of the primary key already.`),
    );
  });

  it('a replica, and a single-Region key', async () => {
    const KeyId = await kms.createRelated([second, third]);
    expect(await refusalOf(move(KeyId, third, second))).toEqual(
      refusal('UnsupportedOperationException', `${arnIn(second, KeyId)} is not a multi-region primary key.`),
    );
  });

  it.each([
    ['an absent key', absentKeyId, 'NotFoundException', `Key '${arnIn(home, absentKeyId)}' does not exist`],
    ['an alias', 'alias/x', 'InvalidArnException', 'Key Aliases are not supported for this operation.'],
    ['an ARN of another Region', arnIn(second, absentKeyId), 'NotFoundException', `Invalid arn ${second}`],
  ])('%s', async (_what, KeyId, name, text) => {
    expect(await refusalOf(move(KeyId, second))).toEqual(refusal(name, text));
  });

  it('a request without a Region or with what is none', async () => {
    const KeyId = await kms.createRelated([second]);
    expect(await refusalOf(move(KeyId, undefined))).toEqual(
      constraintRefusal(
        "Value null at 'primaryRegion' failed to satisfy constraint: Member must not be null",
      ),
    );
    expect((await refusalOf(move(KeyId, 'x'))).name).toBe('ValidationException');
  });

  it.each([
    ['the primary', home],
    ['the replica', second],
  ] as const)('where %s is disabled or waits for its deletion', async (_which, region) => {
    const KeyId = await kms.createRelated([second]);
    const arn = arnIn(region, KeyId);
    await kms.in(region).send(new DisableKeyCommand({ KeyId }));
    expect(await refusalOf(move(KeyId, second))).toEqual(refusal('DisabledException', `${arn} is disabled.`));
    await kms.in(region).send(new ScheduleKeyDeletionCommand({ KeyId }));
    expect(await refusalOf(move(KeyId, second))).toEqual(
      refusal('KMSInvalidStateException', `${arn} is pending deletion.`),
    );
    expect((await kms.describe(home, KeyId)).MultiRegionConfiguration?.MultiRegionKeyType).toBe('PRIMARY');
  });

  it.each([
    ['the primary', home],
    ['the replica', second],
  ] as const)('whom the policy of %s does not permit it', async (_which, region) => {
    const KeyId = await kms.createRelated([second]);
    const Policy = rootPolicy().replace('"kms:*"', '["kms:PutKeyPolicy","kms:ReplicateKey"]');
    await kms.in(region).send(new PutKeyPolicyCommand({ KeyId, Policy }));
    expect(await refusalOf(move(KeyId, second))).toEqual(
      accessDenied('UpdatePrimaryRegion', arnIn(region, KeyId)),
    );
  });
});
