import {
  CreateKeyCommand,
  type CreateKeyCommandInput,
  type CustomerMasterKeySpec,
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  type KeySpec,
  ListKeysCommand,
  ListResourceTagsCommand,
  type OriginType,
} from '@aws-sdk/client-kms';
import { type Refusal, refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { accountId, constraintRefusal, keyArnOf, refusal, rootArn, useKms } from './kms-under-test.ts';
import { rootPolicy } from './requests.ts';

const kms = useKms();

const refused = (input: CreateKeyCommandInput) => refusalOf(kms.client.send(new CreateKeyCommand(input)));

/** A policy whose only principal is not the caller. */
const policyFor = (Principal: unknown) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*' }],
  });

describe('CreateKey', () => {
  it('answers the metadata of a symmetric encryption key that is Enabled at once', async () => {
    const { id, metadata } = await kms.createKey();
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(metadata).toEqual({
      AWSAccountId: accountId,
      KeyId: id,
      Arn: keyArnOf(id),
      CreationDate: expect.any(Date) as Date,
      Enabled: true,
      Description: '',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeyState: 'Enabled',
      Origin: 'AWS_KMS',
      KeyManager: 'CUSTOMER',
      CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
      KeySpec: 'SYMMETRIC_DEFAULT',
      EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
      MultiRegion: false,
      CurrentKeyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect(Math.abs(Date.now() - Number(metadata.CreationDate))).toBeLessThan(60_000);
  });

  it('makes another key of the same request, for there is no client token', async () => {
    const [first, second] = [
      await kms.createKey({ Description: 'x' }),
      await kms.createKey({ Description: 'x' }),
    ];
    expect(second.id).not.toBe(first.id);
    expect(second.metadata.CurrentKeyMaterialId).not.toBe(first.metadata.CurrentKeyMaterialId);
  });

  it.each([
    { KeySpec: 'SYMMETRIC_DEFAULT' },
    { CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' },
    { KeyUsage: 'ENCRYPT_DECRYPT' },
    { Origin: 'AWS_KMS' },
    { MultiRegion: false },
  ] as const)('takes %j, which is the default', async (input) => {
    const { metadata } = await kms.createKey(input);
    expect(metadata).toMatchObject({
      KeySpec: 'SYMMETRIC_DEFAULT',
      KeyUsage: 'ENCRYPT_DECRYPT',
      MultiRegion: false,
    });
  });

  it('keeps Description, Tags and Policy', async () => {
    const Tags = [
      { TagKey: 'B', TagValue: '' },
      { TagKey: 'A', TagValue: '1' },
    ];
    const { id: KeyId, metadata } = await kms.createKey({
      Description: 'Ä \u{1f511}',
      Tags,
      Policy: rootPolicy(),
    });
    expect(metadata.Description).toBe('Ä \u{1f511}');
    const [described, tags, policy] = await Promise.all([
      kms.client.send(new DescribeKeyCommand({ KeyId })),
      kms.client.send(new ListResourceTagsCommand({ KeyId })),
      kms.client.send(new GetKeyPolicyCommand({ KeyId })),
    ]);
    expect(described.KeyMetadata).toEqual(metadata);
    expect(tags.Tags).toEqual([...Tags].reverse());
    expect(JSON.parse(policy.Policy ?? '')).toEqual(JSON.parse(rootPolicy()));
  });

  it('takes a description of 8,192 characters', async () => {
    const Description = '\u{1f511}'.repeat(8192);
    expect((await kms.createKey({ Description })).metadata.Description).toBe(Description);
  });

  it('refuses a description of 8,193 characters with ValidationException', async () => {
    const Description = 'd'.repeat(8193);
    expect(await refused({ Description })).toEqual(
      constraintRefusal(
        `Value '${Description}' at 'description' failed to satisfy constraint: Member must have length less than or equal to 8192`,
      ),
    );
  });

  it('makes no key when it refuses', async () => {
    const count = async () => (await kms.client.send(new ListKeysCommand({ Limit: 1000 }))).Keys?.length;
    const before = await count();
    await refused({ Policy: '{' });
    await refused({ KeySpec: 'RSA_2048' });
    expect(await count()).toBe(before);
  });
});

describe('CreateKey: KeySpec and KeyUsage', () => {
  it('refuses KeySpec and CustomerMasterKeySpec in one request with ValidationException', async () => {
    const both = { KeySpec: 'SYMMETRIC_DEFAULT', CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' } as const;
    expect(await refused(both)).toEqual(
      refusal(
        'ValidationException',
        'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
      ),
    );
  });

  it.each(['RSA_2048', 'ECC_NIST_P256', 'HMAC_256', 'ML_DSA_44', 'ML_KEM_768', 'SM2'] as const)(
    'refuses the key spec %s without a KeyUsage with ValidationException',
    async (KeySpec) => {
      const text = 'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.';
      expect(await refused({ KeySpec })).toEqual(refusal('ValidationException', text));
    },
  );

  it.each(['SIGN_VERIFY', 'GENERATE_VERIFY_MAC', 'KEY_AGREEMENT', 'ENCAPSULATE_DECAPSULATE'] as const)(
    'refuses the KeyUsage %s for a symmetric encryption key with ValidationException',
    async (KeyUsage) => {
      const text = `KeyUsage ${KeyUsage} is not compatible with KeySpec SYMMETRIC_DEFAULT`;
      expect(await refused({ KeyUsage })).toEqual(refusal('ValidationException', text));
      expect(await refused({ KeyUsage, KeySpec: 'SYMMETRIC_DEFAULT' })).toEqual(
        refusal('ValidationException', text),
      );
    },
  );

  it('refuses the key spec SM2 outside the Regions in China with UnsupportedOperationException', async () => {
    expect(await refused({ KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' })).toEqual(
      refusal('UnsupportedOperationException', 'KeySpec SM2 is not supported in eu-west-2.'),
    );
  });

  it('refuses an unknown key spec with ValidationException and the value set', async () => {
    const { name, message } = await refused({ KeySpec: 'AES_256' as KeySpec });
    expect(name).toBe('ValidationException');
    expect(message).toMatch(
      /^1 validation error detected: Value 'AES_256' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: \[.*\bSYMMETRIC_DEFAULT\b.*\]$/,
    );
  });

  it('refuses a newer key spec in CustomerMasterKeySpec, which ended before it, with ValidationException', async () => {
    const input = {
      CustomerMasterKeySpec: 'ML_DSA_44' as CustomerMasterKeySpec,
      KeyUsage: 'SIGN_VERIFY',
    } as const;
    const { name, message } = await refused(input);
    expect(name).toBe('ValidationException');
    expect(message).toContain("Value 'ML_DSA_44' at 'customerMasterKeySpec' failed to satisfy constraint");
  });
});

describe('CreateKey: what this version does not support', () => {
  const unsupported = (text: string) =>
    refusal('UnsupportedOperationException', `${text} not supported by this version.`);
  const cases: readonly (readonly [CreateKeyCommandInput, Refusal])[] = [
    [{ Origin: 'AWS_CLOUDHSM' }, unsupported('Origin AWS_CLOUDHSM is')],
    [{ Origin: 'EXTERNAL_KEY_STORE' }, unsupported('Origin EXTERNAL_KEY_STORE is')],
    [{ XksKeyId: 'x' }, unsupported('XksKeyId is')],
    [
      { CustomKeyStoreId: 'cks-1234567890abcdef0', Origin: 'AWS_CLOUDHSM' },
      refusal(
        'CustomKeyStoreNotFoundException',
        'The custom key store with ID cks-1234567890abcdef0 cannot be found.',
      ),
    ],
  ];
  it.each(cases)('refuses %j', async (input, expected) => {
    expect(await refused(input)).toEqual(expected);
  });

  it('refuses an origin that is none with ValidationException', async () => {
    expect(await refused({ Origin: 'AWS' as OriginType })).toEqual(
      constraintRefusal(
        "Value 'AWS' at 'origin' failed to satisfy constraint: Member must satisfy enum value set: " +
          '[AWS_KMS, EXTERNAL, AWS_CLOUDHSM, EXTERNAL_KEY_STORE]',
      ),
    );
  });
});

describe('CreateKey: Policy', () => {
  const lockedOut = refusal(
    'MalformedPolicyDocumentException',
    'The new key policy will not allow you to update the key policy in the future.',
  );
  const invalidPrincipals = 'Policy contains a statement with one or more invalid principals.';
  const forService = policyFor({ Service: 'logs.eu-west-2.amazonaws.com' });

  it('refuses a policy under which the caller could not call PutKeyPolicy with MalformedPolicyDocumentException', async () => {
    expect(await refused({ Policy: forService })).toEqual(lockedOut);
  });

  it('takes such a policy with BypassPolicyLockoutSafetyCheck', async () => {
    const { metadata } = await kms.createKey({ Policy: forService, BypassPolicyLockoutSafetyCheck: true });
    expect(metadata.KeyState).toBe('Enabled');
  });

  it('counts BypassPolicyLockoutSafetyCheck false as absent', async () => {
    expect(await refused({ Policy: forService, BypassPolicyLockoutSafetyCheck: false })).toEqual(lockedOut);
  });

  it.each([
    ['an account that does not exist', { AWS: '111122223333' }],
    ['the root of an account that does not exist', { AWS: 'arn:aws:iam::111122223333:root' }],
    ['a user that does not exist', { AWS: `arn:aws:iam::${accountId}:user/nobody` }],
    ['a role that does not exist', { AWS: `arn:aws:iam::${accountId}:role/none` }],
    ['a known and an unknown principal', { AWS: [rootArn, 'arn:aws:iam::111122223333:root'] }],
  ])('refuses %s as a principal with MalformedPolicyDocumentException', async (_who, Principal) => {
    const expected = refusal('MalformedPolicyDocumentException', invalidPrincipals);
    expect(await refused({ Policy: policyFor(Principal), BypassPolicyLockoutSafetyCheck: true })).toEqual(
      expected,
    );
  });

  it.each([
    ['a group', { AWS: `arn:aws:iam::${accountId}:group/g` }],
    ['a wildcard inside a principal', { AWS: `arn:aws:iam::${accountId}:user/*` }],
    ['text that is no principal', { AWS: 'somebody' }],
  ])('refuses %s as a principal with MalformedPolicyDocumentException', async (_who, Principal) => {
    const { name, message } = await refused({ Policy: policyFor(Principal) });
    expect(name).toBe('MalformedPolicyDocumentException');
    expect(message.startsWith(invalidPrincipals)).toBe(true);
  });

  it.each([{ AWS: accountId }, { AWS: rootArn }, { AWS: [rootArn] }, '*', { AWS: '*' }])(
    'takes the principal %j, which lets the caller in',
    async (Principal) => {
      expect((await kms.createKey({ Policy: policyFor(Principal) })).metadata.Enabled).toBe(true);
    },
  );

  it('refuses an empty policy with ValidationException', async () => {
    const { name, message } = await refused({ Policy: '' });
    expect(name).toBe('ValidationException');
    expect(message).toContain(
      "Value '' at 'policy' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  });

  it('refuses a policy of more than 32,768 bytes with LimitExceededException', async () => {
    const Policy = rootPolicy().padEnd(32_769);
    expect(await refused({ Policy })).toEqual(
      refusal('LimitExceededException', 'The key policy document is larger than the quota of 32768 bytes.'),
    );
    expect((await kms.createKey({ Policy: rootPolicy().padEnd(32_768) })).metadata.Enabled).toBe(true);
  });
});

describe('CreateKey: Tags', () => {
  const tags = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ TagKey: `t${at}`, TagValue: '' }));

  it('takes 50 tags', async () => {
    expect((await kms.createKey({ Tags: tags(50) })).metadata.Enabled).toBe(true);
  });

  it.each([
    ['51 tags', tags(51), 'Too many tags'],
    ['a tag key twice', [...tags(1), ...tags(1)], 'Duplicate tag keys'],
    [
      'a tag key that begins with aws:',
      [{ TagKey: 'aws:x', TagValue: '' }],
      'Tags beginning with aws: are reserved',
    ],
  ])('refuses %s with TagException', async (_what, Tags, text) => {
    expect(await refused({ Tags })).toEqual(refusal('TagException', text));
  });

  it('refuses a tag without a value with ValidationException', async () => {
    expect(await refused({ Tags: [{ TagKey: 'x', TagValue: undefined }] })).toEqual(
      constraintRefusal(
        "Value null at 'tags.1.member.tagValue' failed to satisfy constraint: Member must not be null",
      ),
    );
  });
});
