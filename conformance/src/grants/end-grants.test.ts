import { RetireGrantCommand, type RetireGrantCommandInput, RevokeGrantCommand } from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { absentKeyId, keyArnOf, membersOf, refusal, useKms } from '../kms/kms-under-test.ts';
import {
  absentGrantId,
  createGrant,
  dryRunSucceeded,
  grantIdsOf,
  grantNotFound,
  grantsOf,
  invalid,
  invalidGrantId,
  invalidGrantToken,
} from './granting.ts';

const kms = useKms();

const retire = (input: RetireGrantCommandInput) => kms.client.send(new RetireGrantCommand(input));
const revoke = (KeyId: string, GrantId: string, DryRun?: boolean) =>
  kms.client.send(new RevokeGrantCommand({ KeyId, GrantId, DryRun }));

async function granted() {
  const key = await kms.createKey();
  return { ...key, ...(await createGrant(kms.client, key.id)) };
}

const unclear = invalid('You must specify either a grant token, or a key ID and a grant ID.');
const noSuchKey = refusal('NotFoundException', `Key '${keyArnOf(absentKeyId)}' does not exist`);

describe('RevokeGrant', () => {
  it.each(['id', 'arn'] as const)(
    'ends a grant of a key named by its %s, and answers with an empty body',
    async (form) => {
      const key = await granted();
      const kept = await createGrant(kms.client, key.id);
      expect(membersOf(await revoke(key[form], key.grantId))).toEqual({});
      expect(await grantIdsOf(kms.client, key.id)).toEqual([kept.grantId]);
    },
  );

  it('is recorded with the grant', async () => {
    const { id, arn, grantId } = await granted();
    await revoke(id, grantId);
    expect(kms.service.journal().at(-1)).toMatchObject({
      eventName: 'RevokeGrant',
      requestParameters: { KeyId: id, GrantId: grantId },
      grantId,
      resources: [arn],
    });
  });

  it('refuses a grant that has ended, that never was, and that is on another key, with NotFoundException', async () => {
    const [one, other] = [await granted(), await granted()];
    await revoke(one.id, one.grantId);
    for (const grantId of [one.grantId, absentGrantId, other.grantId])
      expect(await refusalOf(revoke(one.id, grantId))).toEqual(grantNotFound(grantId));
    expect(await grantIdsOf(kms.client, other.id)).toEqual([other.grantId]);
  });

  it('refuses ids that no grant could have with InvalidGrantIdException', async () => {
    const { id } = await granted();
    for (const grantId of ['x', 'AB'.repeat(32), absentGrantId.slice(1)])
      expect(await refusalOf(revoke(id, grantId))).toEqual(invalidGrantId);
  });

  it('refuses a key that does not exist', async () => {
    expect(await refusalOf(revoke(absentKeyId, absentGrantId))).toEqual(noSuchKey);
  });

  it('ends nothing with DryRun, and refuses with it what it refuses without', async () => {
    const { id, grantId } = await granted();
    expect(await refusalOf(revoke(id, grantId, true))).toEqual(dryRunSucceeded);
    expect(await grantIdsOf(kms.client, id)).toEqual([grantId]);
    expect(await refusalOf(revoke(id, absentGrantId, true))).toEqual(grantNotFound(absentGrantId));
  });

  it('ends a grant once for requests that come at the same time', async () => {
    const { id, grantId } = await granted();
    const replies = await Promise.allSettled(Array.from({ length: 5 }, () => revoke(id, grantId)));
    expect(replies.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('RetireGrant', () => {
  it('ends a grant by its id and its key, and answers with an empty body', async () => {
    const { arn, id, grantId } = await granted();
    expect(membersOf(await retire({ KeyId: arn, GrantId: grantId }))).toEqual({});
    expect(await grantsOf(kms.client, id)).toEqual([]);
  });

  it('ends a grant by any of its tokens', async () => {
    const { id } = await kms.createKey();
    const tokens = [];
    for (let count = 0; count < 2; count++) {
      const first = await createGrant(kms.client, id, { Name: 'twice' });
      tokens.push(first.grantToken, (await createGrant(kms.client, id, { Name: 'twice' })).grantToken);
      await retire({ GrantToken: tokens[count * 2 + count] });
      expect(await grantsOf(kms.client, id)).toEqual([]);
    }
    expect(new Set(tokens).size).toBe(4);
  });

  it('is recorded without parameters, with the grant and its key', async () => {
    const { arn, grantId, grantToken } = await granted();
    await retire({ GrantToken: grantToken });
    const record = kms.service.journal().at(-1);
    expect(record).toMatchObject({ eventName: 'RetireGrant', grantId, resources: [arn] });
    expect(record).not.toHaveProperty('requestParameters');
  });

  it('refuses the token of a grant that has ended with InvalidGrantTokenException', async () => {
    const [one, other] = [await granted(), await granted()];
    await retire({ GrantToken: one.grantToken });
    await revoke(other.id, other.grantId);
    for (const { grantToken: GrantToken } of [one, other])
      expect(await refusalOf(retire({ GrantToken }))).toEqual(invalidGrantToken);
  });

  it('refuses texts that are no tokens with InvalidGrantTokenException', async () => {
    const { grantToken } = await granted();
    const changed = `${grantToken.slice(0, -1)}${grantToken.endsWith('A') ? 'B' : 'A'}`;
    for (const GrantToken of ['x', 'AQpA', `AQpA${'A'.repeat(464)}`, changed, grantToken.slice(1)])
      expect(await refusalOf(retire({ GrantToken }))).toEqual(invalidGrantToken);
  });

  it('refuses the token of another Region, where there is no such grant', async () => {
    const { id, grantId, grantToken } = await granted();
    const elsewhere = kms.service.client({ region: 'us-west-2' });
    expect(await refusalOf(elsewhere.send(new RetireGrantCommand({ GrantToken: grantToken })))).toEqual(
      invalidGrantToken,
    );
    expect(await grantIdsOf(kms.client, id)).toEqual([grantId]);
  });

  it('refuses a grant that has ended, that never was, and that is on another key, with NotFoundException', async () => {
    const [one, other] = [await granted(), await granted()];
    await retire({ GrantToken: one.grantToken });
    for (const GrantId of [one.grantId, absentGrantId, other.grantId])
      expect(await refusalOf(retire({ KeyId: one.id, GrantId }))).toEqual(grantNotFound(GrantId));
  });

  it('refuses ids that no grant could have, and a key that does not exist', async () => {
    const { id } = await granted();
    expect(await refusalOf(retire({ KeyId: id, GrantId: 'x' }))).toEqual(invalidGrantId);
    expect(await refusalOf(retire({ KeyId: absentKeyId, GrantId: absentGrantId }))).toEqual(noSuchKey);
  });

  it.each<[string, (grant: Awaited<ReturnType<typeof granted>>) => RetireGrantCommandInput]>([
    ['nothing', () => ({})],
    ['a key alone', ({ id }) => ({ KeyId: id })],
    ['an id alone', ({ grantId }) => ({ GrantId: grantId })],
    ['a token and a key', ({ grantToken, id }) => ({ GrantToken: grantToken, KeyId: id })],
    [
      'a token, a key and an id',
      ({ grantToken, id, grantId }) => ({ GrantToken: grantToken, KeyId: id, GrantId: grantId }),
    ],
  ])('refuses %s with ValidationException', async (_, inputOf) => {
    const grant = await granted();
    expect(await refusalOf(retire(inputOf(grant)))).toEqual(unclear);
    expect(await grantIdsOf(kms.client, grant.id)).toEqual([grant.grantId]);
  });

  it('ends nothing with DryRun, and refuses with it what it refuses without', async () => {
    const { id, grantId, grantToken } = await granted();
    expect(await refusalOf(retire({ GrantToken: grantToken, DryRun: true }))).toEqual(dryRunSucceeded);
    expect(await refusalOf(retire({ KeyId: id, GrantId: grantId, DryRun: true }))).toEqual(dryRunSucceeded);
    expect(await refusalOf(retire({ GrantToken: 'x', DryRun: true }))).toEqual(invalidGrantToken);
    expect(await grantIdsOf(kms.client, id)).toEqual([grantId]);
  });
});
