import {
  CancelKeyDeletionCommand,
  CreateKeyCommand,
  EncryptCommand,
  EnableKeyCommand,
  ReplicateKeyCommand,
  RetireGrantCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { day, refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { inDatabase } from '../integrity/attacked-store.ts';
import { accessDenied, refusal } from '../kms/kms-under-test.ts';
import { createGrant, grantIdsOf, requestGrant } from './granting.ts';
import { useGrantees, userArn } from './grantees.ts';

const mostGrantsOfAKey = 4;
const kms = useGrantees({ mostGrantsOfAKey });
const replicaRegion = 'us-east-1';

const toAlice = { GranteePrincipal: userArn('alice') } as const;
const rowsOf = (keyId: string) =>
  inDatabase(kms.service.dataDir, (db) =>
    db.prepare('SELECT grant_id FROM kms_grant WHERE key_id = ?').all(keyId),
  ).length;

describe('The quota of grants', () => {
  const quota = refusal(
    'LimitExceededException',
    `Grants per key quota for this account in this region is ${mostGrantsOfAKey}, current usage is ${mostGrantsOfAKey}.`,
  );

  it('refuses one more on a key with LimitExceededException, until one has ended; other keys have their own', async () => {
    const [key, other] = [await kms.createKey(), await kms.createKey()];
    let last = await createGrant(kms.client, key.id);
    for (let count = 1; count < mostGrantsOfAKey; count++) last = await createGrant(kms.client, key.id);
    expect(await refusalOf(requestGrant(kms.client, key.id))).toEqual(quota);
    expect(await refusalOf(requestGrant(kms.client, key.id, { DryRun: true }))).toEqual(quota);
    await createGrant(kms.client, other.id);
    await kms.client.send(new RetireGrantCommand({ GrantToken: last.grantToken }));
    await createGrant(kms.client, key.id);
  });

  it('answers a grant that is there already, by its name', async () => {
    const { id } = await kms.createKey();
    const named = await createGrant(kms.client, id, { Name: 'first' });
    for (let count = 1; count < mostGrantsOfAKey; count++) await createGrant(kms.client, id);
    expect((await createGrant(kms.client, id, { Name: 'first' })).grantId).toBe(named.grantId);
  });

  it('is not exceeded by requests that come at the same time', async () => {
    const { id } = await kms.createKey();
    for (let count = 2; count < mostGrantsOfAKey; count++) await createGrant(kms.client, id);
    const replies = await Promise.allSettled(Array.from({ length: 5 }, () => createGrant(kms.client, id)));
    expect(replies.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(await grantIdsOf(kms.client, id)).toHaveLength(mostGrantsOfAKey);
  });
});

describe('The grants of a key', () => {
  it('are listed and kept while it waits for its destruction', async () => {
    const { id } = await kms.createKey();
    const { grantId } = await createGrant(kms.client, id, { ...toAlice, Operations: ['Encrypt'] });
    await kms.client.send(new ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays: 7 }));
    expect(await grantIdsOf(kms.client, id)).toEqual([grantId]);
    await kms.client.send(new CancelKeyDeletionCommand({ KeyId: id }));
    await kms.client.send(new EnableKeyCommand({ KeyId: id }));
    await kms.as('alice').send(new EncryptCommand({ KeyId: id, Plaintext: Buffer.from('x') }));
  });

  it('go with it', async () => {
    const [key, other] = [await kms.createKey(), await kms.createKey()];
    for (const { id } of [key, other]) await createGrant(kms.client, id, toAlice);
    await kms.client.send(new ScheduleKeyDeletionCommand({ KeyId: key.id, PendingWindowInDays: 7 }));
    await kms.service.advance(8 * day);
    expect([rowsOf(key.id), rowsOf(other.id)]).toEqual([0, 1]);
    expect(await refusalOf(grantIdsOf(kms.client, key.id))).toMatchObject({ name: 'NotFoundException' });
    const { findings } = await kms.service.admin('doctor');
    for (const finding of findings as object[]) expect(finding).toMatchObject({ level: 'good' });
  });

  it('are of one Region: a replica has its own', async () => {
    const { KeyMetadata } = await kms.client.send(new CreateKeyCommand({ MultiRegion: true }));
    const KeyId = KeyMetadata?.KeyId ?? '';
    const Operations: ['Encrypt'] = ['Encrypt'];
    const { grantToken } = await createGrant(kms.client, KeyId, { ...toAlice, Operations });
    await kms.client.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: replicaRegion }));
    await kms.service.advance(1);
    const elsewhere = kms.service.client({ region: replicaRegion });
    const credentials = await kms.as('alice').config.credentials();
    const alice = kms.service.client({ region: replicaRegion, credentials });
    expect(await grantIdsOf(elsewhere, KeyId)).toEqual([]);
    const encrypt = () => alice.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
    const arn = (KeyMetadata?.Arn ?? '').replace('eu-west-2', replicaRegion);
    expect(await refusalOf(encrypt())).toEqual(
      accessDenied(
        'Encrypt',
        arn,
        'because no identity-based policy allows the kms:Encrypt action',
        userArn('alice'),
      ),
    );
    const there = await createGrant(elsewhere, KeyId, { ...toAlice, Operations });
    await encrypt();
    await kms.client.send(new RetireGrantCommand({ GrantToken: grantToken }));
    expect(await grantIdsOf(elsewhere, KeyId)).toEqual([there.grantId]);
  });

  it('and their tokens outlive the rotation of all domain keys', async () => {
    const { id } = await kms.createKey();
    const Operations: ['Encrypt'] = ['Encrypt'];
    const { grantToken } = await createGrant(kms.client, id, { ...toAlice, Operations });
    await kms.as('alice').send(new EncryptCommand({ KeyId: id, Plaintext: Buffer.from('x') }));
    await kms.service.admin('domain-rotate', { scope: { kind: 'all' } });
    await kms
      .as('alice')
      .send(new EncryptCommand({ KeyId: id, Plaintext: Buffer.from('x'), GrantTokens: [grantToken] }));
    await kms.client.send(new RetireGrantCommand({ GrantToken: grantToken }));
    expect(await grantIdsOf(kms.client, id)).toEqual([]);
  });
});
