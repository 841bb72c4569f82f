import { CreateGrantCommand, DisableKeyCommand, type GrantOperation } from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { keyKinds, type KeyKind } from '../kms/key-kinds.ts';
import {
  absentKeyId,
  accountId,
  constraintRefusal,
  keyArnOf,
  membersOf,
  refusal,
  rootArn,
  useKms,
} from '../kms/kms-under-test.ts';
import {
  createGrant,
  dryRunSucceeded,
  grantIdsOf,
  grantsOf,
  invalid,
  requestGrant,
  type Wish,
} from './granting.ts';

const kms = useKms();

const refused = async (wish: Wish, kind: KeyKind = 'symmetric') =>
  refusalOf(requestGrant(kms.client, (await kms.createKey(keyKinds[kind])).id, wish));

const sourceArn = `arn:aws:s3:::${'bucket'.padEnd(20, 'x')}`;
const SourceArn = `arn:aws:sns:eu-west-2:${accountId}:topic`;
const pairs = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, 'value']));

describe('CreateGrant', () => {
  it('answers an id of 64 hexadecimal digits and a token of 468 characters that begins with AQpA, and nothing else', async () => {
    const { id } = await kms.createKey();
    const members = membersOf(await requestGrant(kms.client, id));
    expect(Object.keys(members).sort()).toEqual(['GrantId', 'GrantToken']);
    expect(members.GrantId).toMatch(/^[0-9a-f]{64}$/);
    expect(members.GrantToken).toMatch(/^AQpA[\w-]{464}$/);
  });

  it('takes a key id and a key ARN', async () => {
    const { id, arn } = await kms.createKey();
    const made = [await createGrant(kms.client, id), await createGrant(kms.client, arn)];
    expect(await grantIdsOf(kms.client, id)).toEqual(made.map(({ grantId }) => grantId).sort());
  });

  it('makes another grant each time without a name', async () => {
    const { id } = await kms.createKey();
    const [one, other] = [await createGrant(kms.client, id), await createGrant(kms.client, id)];
    expect(other.grantId).not.toBe(one.grantId);
    expect(await grantsOf(kms.client, id)).toHaveLength(2);
  });

  it('refuses an alias with InvalidArnException', async () => {
    const { aliasName } = await kms.furnishKey();
    expect(await refusalOf(requestGrant(kms.client, aliasName))).toEqual(
      refusal('InvalidArnException', 'Key Aliases are not supported for this operation.'),
    );
  });

  it('refuses a key that does not exist', async () => {
    expect(await refusalOf(requestGrant(kms.client, absentKeyId))).toEqual(
      refusal('NotFoundException', `Key '${keyArnOf(absentKeyId)}' does not exist`),
    );
  });

  it('makes nothing with DryRun, and says that it would have', async () => {
    const { id } = await kms.createKey();
    expect(await refusalOf(requestGrant(kms.client, id, { DryRun: true }))).toEqual(dryRunSucceeded);
    expect(await grantsOf(kms.client, id)).toEqual([]);
  });

  it('refuses with DryRun what it refuses without', async () => {
    const { id, arn } = await kms.createKey();
    await kms.client.send(new DisableKeyCommand({ KeyId: id }));
    expect(await refusalOf(requestGrant(kms.client, id, { DryRun: true }))).toEqual(
      refusal('DisabledException', `${arn} is disabled.`),
    );
  });

  it('is recorded with its parameters, its constraints among them, and with the id of the grant', async () => {
    const { id, arn } = await kms.createKey();
    const { grantId, grantToken } = await createGrant(kms.client, id, {
      Name: 'recorded',
      RetiringPrincipal: rootArn,
      Constraints: { EncryptionContextSubset: { Department: 'IT' } },
    });
    const record = kms.service.journal().at(-1);
    expect(record).toMatchObject({
      eventName: 'CreateGrant',
      readOnly: false,
      requestParameters: {
        KeyId: id,
        GranteePrincipal: rootArn,
        RetiringPrincipal: rootArn,
        Operations: ['Decrypt'],
        Constraints: { EncryptionContextSubset: { Department: 'IT' } },
        Name: 'recorded',
      },
      grantId,
      resources: [arn],
    });
    expect(JSON.stringify(record)).not.toContain(grantToken);
  });
});

describe('The name of a grant', () => {
  const wish: Wish = {
    Name: 'for-retries',
    Operations: ['Encrypt', 'Decrypt'],
    RetiringPrincipal: rootArn,
    Constraints: { EncryptionContextEquals: { a: '1', b: '2' } },
  };

  it('makes the same request answer the same grant, with a token of its own', async () => {
    const { id } = await kms.createKey();
    const [first, second] = [
      await createGrant(kms.client, id, wish),
      await createGrant(kms.client, id, wish),
    ];
    expect(second.grantId).toBe(first.grantId);
    expect(second.grantToken).not.toBe(first.grantToken);
    expect(await grantIdsOf(kms.client, id)).toEqual([first.grantId]);
  });

  it('does so whatever the order of operations and pairs', async () => {
    const { id } = await kms.createKey();
    const first = await createGrant(kms.client, id, wish);
    const second = await createGrant(kms.client, id, {
      ...wish,
      Operations: ['Decrypt', 'Encrypt', 'Decrypt'],
      Constraints: { EncryptionContextEquals: { b: '2', a: '1' } },
    });
    expect(second.grantId).toBe(first.grantId);
  });

  it.each<[string, Wish]>([
    ['other operations', { Operations: ['Decrypt'] }],
    ['another retiring principal', { RetiringPrincipal: undefined }],
    ['another constraint', { Constraints: { EncryptionContextSubset: { a: '1', b: '2' } } }],
    ['another value in a constraint', { Constraints: { EncryptionContextEquals: { a: '1', b: '3' } } }],
    ['another case in a constraint', { Constraints: { EncryptionContextEquals: { A: '1', b: '2' } } }],
    ['no constraint', { Constraints: undefined }],
    ['another case of the name', { Name: 'For-Retries' }],
  ])('does not do so for %s', async (_, change) => {
    const { id } = await kms.createKey();
    const first = await createGrant(kms.client, id, wish);
    const second = await createGrant(kms.client, id, { ...wish, ...change });
    expect(second.grantId).not.toBe(first.grantId);
    expect(await grantsOf(kms.client, id)).toHaveLength(2);
  });

  it('does not do so on another key', async () => {
    const [one, other] = [await kms.createKey(), await kms.createKey()];
    const first = await createGrant(kms.client, one.id, wish);
    expect((await createGrant(kms.client, other.id, wish)).grantId).not.toBe(first.grantId);
  });

  it('gives one grant to requests that come at the same time', async () => {
    const { id } = await kms.createKey();
    const made = await Promise.all(Array.from({ length: 5 }, () => createGrant(kms.client, id, wish)));
    expect(new Set(made.map(({ grantId }) => grantId)).size).toBe(1);
    expect(await grantsOf(kms.client, id)).toHaveLength(1);
  });
});

describe('CreateGrant and its members', () => {
  it.each<[string, Wish, string]>([
    [
      'neither kind of grantee',
      { GranteePrincipal: undefined },
      'You must specify either GranteePrincipal or GranteeServicePrincipal, but not both.',
    ],
    [
      'both kinds of grantees',
      { GranteeServicePrincipal: 's3.amazonaws.com', Constraints: { SourceArn } },
      'You must specify either GranteePrincipal or GranteeServicePrincipal, but not both.',
    ],
    [
      'both kinds of retiring principals',
      { RetiringPrincipal: rootArn, RetiringServicePrincipal: 's3.amazonaws.com' },
      'You can specify either RetiringPrincipal or RetiringServicePrincipal, but not both.',
    ],
    [
      'a service as grantee without a source ARN',
      {
        GranteePrincipal: undefined,
        GranteeServicePrincipal: 's3.amazonaws.com',
        RetiringPrincipal: rootArn,
      },
      'When you specify a GranteeServicePrincipal, you must also specify a SourceArn grant constraint.',
    ],
    [
      'a service as grantee without a retiring principal',
      {
        GranteePrincipal: undefined,
        GranteeServicePrincipal: 's3.amazonaws.com',
        Constraints: { SourceArn },
      },
      'When you specify a GranteeServicePrincipal, you must also specify either a RetiringPrincipal or a RetiringServicePrincipal.',
    ],
    ['no operation', { Operations: [] }, 'A grant must allow at least one operation.'],
    [
      'both constraints on the encryption context',
      { Constraints: { EncryptionContextEquals: { a: '1' }, EncryptionContextSubset: { a: '1' } } },
      'You can specify either EncryptionContextEquals or EncryptionContextSubset, but not both.',
    ],
    [
      'a constraint of nine pairs',
      { Constraints: { EncryptionContextSubset: pairs(9) } },
      'Each grant constraint can include up to 8 encryption context pairs.',
    ],
    [
      'a key of 385 characters',
      { Constraints: { EncryptionContextEquals: { ['k'.repeat(385)]: 'v' } } },
      'The encryption context in a grant constraint cannot exceed 384 characters.',
    ],
    [
      'a value of 385 characters',
      { Constraints: { EncryptionContextEquals: { k: 'v'.repeat(385) } } },
      'The encryption context in a grant constraint cannot exceed 384 characters.',
    ],
  ])('refuses %s with ValidationException', async (_, wish, text) => {
    expect(await refused(wish)).toEqual(invalid(text));
  });

  it.each<[string, Wish, string]>([
    [
      'no operations at all',
      { Operations: undefined },
      "Value null at 'operations' failed to satisfy constraint: Member must not be null",
    ],
    [
      'a name with a space',
      { Name: 'a b' },
      "Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$",
    ],
    [
      'an empty name',
      { Name: '' },
      "Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$",
    ],
    [
      'a source ARN that is none',
      { Constraints: { SourceArn: 'arn:aws:sns:eu-west-2' } },
      "Value 'arn:aws:sns:eu-west-2' at 'constraints.sourceArn' failed to satisfy constraint: Member must satisfy regular expression pattern: ^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$",
    ],
    [
      'a source ARN without an account',
      { Constraints: { SourceArn: sourceArn } },
      `Value '${sourceArn}' at 'constraints.sourceArn' failed to satisfy constraint: Member must satisfy regular expression pattern: ^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$`,
    ],
    [
      'a service that has the name of none',
      { GranteePrincipal: undefined, GranteeServicePrincipal: 'amazonaws.com' },
      String.raw`Value 'amazonaws.com' at 'granteeServicePrincipal' failed to satisfy constraint: Member must satisfy regular expression pattern: ^([A-Za-z0-9\-]+)\.([A-Za-z0-9\-]+)(\.[A-Za-z0-9\-]+)+$`,
    ],
    [
      'a grantee with a space',
      { GranteePrincipal: 'a b' },
      String.raw`Value 'a b' at 'granteePrincipal' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[\w+=,.@:/-]+$`,
    ],
  ])('refuses %s, which breaks a constraint', async (_, wish, text) => {
    const { name, message, status } = await refused(wish);
    const texts = text.split('; ');
    expect({ name, status }).toEqual({ name: 'ValidationException', status: 400 });
    expect(message).toBe(
      texts.length === 1
        ? constraintRefusal(text).message
        : `${texts.length} validation errors detected: ${text}`,
    );
  });

  it('refuses an operation that grants do not have', async () => {
    const { name, message } = await refused({ Operations: ['DisableKey' as GrantOperation] });
    expect(name).toBe('ValidationException');
    expect(message).toMatch(
      /^1 validation error detected: Value .* at 'operations.*Member must satisfy enum value set: \[/,
    );
  });

  it.each<[string, Wish]>([
    ['eight pairs', { Constraints: { EncryptionContextSubset: pairs(8) } }],
    [
      'a key and a value of 384 characters',
      { Constraints: { EncryptionContextEquals: { ['😀'.repeat(384)]: '😀'.repeat(384) } } },
    ],
    ['an empty value', { Constraints: { EncryptionContextEquals: { a: '' } } }],
    [
      'one constraint beside an empty one',
      { Constraints: { EncryptionContextEquals: { a: '1' }, EncryptionContextSubset: {} } },
    ],
    ['a source ARN for a principal', { Constraints: { SourceArn } }],
    ['a name of 256 characters', { Name: 'n'.repeat(256) }],
    [
      'a service as grantee and one as retiring principal',
      {
        GranteePrincipal: undefined,
        GranteeServicePrincipal: 's3.amazonaws.com',
        RetiringServicePrincipal: 'sns.eu-west-2.amazonaws.com',
        Constraints: { SourceArn },
      },
    ],
  ])('takes %s', async (_, wish) => {
    const { id } = await kms.createKey();
    const { grantId } = await createGrant(kms.client, id, wish);
    expect(await grantIdsOf(kms.client, id)).toEqual([grantId]);
  });
});

describe('The principals of a grant', () => {
  const absent = [
    'arn:aws:iam::123456789012:root',
    `arn:aws:iam::${accountId}:user/nobody`,
    `arn:aws:iam::${accountId}:role/none`,
    `arn:aws:sts::${accountId}:assumed-role/none/session`,
    `arn:aws:sts::${accountId}:federated-user/bob`,
    `arn:aws:iam::${accountId}:group/all`,
    accountId,
    'AIDACKCEVSQ6C2EXAMPLE',
    's3.amazonaws.com',
    'root',
  ];

  it.each(absent)('cannot be %s as the grantee', async (principal) => {
    expect(await refused({ GranteePrincipal: principal })).toEqual(
      refusal('InvalidArnException', `ARN does not refer to a valid principal: ${principal}`),
    );
  });

  it.each(absent)('cannot be %s as who retires it', async (principal) => {
    expect(await refused({ RetiringPrincipal: principal })).toEqual(
      refusal('InvalidArnException', `ARN does not refer to a valid principal: ${principal}`),
    );
  });
});

/** "Grant operations", KMS Developer Guide: every operation, by the kinds of keys that have it. */
const ofEveryKey: readonly GrantOperation[] = ['CreateGrant', 'DescribeKey', 'RetireGrant'];
const operationsOf: Readonly<Record<string, readonly GrantOperation[]>> = {
  symmetric: [
    ...ofEveryKey,
    'Decrypt',
    'Encrypt',
    'GenerateDataKey',
    'GenerateDataKeyPair',
    'GenerateDataKeyPairWithoutPlaintext',
    'GenerateDataKeyWithoutPlaintext',
    'ReEncryptFrom',
    'ReEncryptTo',
  ],
  encrypting: [...ofEveryKey, 'Decrypt', 'Encrypt', 'GetPublicKey', 'ReEncryptFrom', 'ReEncryptTo'],
  signing: [...ofEveryKey, 'GetPublicKey', 'Sign', 'Verify'],
  MAC: [...ofEveryKey, 'GenerateMac', 'VerifyMac'],
  agreement: [...ofEveryKey, 'DeriveSharedSecret', 'GetPublicKey'],
  encapsulation: [...ofEveryKey, 'Decapsulate', 'Encapsulate', 'GetPublicKey'],
};
const kinds = { ...keyKinds, encrypting: { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' } } as const;
const allOperations = [...new Set(Object.values(operationsOf).flat())];

describe('The operations of a grant', () => {
  it.each(Object.entries(operationsOf))('on a key for %s are those that it has', async (kind, operations) => {
    const { id, metadata } = await kms.createKey(kinds[kind as keyof typeof kinds]);
    const Operations = [...operations];
    await createGrant(kms.client, id, { Operations });
    const [grant] = await grantsOf(kms.client, id);
    expect([...(grant?.Operations ?? [])].sort()).toEqual(Operations.sort());
    for (const operation of allOperations.filter((one) => !operations.includes(one)))
      expect(
        await refusalOf(requestGrant(kms.client, id, { Operations: ['DescribeKey', operation] })),
      ).toEqual(
        invalid(
          `Grant operation ${operation} is not supported for a KMS key with KeyUsage ${metadata.KeyUsage ?? ''} and KeySpec ${metadata.KeySpec ?? ''}.`,
        ),
      );
    expect(await grantsOf(kms.client, id)).toHaveLength(1);
  });

  it.each(['encrypting', 'signing', 'MAC', 'agreement', 'encapsulation'] as const)(
    'on a key for %s cannot be constrained by an encryption context, and can by a source ARN',
    async (kind) => {
      const { id } = await kms.createKey(kinds[kind]);
      const Operations: GrantOperation[] = ['DescribeKey'];
      for (const Constraints of [
        { EncryptionContextEquals: { a: '1' } },
        { EncryptionContextSubset: { a: '1' } },
      ])
        expect(await refusalOf(requestGrant(kms.client, id, { Operations, Constraints }))).toEqual(
          invalid(
            'Encryption context grant constraints are supported only for symmetric encryption KMS keys.',
          ),
        );
      await createGrant(kms.client, id, {
        Operations,
        Constraints: { EncryptionContextEquals: {}, SourceArn },
      });
    },
  );
});

it('CreateGrant without any member names what is missing', async () => {
  const { name, message } = await refusalOf(
    kms.client.send(new CreateGrantCommand({ KeyId: undefined, Operations: undefined })),
  );
  expect(name).toBe('ValidationException');
  expect(message).toContain("Value null at 'keyId'");
  expect(message).toContain("Value null at 'operations'");
});
