import { arns, own } from '../cast.ts';
import { conditionCases, encrypting, plainly } from '../condition-case.ts';
import { denied, no, type DecisionCase } from '../decision-case.ts';
import { lets, permits, prohibits, when } from '../statements.ts';

const page = 'IAM policy elements: Variables and tags';
const user = 'kms:EncryptionContext:User';

const values = conditionCases(page, [
  [
    '${aws:username} stands for the user’s name.',
    { StringEquals: { [user]: '${aws:username}' } },
    encrypting({ User: 'alice' }),
    'met',
  ],
  [
    '${aws:username} does not stand for another name.',
    { StringEquals: { [user]: '${aws:username}' } },
    encrypting({ User: 'bob' }),
    'not met',
  ],
  [
    'A variable stands within a pattern.',
    { StringLike: { [user]: '${aws:username}/*' } },
    encrypting({ User: 'alice/home' }),
    'met',
  ],
  [
    '${aws:PrincipalTag/team} stands for the tag of the user.',
    { StringEquals: { [user]: '${aws:PrincipalTag/team}' } },
    encrypting({ User: 'blue' }),
    'met',
  ],
  [
    'A variable of a tag that the user does not have matches nothing.',
    { StringEquals: { [user]: '${aws:PrincipalTag/none}' } },
    encrypting({ User: '' }),
    'not met',
  ],
  [
    'A variable may have a default.',
    { StringEquals: { [user]: "${aws:PrincipalTag/none, 'guest'}" } },
    encrypting({ User: 'guest' }),
    'met',
  ],
  [
    'The default does not stand where the variable has a value.',
    { StringEquals: { [user]: "${aws:PrincipalTag/team, 'guest'}" } },
    encrypting({ User: 'guest' }),
    'not met',
  ],
  ['${*} is a plain asterisk.', { StringLike: { [user]: '${*}' } }, encrypting({ User: '*' }), 'met'],
  ['${*} is no wildcard.', { StringLike: { [user]: '${*}' } }, encrypting({ User: 'alice' }), 'not met'],
  [
    '${aws:PrincipalAccount} stands for the account.',
    { StringEquals: { 'kms:CallerAccount': '${aws:PrincipalAccount}' } },
    plainly,
    'met',
  ],
]);

/** Variables in policies. */
export const policyVariableCases: readonly DecisionCase[] = [
  ...values,
  {
    name: 'In the older language a variable is plain text.',
    page: 'IAM JSON policy elements: Version',
    principal: 'alice',
    policyVersion: '2008-10-17',
    keyPolicy: [lets({ AWS: arns.alice }, 'kms:*', when({ StringEquals: { [user]: '${aws:username}' } }))],
    ...encrypting({ User: 'alice' }),
    expected: no('resource-based policy'),
  },
  {
    name: 'A variable in a resource allows the user’s own aliases.',
    page,
    principal: 'alice',
    identity: [
      [
        permits('kms:DeleteAlias', {
          Resource: [
            `arn:aws:kms:us-east-1:${own}:alias/\${aws:PrincipalTag/kind, 'test'}`,
            `arn:aws:kms:us-east-1:${own}:key/*`,
          ],
        }),
      ],
    ],
    key: { aliases: ['alias/test'] },
    request: {
      operation: 'DeleteAlias',
      asks: [
        { action: 'kms:DeleteAlias', on: 'alias' },
        { action: 'kms:DeleteAlias', on: 'key' },
      ],
    },
    expected: 'allow',
  },
  {
    name: 'A variable in a resource leaves other aliases out.',
    page,
    principal: 'alice',
    identity: [
      [
        permits('kms:DeleteAlias', {
          Resource: [
            `arn:aws:kms:us-east-1:${own}:alias/\${aws:username}`,
            `arn:aws:kms:us-east-1:${own}:key/*`,
          ],
        }),
      ],
    ],
    key: { aliases: ['alias/test'] },
    request: {
      operation: 'DeleteAlias',
      asks: [
        { action: 'kms:DeleteAlias', on: 'alias' },
        { action: 'kms:DeleteAlias', on: 'key' },
      ],
    },
    expected: no('identity-based policy', 'kms:DeleteAlias'),
  },
  {
    name: '${aws:userid} of a session ends with its name.',
    page,
    principal: 'app one',
    keyPolicy: [lets({ AWS: arns.app }, 'kms:*', when({ StringLike: { 'aws:userid': 'AROA*:one' } }))],
    request: { operation: 'Encrypt' },
    expected: 'allow',
  },
  {
    name: 'A session has no ${aws:username}.',
    page,
    principal: 'app one',
    keyPolicy: [lets({ AWS: arns.app }, 'kms:*', when({ StringEquals: { [user]: '${aws:username}' } }))],
    ...encrypting({ User: 'app' }),
    expected: no('resource-based policy'),
  },
  {
    name: 'A Deny with a variable denies what the variable does not stand for.',
    page,
    principal: 'alice',
    identity: [
      [permits('kms:*'), prohibits('kms:Encrypt', when({ StringNotEquals: { [user]: '${aws:username}' } }))],
    ],
    ...encrypting({ User: 'bob' }),
    expected: denied('identity-based policy'),
  },
  {
    name: 'A Deny with a variable spares what the variable stands for.',
    page,
    principal: 'alice',
    identity: [
      [permits('kms:*'), prohibits('kms:Encrypt', when({ StringNotEquals: { [user]: '${aws:username}' } }))],
    ],
    ...encrypting({ User: 'alice' }),
    expected: 'allow',
  },
];
