import { describe, expect, expectTypeOf, it } from 'vitest';
import * as model from './index.ts';
import { AwsError, type DecodedOf, type InputOf, type Members, required, validateInput } from './index.ts';

const encrypt = {
  KeyId: required(model.keyId),
  Plaintext: required(model.plaintext),
  EncryptionContext: model.encryptionContext,
  GrantTokens: model.grantTokens,
  EncryptionAlgorithm: model.encryptionAlgorithm,
  DryRun: model.flag(),
};

function refusedText<M extends Members>(members: M, input: DecodedOf<M>): string | undefined {
  try {
    validateInput<M>(members, input);
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ValidationException') return error.text;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** The errors after the heading, which counts them. */
function listed(text: string | undefined): readonly string[] {
  const [heading, errors] = (text ?? '').split(' detected: ', 2);
  const texts = (errors ?? '').split('; ');
  expect(heading).toBe(texts.length === 1 ? '1 validation error' : `${texts.length} validation errors`);
  return texts;
}

describe('validating an input', () => {
  it('accepts values at their limits', () => {
    validateInput(encrypt, {
      KeyId: 'k'.repeat(2048),
      Plaintext: Buffer.alloc(4096),
      GrantTokens: Array.from({ length: 10 }, () => 't'),
      EncryptionContext: new Map([['', '']]),
    });
    validateInput({ Limit: model.limit }, { Limit: 1000 });
    validateInput({ Tags: required(model.tags) }, { Tags: [{ TagKey: 'k', TagValue: '' }] });
  });

  it('accepts a text whose code points are within the limit though its UTF-16 units are not', () => {
    validateInput({ Description: model.description }, { Description: '😀'.repeat(8192) });
  });

  it('makes required members and the values of enumerations certain for the compiler', () => {
    expectTypeOf<InputOf<typeof encrypt>>().toEqualTypeOf<{
      readonly KeyId: string;
      readonly Plaintext: Buffer;
      readonly EncryptionContext?: ReadonlyMap<string, string> | undefined;
      readonly GrantTokens?: readonly string[] | undefined;
      readonly EncryptionAlgorithm?: model.EncryptionAlgorithm | undefined;
      readonly DryRun?: boolean | undefined;
    }>();
    expectTypeOf<DecodedOf<typeof encrypt>['KeyId']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<DecodedOf<typeof encrypt>['EncryptionAlgorithm']>().toEqualTypeOf<string | undefined>();
    const input: DecodedOf<typeof encrypt> = { KeyId: 'k', Plaintext: Buffer.alloc(1) };
    validateInput(encrypt, input);
    expectTypeOf(input.KeyId).toEqualTypeOf<string>();
    expectTypeOf(input.EncryptionAlgorithm).toEqualTypeOf<model.EncryptionAlgorithm | undefined>();
  });

  it('refuses the absence of a required member', () => {
    expect(refusedText({ KeyId: required(model.keyId) }, {})).toBe(
      "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null",
    );
  });

  it('names a member of a list item by its 1-based place', () => {
    const Tags = [{ TagKey: 'a', TagValue: 'b' }, { TagKey: 'c' }];
    expect(refusedText({ Tags: required(model.tags) }, { Tags })).toBe(
      "1 validation error detected: Value null at 'tags.2.member.tagValue' failed to satisfy constraint: " +
        'Member must not be null',
    );
  });

  it('names a value of a map by its key', () => {
    const members = { Constraints: model.stringMap({ value: model.string({ max: 2 }) }) };
    expect(
      refusedText(members, {
        Constraints: new Map([
          ['a', 'b'],
          ['dept', 'xyz'],
        ]),
      }),
    ).toBe(
      "1 validation error detected: Value 'xyz' at 'constraints.dept.member' failed to satisfy constraint: " +
        'Member must have length less than or equal to 2',
    );
  });

  it('refuses a key of a map that breaks its limits', () => {
    const members = { Map: model.stringMap({ key: model.string({ min: 1 }) }) };
    expect(listed(refusedText(members, { Map: new Map([['', 'v']]) }))).toHaveLength(1);
  });

  it.each([
    [
      { KeyId: model.keyId },
      { KeyId: '' },
      "Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      { KeyId: model.keyId },
      { KeyId: 'k'.repeat(2049) },
      `Value '${'k'.repeat(2049)}' at 'keyId' failed to satisfy constraint: Member must have length less than or equal to 2048`,
    ],
    [
      { NumberOfBytes: model.numberOfBytes },
      { NumberOfBytes: 1025 },
      "Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024",
    ],
    [
      { NumberOfBytes: model.numberOfBytes },
      { NumberOfBytes: 0 },
      "Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      { KeySpec: model.dataKeySpec },
      { KeySpec: 'AES_512' },
      "Value 'AES_512' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [AES_256, AES_128]",
    ],
    [
      { AliasName: model.aliasName },
      { AliasName: 'alias/a b' },
      "Value 'alias/a b' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$",
    ],
    [
      { PolicyName: model.policyName },
      { PolicyName: 'default\n' },
      String.raw`Value 'default${'\n'}' at 'policyName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w]+`,
    ],
    [
      { Policy: model.policy },
      { Policy: '{"a":"€"}' },
      String.raw`Value '{"a":"€"}' at 'policy' failed to satisfy constraint: Member must satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+`,
    ],
    [
      { DryRunModifiers: model.dryRunModifiers },
      { DryRunModifiers: ['X'] },
      "Value 'X' at 'dryRunModifiers.1.member' failed to satisfy constraint: Member must satisfy enum value set: [IGNORE_CIPHERTEXT]",
    ],
    [
      { GrantTokens: model.grantTokens },
      { GrantTokens: Array.from('abcdefghijk') },
      "Value '[a, b, c, d, e, f, g, h, i, j, k]' at 'grantTokens' failed to satisfy constraint: Member must have length less than or equal to 10",
    ],
    [
      { RotationPeriodInDays: model.rotationPeriodInDays },
      { RotationPeriodInDays: 89 },
      "Value '89' at 'rotationPeriodInDays' failed to satisfy constraint: Member must have value greater than or equal to 90",
    ],
  ])(
    'refuses a value that breaks a length, a range, an enumeration or a pattern (case %#)',
    (members: Members, input, expected) => {
      expect(refusedText(members, input)).toBe(`1 validation error detected: ${expected}`);
    },
  );

  it('counts code points, so that one astral character is not two', () => {
    expect(listed(refusedText({ Id: model.string({ min: 2 }) }, { Id: '😀' }))).toHaveLength(1);
    expect(listed(refusedText({ Value: model.tagValue }, { Value: '😀'.repeat(257) }))).toHaveLength(1);
  });

  it('reports length and pattern when both fail', () => {
    const text = refusedText({ AliasName: model.aliasName }, { AliasName: ' '.repeat(257) });
    expect(listed(text).map((error) => error.replace(/.*constraint: /, ''))).toEqual([
      'Member must have length less than or equal to 256',
      'Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$',
    ]);
  });

  it('never shows a blob or a sensitive value', () => {
    const members = {
      Plaintext: model.plaintext,
      CiphertextBlob: model.ciphertext,
      KeyStorePassword: model.string({ min: 7, max: 8, pattern: '^[a-z]+$', sensitive: true }),
      Secrets: model.list(model.string({ max: 3, sensitive: true }), { max: 0 }),
      Map: model.stringMap({ max: 0, value: model.string({ max: 3, sensitive: true }) }),
      Tags: model.list(model.tag, { max: 0 }),
    };
    const secret = 'SECRET-SECRET';
    const text = refusedText(members, {
      Plaintext: Buffer.alloc(5000, secret),
      CiphertextBlob: Buffer.alloc(7000, secret),
      KeyStorePassword: secret,
      Secrets: [secret],
      Map: new Map([['a', secret]]),
      Tags: [{ TagKey: secret, TagValue: '' }],
    });
    expect(listed(text)).toContain(
      "Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
    );
    expect(listed(text)).toHaveLength(9);
    expect(text).not.toContain('SECRET');
    expect(text).not.toContain(Buffer.from(secret).toString('base64').slice(0, 8));
  });

  it('refuses an empty plaintext without showing a value', () => {
    expect(listed(refusedText(encrypt, { KeyId: 'k', Plaintext: Buffer.alloc(0) }))).toEqual([
      "Value at 'plaintext' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ]);
  });

  it('reports every broken member, and ten errors at most', () => {
    expect(listed(refusedText(encrypt, { EncryptionAlgorithm: 'X', GrantTokens: [''] }))).toHaveLength(4);
    const TagKeys = Array.from({ length: 1000 }, () => '');
    expect(listed(refusedText({ TagKeys: model.tagKeys }, { TagKeys }))).toHaveLength(10);
  });
});
