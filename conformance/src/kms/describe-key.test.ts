import {
  CreateAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { aliasArnOf, constraintRefusal, refusal, useKms } from './kms-under-test.ts';

const kms = useKms();

const describeKey = async (KeyId: string) =>
  (await kms.client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata;

describe('DescribeKey', () => {
  it('answers the same metadata as CreateKey for a key id, key ARN, alias name and alias ARN', async () => {
    const { id, arn, metadata } = await kms.createKey({ Description: 'one of four' });
    const AliasName = kms.newAliasName();
    await kms.client.send(new CreateAliasCommand({ AliasName, TargetKeyId: id }));
    for (const KeyId of [id, arn, AliasName, aliasArnOf(AliasName)])
      expect(await describeKey(KeyId)).toEqual(metadata);
  });

  it('answers Enabled false for a disabled key, and nothing else changes', async () => {
    const { id: KeyId, metadata } = await kms.createKey();
    await kms.client.send(new DisableKeyCommand({ KeyId }));
    expect(await describeKey(KeyId)).toEqual({ ...metadata, Enabled: false, KeyState: 'Disabled' });
  });

  it('adds DeletionDate while the key is pending deletion', async () => {
    const { id: KeyId, metadata } = await kms.createKey();
    const request = new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 });
    const { DeletionDate } = await kms.client.send(request);
    expect(Number(DeletionDate) - Number(metadata.CreationDate)).toBeGreaterThanOrEqual(7 * day * 1000);
    expect(await describeKey(KeyId)).toEqual({
      ...metadata,
      Enabled: false,
      KeyState: 'PendingDeletion',
      DeletionDate,
    });
  });

  it('refuses a missing KeyId with ValidationException', async () => {
    expect(await refusalOf(kms.client.send(new DescribeKeyCommand({ KeyId: undefined })))).toEqual(
      constraintRefusal("Value null at 'keyId' failed to satisfy constraint: Member must not be null"),
    );
  });

  it('refuses a grant token that it never gave out with InvalidGrantTokenException', async () => {
    const { id: KeyId } = await kms.createKey();
    const request = new DescribeKeyCommand({ KeyId, GrantTokens: ['token'] });
    expect(await refusalOf(kms.client.send(request))).toEqual(
      refusal(
        'InvalidGrantTokenException',
        'The request was rejected because the specified grant token is not valid.',
      ),
    );
  });

  it('refuses more than ten grant tokens with ValidationException', async () => {
    const { id: KeyId } = await kms.createKey();
    const GrantTokens = Array.from({ length: 11 }, (_, at) => `t${at}`);
    const { name, message } = await refusalOf(
      kms.client.send(new DescribeKeyCommand({ KeyId, GrantTokens })),
    );
    expect(name).toBe('ValidationException');
    expect(message).toContain(
      "at 'grantTokens' failed to satisfy constraint: Member must have length less than or equal to 10",
    );
  });
});
