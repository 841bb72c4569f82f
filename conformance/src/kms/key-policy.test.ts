import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  ListKeyPoliciesCommand,
  type ListKeyPoliciesCommandInput,
  PutKeyPolicyCommand,
  type PutKeyPolicyCommandInput,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import { refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import {
  accessDenied,
  accountId,
  constraintRefusal,
  invalidMarker,
  type KeyUnderTest,
  membersOf,
  refusal,
  rootArn,
  useKms,
} from './kms-under-test.ts';
import { requestsByAnyForm, requestsByIdOrArn, rootPolicy } from './requests.ts';

const kms = useKms();

const policyOf = async (KeyId: string) => (await kms.client.send(new GetKeyPolicyCommand({ KeyId }))).Policy;
const put = (KeyId: string, Policy: string | undefined, more: Partial<PutKeyPolicyCommandInput> = {}) =>
  kms.client.send(new PutKeyPolicyCommand({ KeyId, Policy, ...more }));
const bypass = { BypassPolicyLockoutSafetyCheck: true };

type StatementText = Readonly<Record<string, unknown>>;
const allowRoot: StatementText = {
  Effect: 'Allow',
  Principal: { AWS: rootArn },
  Action: 'kms:*',
  Resource: '*',
};
const policy = (...Statement: readonly StatementText[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement });

const malformed = (text: string) => refusal('MalformedPolicyDocumentException', text);
const lockedOut = malformed('The new key policy will not allow you to update the key policy in the future.');
const noSuchPolicy = refusal('NotFoundException', 'No such policy exists');
const explicitDeny = 'with an explicit deny in a resource-based policy';

/** "Default key policy", KMS Developer Guide, in the spelling of GetKeyPolicy. */
const defaultPolicy = `{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::${accountId}:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`;

describe('GetKeyPolicy', () => {
  it('answers the default key policy byte for byte, and its name', async () => {
    const { id: KeyId } = await kms.createKey();
    const expected = { Policy: defaultPolicy, PolicyName: 'default' };
    expect(membersOf(await kms.client.send(new GetKeyPolicyCommand({ KeyId })))).toEqual(expected);
    const named = new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' });
    expect(membersOf(await kms.client.send(named))).toEqual(expected);
  });

  it.each(['Default', 'other', '_'])(
    'refuses the policy name %s with NotFoundException',
    async (PolicyName) => {
      const { id: KeyId } = await kms.createKey();
      expect(await refusalOf(kms.client.send(new GetKeyPolicyCommand({ KeyId, PolicyName })))).toEqual(
        noSuchPolicy,
      );
    },
  );

  it('refuses a policy name outside the pattern with ValidationException', async () => {
    const { id: KeyId } = await kms.createKey();
    const request = new GetKeyPolicyCommand({ KeyId, PolicyName: 'de fault' });
    expect(await refusalOf(kms.client.send(request))).toEqual(
      constraintRefusal(
        String.raw`Value 'de fault' at 'policyName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w]+`,
      ),
    );
  });
});

describe('ListKeyPolicies', () => {
  const list = (input: ListKeyPoliciesCommandInput) => kms.client.send(new ListKeyPoliciesCommand(input));

  it.each([undefined, 1, 1000])('names the one policy, default, with the limit %s', async (Limit) => {
    const { id: KeyId } = await kms.createKey();
    expect(membersOf(await list({ KeyId, Limit }))).toEqual({ PolicyNames: ['default'], Truncated: false });
  });

  it('refuses any marker with InvalidMarkerException, for it gives out none', async () => {
    const { id: KeyId } = await kms.createKey();
    expect(await refusalOf(list({ KeyId, Marker: 'x' }))).toEqual(invalidMarker);
  });
});

describe('PutKeyPolicy', () => {
  it('replaces the whole policy and answers with an empty body', async () => {
    const { id } = await kms.createKey();
    const text = policy({ Sid: 'only', ...allowRoot });
    expect(membersOf(await put(id, text))).toEqual({});
    expect(JSON.parse((await policyOf(id)) ?? '')).toEqual(JSON.parse(text));
  });

  it('keeps a policy reformatted, spaces around each colon and two a level, in the order of the text', async () => {
    const { id } = await kms.createKey();
    await put(
      id,
      `{"Statement":[{"Resource":"*","Action":["kms:*","kms:Get*"],"Principal":{"AWS":["${accountId}"]},` +
        '"Effect":"Allow"},{"Effect":"Deny","Principal":"*","Action":"kms:Sign","Resource":"*",' +
        '"Condition":{"Bool":{"kms:BypassPolicyLockoutSafetyCheck":true}}}],\n\n"Version":"2012-10-17"}',
      bypass,
    );
    expect(await policyOf(id)).toBe(`{
  "Statement" : [ {
    "Resource" : "*",
    "Action" : [ "kms:*", "kms:Get*" ],
    "Principal" : {
      "AWS" : [ "${accountId}" ]
    },
    "Effect" : "Allow"
  }, {
    "Effect" : "Deny",
    "Principal" : "*",
    "Action" : "kms:Sign",
    "Resource" : "*",
    "Condition" : {
      "Bool" : {
        "kms:BypassPolicyLockoutSafetyCheck" : true
      }
    }
  } ],
  "Version" : "2012-10-17"
}`);
  });

  it('takes back what GetKeyPolicy answered, unchanged', async () => {
    const { id } = await kms.createKey();
    await put(id, await policyOf(id));
    expect(await policyOf(id)).toBe(defaultPolicy);
  });

  it('takes a key in every state', async () => {
    for (const state of ['Enabled', 'Disabled', 'PendingDeletion'] as const) {
      const { id } = await kms.createKeyInState(state);
      await put(id, policy({ Sid: state, ...allowRoot }));
      expect(await policyOf(id)).toContain(`"Sid" : "${state}"`);
    }
  });

  it('takes the name default and refuses another with NotFoundException', async () => {
    const { id } = await kms.createKey();
    await put(id, rootPolicy(), { PolicyName: 'default' });
    expect(await refusalOf(put(id, rootPolicy(), { PolicyName: 'mine' }))).toEqual(noSuchPolicy);
  });

  it('refuses a missing policy with ValidationException', async () => {
    const { id } = await kms.createKey();
    expect(await refusalOf(put(id, undefined))).toEqual(
      constraintRefusal("Value null at 'policy' failed to satisfy constraint: Member must not be null"),
    );
  });

  it('refuses a policy of more than 32,768 bytes with LimitExceededException', async () => {
    const { id } = await kms.createKey();
    await put(id, rootPolicy().padEnd(32_768));
    const expected = refusal(
      'LimitExceededException',
      'The key policy document is larger than the quota of 32768 bytes.',
    );
    expect(await refusalOf(put(id, rootPolicy().padEnd(32_769)))).toEqual(expected);
    // Bytes count, not characters: this letter takes two.
    const wide = policy({ Sid: 'ä'.repeat(16_384), ...allowRoot });
    expect(wide.length).toBeLessThan(32_768);
    expect(await refusalOf(put(id, wide))).toEqual(expected);
  });

  it('refuses a policy of more than 131,072 characters with ValidationException', async () => {
    const { id } = await kms.createKey();
    const { name, message } = await refusalOf(put(id, rootPolicy().padEnd(131_073)));
    expect(name).toBe('ValidationException');
    expect(message).toMatch(
      / at 'policy' failed to satisfy constraint: Member must have length less than or equal to 131072$/,
    );
  });

  it('refuses a character above U+00FF with ValidationException', async () => {
    const { id } = await kms.createKey();
    const { name, message } = await refusalOf(put(id, policy({ Sid: '值', ...allowRoot })));
    expect(name).toBe('ValidationException');
    expect(message).toContain(
      String.raw`Member must satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+`,
    );
  });
});

describe('a malformed policy document', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['that is not JSON', '{"Statement":'],
    ['with text behind it', `${rootPolicy()}x`],
    ['that is a list', '[]'],
    ['that is a string', '"policy"'],
    ['without statements', '{"Version":"2012-10-17"}'],
    ['with an empty list of statements', '{"Version":"2012-10-17","Statement":[]}'],
    ['of an unknown version', JSON.stringify({ Version: '2020-01-01', Statement: [allowRoot] })],
    ['with a member that no policy has', JSON.stringify({ Statement: [allowRoot], Comment: 'x' })],
    ['with an element that no statement has', policy({ ...allowRoot, Actions: 'kms:*' })],
    ['without an effect', policy({ ...allowRoot, Effect: undefined })],
    ['with an effect that is none', policy({ ...allowRoot, Effect: 'Permit' })],
    ['without a principal', policy({ ...allowRoot, Principal: undefined })],
    ['with both Principal and NotPrincipal', policy({ ...allowRoot, NotPrincipal: { AWS: rootArn } })],
    ['with both Action and NotAction', policy({ ...allowRoot, NotAction: 'kms:Sign' })],
    [
      'with an operator that does not exist',
      policy({ ...allowRoot, Condition: { Like: { 'kms:ViaService': 'x' } } }),
    ],
    ['with one Sid twice', policy({ Sid: 'a', ...allowRoot }, { Sid: 'a', ...allowRoot })],
    ['with a member twice', rootPolicy().replace('"Version":', '"Version":"2012-10-17","Version":')],
  ];

  it.each(cases)(
    '%s is refused with MalformedPolicyDocumentException and changes nothing',
    async (_what, text) => {
      const { id } = await kms.createKey();
      const { name, message, status } = await refusalOf(put(id, text, bypass));
      expect([name, status]).toEqual(['MalformedPolicyDocumentException', 400]);
      expect(message).toMatch(/\.$/);
      expect(await policyOf(id)).toBe(defaultPolicy);
    },
  );

  it('is refused although the lockout safety check is bypassed: a principal that does not exist', async () => {
    const { id } = await kms.createKey();
    const text = policy(allowRoot, { ...allowRoot, Principal: { AWS: '111122223333' } });
    expect(await refusalOf(put(id, text, bypass))).toEqual(
      malformed('Policy contains a statement with one or more invalid principals.'),
    );
  });

  it.each(['Action', 'Resource'])(
    'does not include a statement without %s, which has no effect',
    async (element) => {
      const { id } = await kms.createKey();
      await put(id, policy(allowRoot, { ...allowRoot, Effect: 'Deny', [element]: undefined }));
      expect(JSON.parse((await policyOf(id)) ?? '')).toMatchObject({
        Statement: [{ Effect: 'Allow' }, { Effect: 'Deny' }],
      });
      expect(await refusalOf(put(id, policy({ ...allowRoot, [element]: undefined })))).toEqual(lockedOut);
    },
  );
});

describe('the lockout safety check', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['allows the caller something else only', policy({ ...allowRoot, Action: 'kms:Encrypt' })],
    ['allows a service only', policy({ ...allowRoot, Principal: { Service: 's3.amazonaws.com' } })],
    [
      'denies PutKeyPolicy to everyone',
      policy(allowRoot, { ...allowRoot, Effect: 'Deny', Principal: '*', Action: 'kms:PutKeyPolicy' }),
    ],
    [
      'allows PutKeyPolicy on another resource',
      policy({ ...allowRoot, Resource: 'arn:aws:kms:eu-west-2:000000000000:alias/x' }),
    ],
  ];

  it.each(cases)('refuses a policy that %s with MalformedPolicyDocumentException', async (_what, text) => {
    const { id } = await kms.createKey();
    expect(await refusalOf(put(id, text))).toEqual(lockedOut);
    expect(await refusalOf(put(id, text, { BypassPolicyLockoutSafetyCheck: false }))).toEqual(lockedOut);
    expect(await policyOf(id)).toBe(defaultPolicy);
  });

  it.each(cases)('can be bypassed for a policy that %s; then PutKeyPolicy is denied', async (_what, text) => {
    const { id, arn } = await kms.createKey();
    await put(id, text, bypass);
    const { name, message } = await refusalOf(put(id, rootPolicy()));
    expect(name).toBe('AccessDeniedException');
    expect(message).toContain(`is not authorized to perform: kms:PutKeyPolicy on resource: ${arn} `);
  });

  it.each(['kms:*', 'kms:Put*', 'KMS:putkeypolicy', '*'])('counts the action %s', async (Action) => {
    const { id } = await kms.createKey();
    expect(membersOf(await put(id, policy({ ...allowRoot, Action })))).toEqual({});
  });
});

describe('what a key policy does to the root of its account', () => {
  const encrypt = (KeyId: string) =>
    kms.client.send(new EncryptCommand({ KeyId, Plaintext: new Uint8Array([1]) }));
  const describeKey = (KeyId: string) => kms.client.send(new DescribeKeyCommand({ KeyId }));

  async function keyWith(...statements: readonly StatementText[]): Promise<KeyUnderTest> {
    return kms.createKey({ Policy: policy(...statements), ...bypass });
  }

  it('an explicit deny wins over every allow, wherever it stands', async () => {
    const deny = { ...allowRoot, Effect: 'Deny', Action: ['kms:Encrypt', 'kms:ReEncrypt*'] };
    for (const statements of [
      [allowRoot, deny],
      [deny, allowRoot],
    ]) {
      const { id, arn } = await keyWith(...statements);
      expect(await refusalOf(encrypt(id))).toEqual(accessDenied('Encrypt', arn, explicitDeny));
      expect((await describeKey(id)).KeyMetadata?.Arn).toBe(arn);
    }
  });

  it('what no statement allows is denied, with another text than an explicit deny', async () => {
    const { id, arn } = await keyWith({ ...allowRoot, Action: ['kms:DescribeKey', 'kms:GetKeyPolicy'] });
    expect(await refusalOf(encrypt(id))).toEqual(accessDenied('Encrypt', arn));
    expect((await describeKey(id)).KeyMetadata?.Arn).toBe(arn);
  });

  const onKey = [...Object.entries(requestsByIdOrArn), ...Object.entries(requestsByAnyForm)].filter(
    ([name]) => name !== 'ListAliases' && name !== 'ReEncrypt' && name !== 'RetireGrant',
  );
  it.each(onKey)('without a statement for the root, %s is denied', async (name, request) => {
    const { id, arn } = await keyWith({ ...allowRoot, Principal: { Service: 's3.amazonaws.com' } });
    const subject = {
      KeyId: id,
      ciphertextBlob: new Uint8Array([1]),
      aliasName: 'alias/x',
      freeAliasName: 'alias/x',
    };
    expect(await refusalOf(request(kms.client, subject))).toEqual(accessDenied(name, arn));
  });

  it('a denied request is refused before the state of the key is looked at', async () => {
    const { id, arn } = await keyWith({ ...allowRoot, Action: ['kms:DisableKey', 'kms:PutKeyPolicy'] });
    await requestsByIdOrArn['DisableKey']?.(kms.client, {
      KeyId: id,
      ciphertextBlob: new Uint8Array(),
      aliasName: '',
      freeAliasName: '',
    });
    expect(await refusalOf(encrypt(id))).toEqual(accessDenied('Encrypt', arn));
  });

  it('a condition that is not met does not allow', async () => {
    const { id, arn } = await keyWith({
      ...allowRoot,
      Condition: { StringEquals: { 'kms:ViaService': 's3.eu-west-2.amazonaws.com' } },
    });
    expect(await refusalOf(encrypt(id))).toEqual(accessDenied('Encrypt', arn));
  });

  it('a new policy counts from the next request on', async () => {
    const { id, arn } = await kms.createKey();
    await encrypt(id);
    await put(id, policy({ ...allowRoot, Action: ['kms:PutKeyPolicy'] }));
    expect(await refusalOf(encrypt(id))).toEqual(accessDenied('Encrypt', arn));
    await put(id, rootPolicy());
    expect((await encrypt(id)).KeyId).toBe(arn);
  });

  it('CreateAlias needs a permission on the key as well', async () => {
    const { id, arn } = await keyWith({ ...allowRoot, Action: ['kms:PutKeyPolicy', 'kms:DescribeKey'] });
    const request = new CreateAliasCommand({ AliasName: kms.newAliasName(), TargetKeyId: id });
    expect(await refusalOf(kms.client.send(request))).toEqual(accessDenied('CreateAlias', arn));
  });

  it('DeleteAlias needs a permission on the key, UpdateAlias on the current key and on the new one', async () => {
    const strict = await keyWith({ ...allowRoot, Action: ['kms:PutKeyPolicy', 'kms:CreateAlias'] });
    const open = await kms.createKey();
    const [onStrict, onOpen] = [kms.newAliasName(), kms.newAliasName()];
    await kms.client.send(new CreateAliasCommand({ AliasName: onStrict, TargetKeyId: strict.id }));
    await kms.client.send(new CreateAliasCommand({ AliasName: onOpen, TargetKeyId: open.id }));
    const update = (AliasName: string, TargetKeyId: string) =>
      refusalOf(kms.client.send(new UpdateAliasCommand({ AliasName, TargetKeyId })));
    expect(await update(onStrict, open.id)).toEqual(accessDenied('UpdateAlias', strict.arn));
    expect(await update(onOpen, strict.id)).toEqual(accessDenied('UpdateAlias', strict.arn));
    const remove = kms.client.send(new DeleteAliasCommand({ AliasName: onStrict }));
    expect(await refusalOf(remove)).toEqual(accessDenied('DeleteAlias', strict.arn));
  });
});
