import { conditionCases, encrypting, plainly } from '../condition-case.ts';
import { denied, type DecisionCase } from '../decision-case.ts';
import { alice, forbids, lets, when } from '../statements.ts';

const page = 'IAM JSON policy elements: Condition operators';
const purpose = 'kms:EncryptionContext:Purpose';
const test = encrypting({ Purpose: 'Test' });

const operators = conditionCases(page, [
  ['StringEquals is met by the same text.', { StringEquals: { [purpose]: 'Test' } }, test, 'met'],
  ['StringEquals is not met by other case.', { StringEquals: { [purpose]: 'test' } }, test, 'not met'],
  ['StringEquals takes wildcards as letters.', { StringEquals: { [purpose]: 'T*' } }, test, 'not met'],
  ['StringEquals is not met without the key.', { StringEquals: { [purpose]: 'Test' } }, plainly, 'not met'],
  ['Any one value may match.', { StringEquals: { [purpose]: ['Live', 'Test'] } }, test, 'met'],
  ['StringNotEquals is met by another text.', { StringNotEquals: { [purpose]: 'Live' } }, test, 'met'],
  [
    'StringNotEquals is not met by the same text.',
    { StringNotEquals: { [purpose]: 'Test' } },
    test,
    'not met',
  ],
  ['StringNotEquals is met without the key.', { StringNotEquals: { [purpose]: 'Test' } }, plainly, 'met'],
  [
    'StringNotEquals is not met by any of its values.',
    { StringNotEquals: { [purpose]: ['Live', 'Test'] } },
    test,
    'not met',
  ],
  [
    'StringEqualsIgnoreCase is met by other case.',
    { StringEqualsIgnoreCase: { [purpose]: 'tEST' } },
    test,
    'met',
  ],
  [
    'StringNotEqualsIgnoreCase is not met by other case.',
    { StringNotEqualsIgnoreCase: { [purpose]: 'tEST' } },
    test,
    'not met',
  ],
  ['StringLike takes * for any text.', { StringLike: { [purpose]: 'T*t' } }, test, 'met'],
  ['StringLike takes ? for one character.', { StringLike: { [purpose]: 'Te?t' } }, test, 'met'],
  [
    'StringLike is not met by what its pattern leaves out.',
    { StringLike: { [purpose]: '?est' } },
    encrypting({ Purpose: 'est' }),
    'not met',
  ],
  ['StringLike heeds case.', { StringLike: { [purpose]: 't*' } }, test, 'not met'],
  [
    'StringNotLike is met by what its pattern leaves out.',
    { StringNotLike: { [purpose]: 'Live*' } },
    test,
    'met',
  ],
  [
    'StringNotLike is not met by what its pattern includes.',
    { StringNotLike: { [purpose]: '*es*' } },
    test,
    'not met',
  ],
  ['IfExists is met without the key.', { StringEqualsIfExists: { [purpose]: 'Test' } }, plainly, 'met'],
  ['IfExists asks the key that is there.', { StringEqualsIfExists: { [purpose]: 'Live' } }, test, 'not met'],
  ['StringLikeIfExists is met by its pattern.', { StringLikeIfExists: { [purpose]: 'T*' } }, test, 'met'],
  ['Null true is met without the key.', { Null: { [purpose]: 'true' } }, plainly, 'met'],
  ['Null true is not met with the key.', { Null: { [purpose]: 'true' } }, test, 'not met'],
  ['Null false is met with the key.', { Null: { [purpose]: 'false' } }, test, 'met'],
  ['Null false is not met without the key.', { Null: { [purpose]: 'false' } }, plainly, 'not met'],
]);

const several = conditionCases('IAM JSON policy elements: Conditions with multiple context keys or values', [
  [
    'All keys of an operator must be met.',
    { StringEquals: { [purpose]: 'Test', 'kms:EncryptionContext:Stage': 'one' } },
    encrypting({ Purpose: 'Test', Stage: 'one' }),
    'met',
  ],
  [
    'One key of an operator that is not met is enough to refuse.',
    { StringEquals: { [purpose]: 'Test', 'kms:EncryptionContext:Stage': 'one' } },
    encrypting({ Purpose: 'Test', Stage: 'two' }),
    'not met',
  ],
  [
    'All operators must be met.',
    { StringEquals: { [purpose]: 'Test' }, Null: { 'kms:EncryptionContext:Stage': 'true' } },
    test,
    'met',
  ],
  [
    'One operator that is not met is enough to refuse.',
    { StringEquals: { [purpose]: 'Test' }, Null: { 'kms:EncryptionContext:Stage': 'true' } },
    encrypting({ Purpose: 'Test', Stage: 'one' }),
    'not met',
  ],
]);

const names = conditionCases('AWS KMS condition keys', [
  [
    'Names of condition keys match whatever their case.',
    { StringEquals: { 'KMS:encryptioncontext:Purpose': 'Test' } },
    test,
    'met',
  ],
  [
    'The key of an encryption context matches whatever its case.',
    { StringEquals: { 'kms:EncryptionContext:PURPOSE': 'Test' } },
    test,
    'met',
  ],
  [
    'A condition on a key that no request has is not met.',
    { StringEquals: { 'kms:NoSuchKey': 'Test' } },
    test,
    'not met',
  ],
]);

/** Operators on text, and how conditions combine. */
export const stringConditionCases: readonly DecisionCase[] = [
  ...operators,
  ...several,
  ...names,
  {
    name: 'A Deny under a condition denies where it is met.',
    page,
    principal: 'alice',
    keyPolicy: [lets(alice), forbids('*', 'kms:Encrypt', when({ StringNotEquals: { [purpose]: 'Live' } }))],
    ...test,
    expected: denied('resource-based policy'),
  },
  {
    name: 'A Deny under a condition that is not met does not deny.',
    page,
    principal: 'alice',
    keyPolicy: [lets(alice), forbids('*', 'kms:Encrypt', when({ StringEquals: { [purpose]: 'Live' } }))],
    ...test,
    expected: 'allow',
  },
  {
    name: 'A Deny under StringNotEquals denies requests without the key.',
    page,
    principal: 'alice',
    keyPolicy: [lets(alice), forbids('*', 'kms:Encrypt', when({ StringNotEquals: { [purpose]: 'Live' } }))],
    ...plainly,
    expected: denied('resource-based policy'),
  },
];
