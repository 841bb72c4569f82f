import { ListRetirableGrantsCommand, type ListRetirableGrantsCommandInput } from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { accountId, invalidMarker, refusal, rootArn, useKms, accessDenied } from '../kms/kms-under-test.ts';
import { createGrant, grantsOf, invalid } from './granting.ts';

const kms = useKms();
const elsewhere = 'us-west-2';

const list = (input: Partial<ListRetirableGrantsCommandInput>, region?: string) =>
  (region === undefined ? kms.client : kms.service.client({ region })).send(
    new ListRetirableGrantsCommand(input as ListRetirableGrantsCommandInput),
  );
const retirableBy = async (RetiringPrincipal: string, region?: string) =>
  ((await list({ RetiringPrincipal, Limit: 100 }, region)).Grants ?? []).map(({ GrantId }) => GrantId);

const oneOf = invalid('You must specify either RetiringPrincipal or RetiringServicePrincipal, but not both.');

describe('ListRetirableGrants', () => {
  it('lists the grants on all keys of the Region that the principal may retire, as ListGrants shows them', async () => {
    const [one, other] = [await kms.createKey(), await kms.createKey()];
    const mine = { RetiringPrincipal: rootArn };
    const made = [await createGrant(kms.client, one.id, mine), await createGrant(kms.client, other.id, mine)];
    await createGrant(kms.client, one.id);
    const { Grants, Truncated } = await list(mine);
    expect(Truncated).toBe(false);
    expect(Grants?.map(({ GrantId }) => GrantId)).toEqual(made.map(({ grantId }) => grantId).sort());
    const shown = Grants?.find(({ KeyId }) => KeyId === other.arn);
    expect([shown]).toEqual(await grantsOf(kms.client, other.id));
    expect(await retirableBy(rootArn, elsewhere)).toEqual([]);
  });

  it('goes on with a marker, which is good for no other list', async () => {
    const { id } = await kms.createKey();
    for (let count = 0; count < 3; count++) await createGrant(kms.client, id, { RetiringPrincipal: rootArn });
    const all = await retirableBy(rootArn);
    const first = await list({ RetiringPrincipal: rootArn, Limit: 2 });
    const rest = await list({ RetiringPrincipal: rootArn, Marker: first.NextMarker });
    const paged = [...(first.Grants ?? []), ...(rest.Grants ?? [])].map(({ GrantId }) => GrantId);
    expect(first.Truncated).toBe(true);
    expect(paged).toEqual(all);
    for (const Marker of ['x', first.NextMarker]) {
      const region = Marker === 'x' ? undefined : elsewhere;
      expect(await refusalOf(list({ RetiringPrincipal: rootArn, Marker }, region))).toEqual(invalidMarker);
    }
  });

  it('refuses neither and both kinds of principals, and a service to who is none, with ValidationException', async () => {
    const RetiringServicePrincipal = 's3.amazonaws.com';
    expect(await refusalOf(list({}))).toEqual(oneOf);
    expect(await refusalOf(list({ RetiringPrincipal: rootArn, RetiringServicePrincipal }))).toEqual(oneOf);
    expect(await refusalOf(list({ RetiringServicePrincipal }))).toEqual(
      invalid('RetiringServicePrincipal is only usable by callers in a service principal.'),
    );
  });

  it.each([
    `arn:aws:iam::${accountId}:user/nobody`,
    `arn:aws:sts::${accountId}:assumed-role/none/session`,
    'nobody',
    accountId,
    's3.amazonaws.com',
  ])('refuses %s, who is nobody, with InvalidArnException', async (RetiringPrincipal) => {
    expect(await refusalOf(list({ RetiringPrincipal }))).toEqual(
      refusal('InvalidArnException', `ARN does not refer to a valid principal: ${RetiringPrincipal}`),
    );
  });

  it.each(['root', 'user/nobody'])(
    'denies the %s of another account, whether or not there is one',
    async (name) => {
      const RetiringPrincipal = `arn:aws:iam::111122223333:${name}`;
      expect(await refusalOf(list({ RetiringPrincipal }))).toEqual(
        accessDenied(
          'ListRetirableGrants',
          RetiringPrincipal,
          'because no identity-based policy allows the kms:ListRetirableGrants action',
        ),
      );
    },
  );
});
