import { ListGrantsCommand, ListKeysCommand, type GrantListEntry } from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import {
  absentKeyId,
  accountId,
  constraintRefusal,
  invalidMarker,
  keyArnOf,
  refusal,
  rootArn,
  useKms,
} from '../kms/kms-under-test.ts';
import { absentGrantId, createGrant, grantIdsOf, grantsOf, invalid, invalidGrantId } from './granting.ts';

const kms = useKms();

const SourceArn = `arn:aws:sns:eu-west-2:${accountId}:topic`;

async function keyWithGrants(
  count: number,
): Promise<{ readonly id: string; readonly grantIds: readonly string[] }> {
  const { id } = await kms.createKey();
  const made = [];
  for (let index = 0; index < count; index++) made.push((await createGrant(kms.client, id)).grantId);
  return { id, grantIds: made.sort() };
}

const refused = async (filter: object) => refusalOf(grantsOf(kms.client, (await kms.createKey()).id, filter));

describe('ListGrants', () => {
  it('shows all of a grant that was given no more than it needs, the name as empty text', async () => {
    const { id, arn } = await kms.createKey();
    const { grantId } = await createGrant(kms.client, id);
    expect(await grantsOf(kms.client, id)).toEqual([
      {
        KeyId: arn,
        GrantId: grantId,
        Name: '',
        CreationDate: expect.any(Date) as Date,
        GranteePrincipal: rootArn,
        IssuingAccount: rootArn,
        Operations: ['Decrypt'],
      },
    ]);
  });

  it('shows all of a grant that was given everything', async () => {
    const { id, arn } = await kms.createKey();
    const Constraints = { EncryptionContextSubset: { 'aws:s3:arn': 'a', __proto__x: 'b' }, SourceArn };
    const { grantId } = await createGrant(kms.client, id, {
      Name: 'everything',
      RetiringPrincipal: rootArn,
      Operations: ['RetireGrant', 'Encrypt', 'Decrypt'],
      Constraints,
    });
    expect(await grantsOf(kms.client, id)).toEqual([
      {
        KeyId: arn,
        GrantId: grantId,
        Name: 'everything',
        CreationDate: expect.any(Date) as Date,
        GranteePrincipal: rootArn,
        RetiringPrincipal: rootArn,
        IssuingAccount: rootArn,
        Operations: ['Decrypt', 'Encrypt', 'RetireGrant'],
        Constraints,
      },
    ]);
  });

  it('shows the services of a grant by their names', async () => {
    const { id } = await kms.createKey();
    await createGrant(kms.client, id, {
      GranteePrincipal: undefined,
      GranteeServicePrincipal: 's3.amazonaws.com',
      RetiringServicePrincipal: 'sns.amazonaws.com',
      Constraints: { SourceArn },
    });
    const [grant] = await grantsOf(kms.client, id);
    expect(grant).toMatchObject({
      GranteePrincipal: 's3.amazonaws.com',
      GranteeServicePrincipal: 's3.amazonaws.com',
      RetiringServicePrincipal: 'sns.amazonaws.com',
    });
    expect(grant).not.toHaveProperty('RetiringPrincipal');
  });

  it('lists nothing for a key without grants, and the grants of no other key', async () => {
    await keyWithGrants(1);
    const { id } = await kms.createKey();
    const { Grants, Truncated, NextMarker } = await kms.client.send(new ListGrantsCommand({ KeyId: id }));
    expect({ Grants, Truncated, NextMarker }).toEqual({
      Grants: [],
      Truncated: false,
      NextMarker: undefined,
    });
  });

  it('narrows the list to one grant, and to nothing where the key has no such grant', async () => {
    const { id, grantIds } = await keyWithGrants(2);
    const other = await keyWithGrants(1);
    expect(await grantIdsOf(kms.client, id, { GrantId: grantIds[1] })).toEqual([grantIds[1]]);
    expect(await grantIdsOf(kms.client, id, { GrantId: absentGrantId })).toEqual([]);
    expect(await grantIdsOf(kms.client, id, { GrantId: other.grantIds[0] })).toEqual([]);
  });

  it('narrows the list to a grantee, and to nothing for a principal that no grant names', async () => {
    const { id, grantIds } = await keyWithGrants(2);
    expect(await grantIdsOf(kms.client, id, { GranteePrincipal: rootArn })).toEqual(grantIds);
    for (const GranteePrincipal of ['arn:aws:iam::111122223333:root', 'AIDACKCEVSQ6C2EXAMPLE'])
      expect(await grantIdsOf(kms.client, id, { GranteePrincipal })).toEqual([]);
  });

  it('gives pages of 50 unless told otherwise, and of 100 at most', async () => {
    const { id, grantIds } = await keyWithGrants(101);
    const pageOf = async (Limit: number | undefined) => (await grantsOf(kms.client, id, { Limit })).length;
    expect([await pageOf(undefined), await pageOf(100), await pageOf(1000), await pageOf(7)]).toEqual([
      50, 100, 100, 7,
    ]);
    expect(await everyPage(id, 30)).toEqual(grantIds);
  });

  it.each([0, 1001])('refuses a page of %d', async (Limit) => {
    const bound = Limit === 0 ? 'greater than or equal to 1' : 'less than or equal to 1000';
    expect(await refused({ Limit })).toEqual(
      constraintRefusal(
        `Value '${Limit}' at 'limit' failed to satisfy constraint: Member must have value ${bound}`,
      ),
    );
  });

  it('refuses markers of other lists, of other keys and filters, and texts that are none', async () => {
    const { id } = await keyWithGrants(3);
    const other = await keyWithGrants(3);
    await kms.createKey();
    const { NextMarker: ofKeys } = await kms.client.send(new ListKeysCommand({ Limit: 1 }));
    const ofGrants = (await kms.client.send(new ListGrantsCommand({ KeyId: other.id, Limit: 1 }))).NextMarker;
    const own = (await kms.client.send(new ListGrantsCommand({ KeyId: id, Limit: 1 }))).NextMarker;
    for (const Marker of [ofKeys, ofGrants, 'x'])
      expect(await refusalOf(grantsOf(kms.client, id, { Marker }))).toEqual(invalidMarker);
    expect(await refusalOf(grantsOf(kms.client, id, { Marker: own, GranteePrincipal: rootArn }))).toEqual(
      invalidMarker,
    );
    expect(await grantsOf(kms.client, id, { Marker: own })).toHaveLength(2);
  });

  it('refuses ids that no grant could have with InvalidGrantIdException', async () => {
    for (const GrantId of ['x', 'AB'.repeat(32), `${absentGrantId}a`])
      expect(await refused({ GrantId })).toEqual(invalidGrantId);
  });

  it('refuses both kinds of grantees, and a service to who is none', async () => {
    const GranteeServicePrincipal = 's3.amazonaws.com';
    expect(await refused({ GranteePrincipal: rootArn, GranteeServicePrincipal })).toEqual(
      invalid('You can specify either GranteePrincipal or GranteeServicePrincipal, but not both.'),
    );
    expect(await refused({ GranteeServicePrincipal })).toEqual(
      invalid('GranteeServicePrincipal is only usable by callers in a service principal.'),
    );
  });

  it('refuses a key that does not exist, and an alias', async () => {
    const { aliasName } = await kms.furnishKey();
    expect(await refusalOf(grantsOf(kms.client, absentKeyId))).toEqual(
      refusal('NotFoundException', `Key '${keyArnOf(absentKeyId)}' does not exist`),
    );
    expect(await refusalOf(grantsOf(kms.client, aliasName))).toEqual(
      refusal('InvalidArnException', 'Key Aliases are not supported for this operation.'),
    );
  });
});

async function everyPage(KeyId: string, Limit: number): Promise<readonly string[]> {
  const found: GrantListEntry[] = [];
  let Marker: string | undefined;
  do {
    const page = await kms.client.send(new ListGrantsCommand({ KeyId, Limit, Marker }));
    found.push(...(page.Grants ?? []));
    expect(page.Truncated).toBe(page.NextMarker !== undefined);
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  return found.map(({ GrantId }) => GrantId ?? '');
}
