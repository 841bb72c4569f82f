import {
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  type KMSClient,
  ListGrantsCommand,
  RevokeGrantCommand,
} from '@aws-sdk/client-kms';
import { type Refusal, refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { accessDenied, accountId, type FurnishedKey, rootArn } from '../kms/kms-under-test.ts';
import { createGrant, invalidGrantToken, requestGrant, type Wish } from './granting.ts';
import { otherAccount, useGrantees, userArn, type UserName } from './grantees.ts';

const kms = useGrantees();
const Plaintext = Buffer.from('granted');

const encrypt = (
  client: KMSClient,
  KeyId: string,
  EncryptionContext?: Record<string, string>,
  GrantTokens?: string[],
) => client.send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext, GrantTokens }));
const decrypt = (client: KMSClient, { ciphertextBlob, arn }: FurnishedKey) =>
  client.send(new DecryptCommand({ CiphertextBlob: ciphertextBlob, KeyId: arn }));

/** What a user hears whom neither a policy nor a grant lets in: the key policy delegates to the account, whose IAM is silent. */
const denied = (name: UserName, operation: string, arn: string): Refusal =>
  accessDenied(
    operation,
    arn,
    `because no identity-based policy allows the kms:${operation} action`,
    userArn(name),
  );
/** Of a key in another account. */
const deniedElsewhere = (name: UserName, operation: string, arn: string): Refusal =>
  accessDenied(
    operation,
    arn,
    `because no resource-based policy allows the kms:${operation} action`,
    userArn(name),
  );

const to = (name: UserName, wish: Wish = {}): Wish => ({ GranteePrincipal: userArn(name), ...wish });

describe('A grant', () => {
  it('lets its grantee do what it lists, and no more, on its key, and on no other', async () => {
    const [key, other] = [await kms.furnishKey(), await kms.furnishKey()];
    const alice = kms.as('alice');
    expect(await refusalOf(decrypt(alice, key))).toEqual(denied('alice', 'Decrypt', key.arn));
    await createGrant(kms.client, key.id, to('alice'));
    await decrypt(alice, key);
    expect(await refusalOf(encrypt(alice, key.id))).toEqual(denied('alice', 'Encrypt', key.arn));
    expect(await refusalOf(decrypt(alice, other))).toEqual(denied('alice', 'Decrypt', other.arn));
    expect(await refusalOf(alice.send(new ListGrantsCommand({ KeyId: key.id })))).toEqual(
      denied('alice', 'ListGrants', key.arn),
    );
  });

  it('lets nobody else', async () => {
    const key = await kms.furnishKey();
    await createGrant(kms.client, key.id, to('alice'));
    expect(await refusalOf(decrypt(kms.as('bob'), key))).toEqual(denied('bob', 'Decrypt', key.arn));
    expect(await refusalOf(decrypt(kms.as('carol'), key))).toEqual(
      deniedElsewhere('carol', 'Decrypt', key.arn),
    );
  });

  it('is told in the journal as what decided', async () => {
    const key = await kms.furnishKey();
    const { grantId } = await createGrant(kms.client, key.id, to('alice'));
    await decrypt(kms.as('alice'), key);
    const { decidedBy } = kms.service.journal().at(-1) ?? {};
    expect(String(decidedBy)).toContain(grantId);
  });

  it('ends for the next request when it is revoked', async () => {
    const key = await kms.furnishKey();
    const alice = kms.as('alice');
    const [one, other] = [
      await createGrant(kms.client, key.id, to('alice')),
      await createGrant(kms.client, key.id, to('alice')),
    ];
    await kms.client.send(new RevokeGrantCommand({ KeyId: key.id, GrantId: one.grantId }));
    await decrypt(alice, key);
    await kms.client.send(new RevokeGrantCommand({ KeyId: key.id, GrantId: other.grantId }));
    expect(await refusalOf(decrypt(alice, key))).toEqual(denied('alice', 'Decrypt', key.arn));
  });

  it('is outlived by nothing when the service starts again, and lost by nothing', async () => {
    const key = await kms.furnishKey();
    const { grantToken } = await createGrant(kms.client, key.id, to('alice'));
    await kms.restart();
    await decrypt(kms.as('alice'), key);
    await kms
      .as('alice')
      .send(new DecryptCommand({ CiphertextBlob: key.ciphertextBlob, GrantTokens: [grantToken] }));
  });

  it("does not outweigh a Deny of the grantee's own policy", async () => {
    const key = await kms.furnishKey();
    await createGrant(kms.client, key.id, to('denied', { Operations: ['Decrypt', 'Encrypt'] }));
    await encrypt(kms.as('denied'), key.id);
    expect(await refusalOf(decrypt(kms.as('denied'), key))).toEqual(
      accessDenied(
        'Decrypt',
        key.arn,
        'with an explicit deny in an identity-based policy',
        userArn('denied'),
      ),
    );
  });

  it('lets a user of another account in, by ARN, whose IAM need not allow it', async () => {
    const key = await kms.furnishKey();
    await createGrant(kms.client, key.id, to('carol', { Operations: ['Encrypt', 'DescribeKey'] }));
    await encrypt(kms.as('carol'), key.arn);
    const { KeyMetadata } = await kms.as('carol').send(new DescribeKeyCommand({ KeyId: key.arn }));
    expect(KeyMetadata?.AWSAccountId).toBe(accountId);
    expect(await refusalOf(decrypt(kms.as('carol'), key))).toEqual(
      deniedElsewhere('carol', 'Decrypt', key.arn),
    );
  });

  it('to another account lets in its root user and those whom its IAM allows, and nobody else', async () => {
    const key = await kms.furnishKey();
    const GranteePrincipal = `arn:aws:iam::${otherAccount}:root`;
    await createGrant(kms.client, key.id, { GranteePrincipal });
    await decrypt(kms.as('root'), key);
    await decrypt(kms.as('dave'), key);
    expect(await refusalOf(decrypt(kms.as('carol'), key))).toEqual(
      deniedElsewhere('carol', 'Decrypt', key.arn),
    );
    expect(await refusalOf(encrypt(kms.as('dave'), key.arn))).toEqual(
      deniedElsewhere('dave', 'Encrypt', key.arn),
    );
  });
});

describe('A constraint', () => {
  it('that the encryption context equals lets no other context through', async () => {
    const { id, arn } = await kms.createKey();
    const alice = kms.as('alice');
    await createGrant(
      kms.client,
      id,
      to('alice', {
        Operations: ['Encrypt', 'DescribeKey'],
        Constraints: { EncryptionContextEquals: { a: '1', b: '2' } },
      }),
    );
    await encrypt(alice, id, { b: '2', a: '1' });
    for (const context of [undefined, { a: '1' }, { a: '1', b: '3' }, { a: '1', b: '2', c: '3' }])
      expect(await refusalOf(encrypt(alice, id, context))).toEqual(denied('alice', 'Encrypt', arn));
    await alice.send(new DescribeKeyCommand({ KeyId: id }));
  });

  it('that the encryption context includes pairs lets more pairs through, and no fewer', async () => {
    const { id, arn } = await kms.createKey();
    const alice = kms.as('alice');
    await createGrant(
      kms.client,
      id,
      to('alice', { Operations: ['Encrypt'], Constraints: { EncryptionContextSubset: { a: '1' } } }),
    );
    await encrypt(alice, id, { a: '1' });
    await encrypt(alice, id, { a: '1', b: '2' });
    for (const context of [undefined, { b: '2' }, { a: '2' }])
      expect(await refusalOf(encrypt(alice, id, context))).toEqual(denied('alice', 'Encrypt', arn));
  });

  it('on the source ARN lets nobody through who speaks for no resource', async () => {
    const { id, arn } = await kms.createKey();
    const SourceArn = `arn:aws:sns:eu-west-2:${accountId}:topic`;
    await createGrant(kms.client, id, to('alice', { Operations: ['Encrypt'], Constraints: { SourceArn } }));
    expect(await refusalOf(encrypt(kms.as('alice'), id))).toEqual(denied('alice', 'Encrypt', arn));
  });
});

describe('Grant tokens', () => {
  it('are taken where they name a grant of the caller, of another, or of another key', async () => {
    const [key, other] = [await kms.createKey(), await kms.createKey()];
    const mine = await createGrant(kms.client, key.id, to('alice', { Operations: ['Encrypt'] }));
    const theirs = await createGrant(kms.client, key.id, to('bob'));
    const elsewhere = await createGrant(kms.client, other.id, to('alice'));
    const tokens = [mine, theirs, elsewhere].map(({ grantToken }) => grantToken);
    await encrypt(kms.as('alice'), key.id, undefined, tokens);
    await encrypt(kms.client, key.id, undefined, tokens);
  });

  it('let nobody in whom no grant names', async () => {
    const { id, arn } = await kms.createKey();
    const { grantToken } = await createGrant(kms.client, id, to('alice', { Operations: ['Encrypt'] }));
    expect(await refusalOf(encrypt(kms.as('bob'), id, undefined, [grantToken]))).toEqual(
      denied('bob', 'Encrypt', arn),
    );
  });

  it('that are none, or whose grant has ended, are refused with InvalidGrantTokenException, whoever asks', async () => {
    const { id } = await kms.createKey();
    const { grantId, grantToken } = await createGrant(
      kms.client,
      id,
      to('alice', { Operations: ['Encrypt'] }),
    );
    for (const client of [kms.client, kms.as('alice'), kms.as('bob')])
      expect(await refusalOf(encrypt(client, id, undefined, [grantToken, 'AQpA']))).toEqual(
        invalidGrantToken,
      );
    await kms.client.send(new RevokeGrantCommand({ KeyId: id, GrantId: grantId }));
    expect(await refusalOf(encrypt(kms.client, id, undefined, [grantToken]))).toEqual(invalidGrantToken);
  });

  it('of more than ten grants are refused', async () => {
    const { id } = await kms.createKey();
    const { grantToken } = await createGrant(kms.client, id);
    const refused = await refusalOf(encrypt(kms.client, id, undefined, Array<string>(11).fill(grantToken)));
    expect(refused.name).toBe('ValidationException');
    expect(refused.message).toContain('Member must have length less than or equal to 10');
    expect(refused.message).toContain("at 'grantTokens'");
  });
});

describe('CreateGrant by a grantee', () => {
  const passing: Wish = { Operations: ['CreateGrant', 'Encrypt', 'GenerateDataKey'] };
  const passOn = (KeyId: string, wish: Wish) => requestGrant(kms.as('alice'), KeyId, to('bob', wish));

  it('makes grants of what it holds, which its account has issued and which work', async () => {
    const { id, arn } = await kms.createKey();
    await createGrant(kms.client, id, to('alice', passing));
    await passOn(id, { Operations: ['Encrypt'] });
    await encrypt(kms.as('bob'), id);
    expect(
      await refusalOf(kms.as('bob').send(new GenerateDataKeyCommand({ KeyId: id, KeySpec: 'AES_256' }))),
    ).toEqual(denied('bob', 'GenerateDataKey', arn));
    const { Grants } = await kms.client.send(
      new ListGrantsCommand({ KeyId: id, GranteePrincipal: userArn('bob') }),
    );
    expect(Grants?.map(({ IssuingAccount, GranteePrincipal }) => [IssuingAccount, GranteePrincipal])).toEqual(
      [[rootArn, userArn('bob')]],
    );
  });

  it('makes none of what it does not hold, and none that may be passed on unless it may itself', async () => {
    const { id, arn } = await kms.createKey();
    await createGrant(kms.client, id, to('alice', passing));
    for (const Operations of [['Decrypt'], ['Encrypt', 'Decrypt'], ['RetireGrant']] as const)
      expect(await refusalOf(passOn(id, { Operations: [...Operations] }))).toEqual(
        denied('alice', 'CreateGrant', arn),
      );
    await passOn(id, { Operations: ['CreateGrant', 'Encrypt'] });
    await requestGrant(kms.as('bob'), id, to('carol', { Operations: ['Encrypt'] }));
    expect(
      await refusalOf(requestGrant(kms.as('bob'), id, to('carol', { Operations: ['GenerateDataKey'] }))),
    ).toEqual(denied('bob', 'CreateGrant', arn));
  });

  it('does not make one grant out of two', async () => {
    const { id, arn } = await kms.createKey();
    await createGrant(kms.client, id, to('alice', { Operations: ['CreateGrant', 'Encrypt'] }));
    await createGrant(kms.client, id, to('alice', { Operations: ['Decrypt'] }));
    expect(await refusalOf(passOn(id, { Operations: ['Decrypt'] }))).toEqual(
      denied('alice', 'CreateGrant', arn),
    );
  });

  it('is refused where its grant does not allow CreateGrant', async () => {
    const { id, arn } = await kms.createKey();
    await createGrant(kms.client, id, to('alice', { Operations: ['Encrypt'] }));
    expect(await refusalOf(passOn(id, { Operations: ['Encrypt'] }))).toEqual(
      denied('alice', 'CreateGrant', arn),
    );
  });

  it('passes constraints on as strict as they are, or stricter, never looser', async () => {
    const { id, arn } = await kms.createKey();
    await createGrant(
      kms.client,
      id,
      to('alice', { ...passing, Constraints: { EncryptionContextSubset: { a: '1' } } }),
    );
    const Operations: Wish['Operations'] = ['Encrypt'];
    const withConstraints = (Constraints: Wish['Constraints']) => passOn(id, { Operations, Constraints });
    await withConstraints({ EncryptionContextSubset: { a: '1' } });
    await withConstraints({ EncryptionContextSubset: { a: '1', b: '2' } });
    await withConstraints({ EncryptionContextEquals: { a: '1' } });
    for (const Constraints of [
      undefined,
      { EncryptionContextSubset: { b: '2' } },
      { EncryptionContextEquals: { b: '2' } },
      { EncryptionContextSubset: { a: '2' } },
    ])
      expect(await refusalOf(withConstraints(Constraints))).toEqual(denied('alice', 'CreateGrant', arn));
  });

  it('tells who may not create grants nothing about principals', async () => {
    const { id, arn } = await kms.createKey();
    for (const GranteePrincipal of [userArn('bob'), `arn:aws:iam::${otherAccount}:user/nobody`])
      expect(await refusalOf(requestGrant(kms.as('alice'), id, { GranteePrincipal }))).toEqual(
        denied('alice', 'CreateGrant', arn),
      );
  });
});
