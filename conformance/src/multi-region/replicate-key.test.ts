import { describe, expect, it } from 'vitest';
import { accountId, membersOf, rootArn } from '../kms/kms-under-test.ts';
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
});
