import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EnableKeyCommand,
  type KMSClient,
  ListAliasesCommand,
  ListKeysCommand,
  NotFoundException,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf } from '@keyhaven/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { aliasArnOf, type FurnishedKey, KmsUnderTest, refusal, useKms } from './kms-under-test.ts';
import { plaintext } from './key-kinds.ts';
import { requestsByAnyForm, requestsByIdOrArn, requestsOnAlias } from './requests.ts';

async function isThere(client: KMSClient, KeyId: string): Promise<boolean> {
  try {
    await client.send(new DescribeKeyCommand({ KeyId }));
    return true;
  } catch (error) {
    if (error instanceof NotFoundException) return false;
    throw error;
  }
}
const schedule = (kms: KmsUnderTest, KeyId: string, PendingWindowInDays: number) =>
  kms.client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays }));

describe('the end of the waiting period', () => {
  const kms = useKms();

  async function destroyedKey(): Promise<FurnishedKey> {
    const key = await kms.furnishKey();
    await schedule(kms, key.id, 7);
    await kms.service.advance(7 * day);
    return key;
  }

  const onKey = [
    ...Object.entries(requestsByIdOrArn),
    ...Object.entries(requestsByAnyForm),
    ...Object.entries(requestsOnAlias).filter(([name]) => name === 'CreateAlias'),
  ];

  it('destroys a key not a second before and not later than its date', async () => {
    const { id } = await kms.createKey();
    await schedule(kms, id, 30);
    await kms.service.advance(30 * day - 60);
    expect(await isThere(kms.client, id)).toBe(true);
    await kms.service.advance(60);
    expect(await isThere(kms.client, id)).toBe(false);
  });

  it('is followed by NotFoundException from every operation on the key', async () => {
    const key = await destroyedKey();
    const subject = { ...key, KeyId: key.id, freeAliasName: kms.newAliasName() };
    const expected = refusal('NotFoundException', `Key '${key.arn}' does not exist`);
    const answers = await Promise.all(
      onKey.map(async ([name, request]) => [name, await refusalOf(request(kms.client, subject))]),
    );
    expect(answers).toEqual(onKey.map(([name]) => [name, expected]));
  });

  it('takes the aliases along and frees their names', async () => {
    const { aliasName, arn, id } = await destroyedKey();
    const expected = refusal('NotFoundException', `Alias ${aliasArnOf(aliasName)} is not found.`);
    const subject = {
      KeyId: aliasName,
      ciphertextBlob: new Uint8Array([1]),
      aliasName,
      freeAliasName: aliasName,
    };
    for (const request of [...Object.values(requestsByAnyForm), requestsOnAlias['DeleteAlias']]) {
      expect(request && (await refusalOf(request(kms.client, subject)))).toEqual(expected);
    }
    const { Aliases = [] } = await kms.client.send(new ListAliasesCommand({ Limit: 100 }));
    expect(
      Aliases.filter(({ AliasName, TargetKeyId }) => AliasName === aliasName || TargetKeyId === id),
    ).toEqual([]);
    const other = await kms.createKey();
    await kms.client.send(new CreateAliasCommand({ AliasName: aliasName, TargetKeyId: other.id }));
    const { KeyMetadata } = await kms.client.send(new DescribeKeyCommand({ KeyId: aliasName }));
    expect(KeyMetadata?.Arn).toBe(other.arn);
    expect(other.arn).not.toBe(arn);
  });

  it('makes its ciphertext refer to a key that does not exist', async () => {
    const { ciphertextBlob: CiphertextBlob } = await destroyedKey();
    expect(await refusalOf(kms.client.send(new DecryptCommand({ CiphertextBlob })))).toEqual(
      refusal(
        'AccessDeniedException',
        'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
      ),
    );
  });

  it('takes the key off ListKeys, where it stood while it was pending deletion', async () => {
    const key = await kms.furnishKey('PendingDeletion');
    const ids = async () =>
      (await kms.client.send(new ListKeysCommand({ Limit: 1000 }))).Keys?.map(({ KeyId }) => KeyId);
    expect(await ids()).toContain(key.id);
    await kms.service.advance(30 * day);
    expect(await ids()).not.toContain(key.id);
  });

  it('writes one DeleteKey record that names the key', async () => {
    const { arn } = await destroyedKey();
    const records = kms.service
      .journal()
      .filter(({ eventName, resources }) => eventName === 'DeleteKey' && String(resources) === arn);
    expect(records).toEqual([
      expect.objectContaining({ eventType: 'AwsServiceEvent', accountId: '000000000000' }),
    ]);
  });

  it('never comes for a key whose deletion was cancelled', async () => {
    const key = await kms.furnishKey();
    await schedule(kms, key.id, 7);
    await kms.service.advance(7 * day - 60);
    await kms.client.send(new CancelKeyDeletionCommand({ KeyId: key.id }));
    await kms.service.advance(60 * day);
    await kms.client.send(new EnableKeyCommand({ KeyId: key.id }));
    const { Plaintext } = await kms.client.send(new DecryptCommand({ CiphertextBlob: key.ciphertextBlob }));
    expect(Plaintext).toEqual(plaintext);
  });

  it('stays in force over a restart, with the moved clock', async () => {
    const [due, later] = [await kms.createKey(), await kms.createKey()];
    await schedule(kms, due.id, 7);
    await schedule(kms, later.id, 8);
    await kms.service.advance(5 * day);
    await kms.restart();
    await kms.service.advance(2 * day);
    expect(await isThere(kms.client, due.id)).toBe(false);
    expect(await isThere(kms.client, later.id)).toBe(true);
  });
});

describe('a waiting period that ends while the service is down', () => {
  let kms: KmsUnderTest;

  beforeEach(async () => {
    kms = new KmsUnderTest();
    await kms.start();
  });

  afterEach(async () => {
    await kms.close();
    vi.useRealTimers();
  });

  /** The machine's clock has gone on by ten days when the service starts again. */
  async function restartLater(): Promise<void> {
    vi.setSystemTime(Date.now() + 10 * day * 1000);
    await kms.restart();
  }

  /** A client for one request: from the Date header, which is not moved, it would learn the wrong time. */
  const client = () => kms.service.client();

  it('does not destroy the key at the next start but after 24 hours of running time', async () => {
    const { id } = await kms.createKey();
    await schedule(kms, id, 7);
    await restartLater();
    expect(await isThere(client(), id)).toBe(true);
    await kms.service.advance(day - 60);
    expect(await isThere(client(), id)).toBe(true);
    await kms.service.advance(60);
    expect(await isThere(client(), id)).toBe(false);
  });

  it('can still be ended by CancelKeyDeletion', async () => {
    const { id, arn } = await kms.createKey();
    await schedule(kms, id, 7);
    await restartLater();
    expect(await client().send(new CancelKeyDeletionCommand({ KeyId: id }))).toMatchObject({ KeyId: arn });
    await kms.service.advance(2 * day);
    expect(await isThere(client(), id)).toBe(true);
  });
});
