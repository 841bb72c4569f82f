import { DecryptCommand, EncryptCommand, RetireGrantCommand, RevokeGrantCommand } from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { inDatabase } from '../integrity/attacked-store.ts';
import { describe, expect, it } from 'vitest';
import { accessDenied } from '../kms/kms-under-test.ts';
import { createGrant, grantIdsOf, grantNotFound, invalidGrantToken } from './granting.ts';
import { useGrantees, userArn } from './grantees.ts';

const minutes = 60;
const kms = useGrantees({ grantPropagationMs: 5 * minutes * 1000 });

const encryptAs = (name: 'alice' | 'bob', KeyId: string, GrantTokens?: string[]) =>
  kms.as(name).send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x'), GrantTokens }));
const denied = (name: 'alice' | 'bob', arn: string) =>
  accessDenied(
    'Encrypt',
    arn,
    'because no identity-based policy allows the kms:Encrypt action',
    userArn(name),
  );

async function granted() {
  const key = await kms.createKey();
  const grant = await createGrant(kms.client, key.id, {
    GranteePrincipal: userArn('alice'),
    Operations: ['Encrypt'],
  });
  return { ...key, ...grant };
}

const rowsOf = (keyId: string) =>
  inDatabase(kms.service.dataDir, (db) =>
    db.prepare('SELECT grant_id FROM kms_grant WHERE key_id = ?').all(keyId),
  );

describe('A grant that takes five minutes to be effective', () => {
  it('is not effective before without a token of it, and is listed all along', async () => {
    const { id, arn, grantId } = await granted();
    expect(await grantIdsOf(kms.client, id)).toEqual([grantId]);
    expect(await refusalOf(encryptAs('alice', id))).toEqual(denied('alice', arn));
    await kms.service.advance(5 * minutes - 30);
    expect(await refusalOf(encryptAs('alice', id))).toEqual(denied('alice', arn));
    await kms.service.advance(31);
    await encryptAs('alice', id);
  });

  it('is effective at once for its grantee with a token of it, and for nobody else', async () => {
    const { id, arn, grantToken } = await granted();
    await encryptAs('alice', id, [grantToken]);
    expect(await refusalOf(encryptAs('bob', id, [grantToken]))).toEqual(denied('bob', arn));
    expect(await refusalOf(encryptAs('alice', id))).toEqual(denied('alice', arn));
  });

  it('is not made effective by the token of another', async () => {
    const [one, other] = [await granted(), await granted()];
    expect(await refusalOf(encryptAs('alice', one.id, [other.grantToken]))).toEqual(denied('alice', one.arn));
  });
});

describe('The end of a grant that takes five minutes', () => {
  it.each(['revoked', 'retired'] as const)(
    'lets the grantee go on until then, when it is %s, though it is listed no more and its tokens are refused',
    async (end) => {
      const { id, arn, grantId, grantToken } = await granted();
      await kms.service.advance(6 * minutes);
      if (end === 'revoked') await kms.client.send(new RevokeGrantCommand({ KeyId: id, GrantId: grantId }));
      else await kms.client.send(new RetireGrantCommand({ GrantToken: grantToken }));
      expect(await grantIdsOf(kms.client, id)).toEqual([]);
      await encryptAs('alice', id);
      expect(await refusalOf(encryptAs('alice', id, [grantToken]))).toEqual(invalidGrantToken);
      const again = kms.client.send(new RevokeGrantCommand({ KeyId: id, GrantId: grantId }));
      expect(await refusalOf(again)).toEqual(grantNotFound(grantId));
      await kms.service.advance(6 * minutes);
      expect(await refusalOf(encryptAs('alice', id))).toEqual(denied('alice', arn));
    },
  );

  it('leaves a row until then, which is removed afterwards', async () => {
    const { id, grantId } = await granted();
    await kms.client.send(new RevokeGrantCommand({ KeyId: id, GrantId: grantId }));
    await kms.service.advance(4 * minutes);
    expect(rowsOf(id)).toHaveLength(1);
    await kms.service.advance(2 * minutes);
    expect(rowsOf(id)).toEqual([]);
  });

  it('of a name does not keep the name from another grant', async () => {
    const { id } = await kms.createKey();
    const first = await createGrant(kms.client, id, { Name: 'again' });
    await kms.client.send(new RevokeGrantCommand({ KeyId: id, GrantId: first.grantId }));
    const second = await createGrant(kms.client, id, { Name: 'again' });
    expect(second.grantId).not.toBe(first.grantId);
    expect(await grantIdsOf(kms.client, id)).toEqual([second.grantId]);
  });

  it('is kept through a restart', async () => {
    const { id, grantId } = await granted();
    await kms.service.advance(6 * minutes);
    const blob = (await encryptAs('alice', id)).CiphertextBlob;
    await kms.client.send(new RevokeGrantCommand({ KeyId: id, GrantId: grantId }));
    await kms.restart();
    await encryptAs('alice', id);
    expect(await grantIdsOf(kms.client, id)).toEqual([]);
    await kms.client.send(new DecryptCommand({ CiphertextBlob: blob }));
  });
});
