import {
  ListRetirableGrantsCommand,
  PutKeyPolicyCommand,
  RetireGrantCommand,
  type RetireGrantCommandInput,
  RevokeGrantCommand,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { accessDenied, accountId, rootArn } from '../kms/kms-under-test.ts';
import { absentGrantId, createGrant, grantIdsOf, requestGrant, type Wish } from './granting.ts';
import { otherAccount, useGrantees, userArn, type UserName } from './grantees.ts';

const kms = useGrantees();

const retireAs = (name: UserName | 'root', input: RetireGrantCommandInput) =>
  kms.as(name).send(new RetireGrantCommand(input));
const noIdentityPolicy = (operation: string) =>
  `because no identity-based policy allows the kms:${operation} action`;

async function granted(wish: Wish) {
  const key = await kms.createKey();
  const grant = await createGrant(kms.client, key.id, wish);
  return {
    ...key,
    ...grant,
    byId: { KeyId: key.arn, GrantId: grant.grantId },
    byToken: { GrantToken: grant.grantToken },
  };
}

const remains = async ({ id, grantId }: { readonly id: string; readonly grantId: string }) =>
  (await grantIdsOf(kms.client, id)).includes(grantId);

describe('A grant may be retired', () => {
  it.each(['byId', 'byToken'] as const)(
    'by its retiring principal, %s, of whatever account',
    async (form) => {
      for (const name of ['bob', 'carol'] as const) {
        const grant = await granted({ GranteePrincipal: userArn('alice'), RetiringPrincipal: userArn(name) });
        await retireAs(name, grant[form]);
        expect(await remains(grant)).toBe(false);
      }
    },
  );

  it('by its grantee where it lists RetireGrant, whatever its constraints', async () => {
    const Constraints = { EncryptionContextEquals: { a: '1' } };
    const grant = await granted({
      GranteePrincipal: userArn('alice'),
      Operations: ['RetireGrant'],
      Constraints,
    });
    await retireAs('alice', grant.byId);
    expect(await remains(grant)).toBe(false);
  });

  it('by the users of the account that owns the key whom IAM lets, and by its root user', async () => {
    for (const client of [kms.as('retirer'), kms.client]) {
      const grant = await granted({ GranteePrincipal: userArn('carol') });
      await client.send(new RetireGrantCommand(grant.byId));
      expect(await remains(grant)).toBe(false);
    }
  });

  it('by the users of the account that issued it whom IAM lets, and by its root user', async () => {
    const passOn: Wish = { GranteePrincipal: userArn('carol'), Operations: ['CreateGrant', 'Decrypt'] };
    for (const name of ['dave', 'root'] as const) {
      const { arn, id } = await granted(passOn);
      const issued = await createGrant(kms.as('carol'), arn, { GranteePrincipal: userArn('bob') });
      await retireAs(name, { KeyId: arn, GrantId: issued.grantId });
      expect(await remains({ id, grantId: issued.grantId })).toBe(false);
    }
  });
});

describe('A grant may not be retired', () => {
  it('by its grantee where it does not list RetireGrant, nor by anyone else whom no policy lets', async () => {
    const grant = await granted({ GranteePrincipal: userArn('alice'), RetiringPrincipal: userArn('denied') });
    for (const name of ['alice', 'bob'] as const)
      for (const input of [grant.byId, grant.byToken])
        expect(await refusalOf(retireAs(name, input))).toEqual(
          accessDenied('RetireGrant', grant.arn, noIdentityPolicy('RetireGrant'), userArn(name)),
        );
    expect(await remains(grant)).toBe(true);
  });

  it('by its retiring principal where a policy of its own denies it', async () => {
    const grant = await granted({ RetiringPrincipal: userArn('denied') });
    expect(await refusalOf(retireAs('denied', grant.byToken))).toEqual(
      accessDenied(
        'RetireGrant',
        grant.arn,
        'with an explicit deny in an identity-based policy',
        userArn('denied'),
      ),
    );
    expect(await remains(grant)).toBe(true);
  });

  it('by who has no more than the key policy for it', async () => {
    const grant = await granted({});
    const lets = (AWS: string) => ({ Effect: 'Allow', Principal: { AWS }, Action: 'kms:*', Resource: '*' });
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [lets(rootArn), lets(userArn('bob'))],
    });
    await kms.client.send(new PutKeyPolicyCommand({ KeyId: grant.id, Policy }));
    expect(await refusalOf(retireAs('bob', grant.byId))).toEqual(
      accessDenied('RetireGrant', grant.arn, noIdentityPolicy('RetireGrant'), userArn('bob')),
    );
    await kms.as('bob').send(new RevokeGrantCommand({ KeyId: grant.id, GrantId: grant.grantId }));
  });

  it('by another account that neither owns the key nor issued it, which does not hear whether it is there', async () => {
    const { arn, grantId } = await granted({});
    for (const name of ['carol', 'dave'] as const)
      for (const GrantId of [grantId, absentGrantId])
        expect(await refusalOf(retireAs(name, { KeyId: arn, GrantId }))).toEqual(
          accessDenied('RetireGrant', arn, undefined, userArn(name)),
        );
  });
});

describe('RevokeGrant', () => {
  it('takes the permission on the key, which neither grantee nor retiring principal has', async () => {
    const grant = await granted({ GranteePrincipal: userArn('alice'), RetiringPrincipal: userArn('alice') });
    for (const GrantId of [grant.grantId, absentGrantId])
      expect(
        await refusalOf(kms.as('alice').send(new RevokeGrantCommand({ KeyId: grant.id, GrantId }))),
      ).toEqual(accessDenied('RevokeGrant', grant.arn, noIdentityPolicy('RevokeGrant'), userArn('alice')));
    await kms.as('admin').send(new RevokeGrantCommand({ KeyId: grant.id, GrantId: grant.grantId }));
    expect(await remains(grant)).toBe(false);
  });
});

describe('ListRetirableGrants', () => {
  const listAs = async (name: UserName | 'root', RetiringPrincipal: string) =>
    ((await kms.as(name).send(new ListRetirableGrantsCommand({ RetiringPrincipal }))).Grants ?? []).map(
      ({ GrantId }) => GrantId,
    );

  it('lists grants on the keys of every account for who retires them', async () => {
    const grant = await granted({ RetiringPrincipal: userArn('carol') });
    expect(await listAs('dave', userArn('carol'))).toContain(grant.grantId);
    expect(await listAs('root', userArn('carol'))).toContain(grant.grantId);
    expect(await listAs('retirer', userArn('bob'))).toEqual([]);
  });

  it('takes a permission of IAM on the principal, and of its own account', async () => {
    for (const principal of [userArn('bob'), userArn('alice'), userArn('carol')])
      expect(await refusalOf(listAs('bob', principal))).toEqual(
        accessDenied(
          'ListRetirableGrants',
          principal,
          noIdentityPolicy('ListRetirableGrants'),
          userArn('bob'),
        ),
      );
    expect(await refusalOf(listAs('dave', userArn('bob')))).toEqual(
      accessDenied(
        'ListRetirableGrants',
        userArn('bob'),
        noIdentityPolicy('ListRetirableGrants'),
        userArn('dave'),
      ),
    );
  });
});

describe('Grants across accounts', () => {
  it('are made, listed and revoked by who the key policy lets in, on a key named by its ARN', async () => {
    const { id, arn } = await kms.createKey();
    const lets = (AWS: string) => ({ Effect: 'Allow', Principal: { AWS }, Action: 'kms:*', Resource: '*' });
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [lets(rootArn), lets(`arn:aws:iam::${otherAccount}:root`)],
    });
    await kms.client.send(new PutKeyPolicyCommand({ KeyId: id, Policy }));
    const { grantId } = await createGrant(kms.as('dave'), arn, { GranteePrincipal: userArn('carol') });
    expect(await grantIdsOf(kms.as('dave'), arn)).toEqual([grantId]);
    expect(await refusalOf(requestGrant(kms.as('carol'), arn))).toEqual(
      accessDenied('CreateGrant', arn, noIdentityPolicy('CreateGrant'), userArn('carol')),
    );
    await kms.as('dave').send(new RevokeGrantCommand({ KeyId: arn, GrantId: grantId }));
    expect(await grantIdsOf(kms.client, id)).toEqual([]);
  });

  it('of a key that says nothing of the account are refused as of one that is not there', async () => {
    const { arn } = await kms.createKey();
    for (const KeyId of [arn, `${arn.slice(0, -12)}000000000000`]) {
      const refused = (operation: string) => accessDenied(operation, KeyId, undefined, userArn('dave'));
      expect(await refusalOf(requestGrant(kms.as('dave'), KeyId))).toEqual(refused('CreateGrant'));
      expect(await refusalOf(grantIdsOf(kms.as('dave'), KeyId))).toEqual(refused('ListGrants'));
      const revoked = kms.as('dave').send(new RevokeGrantCommand({ KeyId, GrantId: absentGrantId }));
      expect(await refusalOf(revoked)).toEqual(refused('RevokeGrant'));
    }
    expect(arn).toContain(accountId);
  });
});
