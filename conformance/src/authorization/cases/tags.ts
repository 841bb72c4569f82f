import { denied, no, type DecisionCase } from '../decision-case.ts';
import { alice, lets, permits, prohibits, when } from '../statements.ts';

const abac = 'ABAC for AWS KMS';
const tagged = { tags: { Project: 'Alpha' } };
const ofAlpha = { 'aws:ResourceTag/Project': 'Alpha' };

/** Access by tags, of the key, of the caller, and of the request. */
export const tagCases: readonly DecisionCase[] = [
  {
    name: 'An IAM policy allows keys of a tag.',
    page: abac,
    principal: 'alice',
    key: tagged,
    identity: [[permits('kms:Encrypt', when({ StringEquals: ofAlpha }))]],
    request: { operation: 'Encrypt' },
    values: ofAlpha,
    expected: 'allow',
  },
  {
    name: 'An IAM policy for keys of a tag does not allow keys without it.',
    page: abac,
    principal: 'alice',
    identity: [[permits('kms:Encrypt', when({ StringEquals: ofAlpha }))]],
    request: { operation: 'Encrypt' },
    expected: no('identity-based policy'),
  },
  {
    name: 'A Deny of keys of a tag denies them.',
    page: abac,
    principal: 'alice',
    key: tagged,
    identity: [[permits('kms:*'), prohibits('kms:*', when({ StringEquals: ofAlpha }))]],
    request: { operation: 'Encrypt' },
    values: ofAlpha,
    expected: denied('identity-based policy'),
  },
  {
    name: 'A condition on the key’s tags in its key policy is never met.',
    page: abac,
    principal: 'alice',
    key: tagged,
    keyPolicy: [lets(alice, 'kms:Encrypt', when({ StringEquals: ofAlpha }))],
    request: { operation: 'Encrypt' },
    values: ofAlpha,
    expected: no('resource-based policy'),
  },
  {
    name: 'The tag of the user must be that of the key.',
    page: abac,
    principal: 'alice',
    key: { tags: { team: 'blue' } },
    identity: [
      [
        permits(
          'kms:Encrypt',
          when({ StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } }),
        ),
      ],
    ],
    request: { operation: 'Encrypt' },
    values: { 'aws:ResourceTag/team': 'blue' },
    expected: 'allow',
  },
  {
    name: 'A user of another tag than the key’s is refused.',
    page: abac,
    principal: 'bob',
    key: { tags: { team: 'blue' } },
    identity: [
      [
        permits(
          'kms:Encrypt',
          when({ StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } }),
        ),
      ],
    ],
    request: { operation: 'Encrypt' },
    values: { 'aws:ResourceTag/team': 'blue' },
    expected: no('identity-based policy'),
  },
  {
    name: 'A key policy lets users of a tag in.',
    page: 'AWS global condition context keys',
    principal: 'alice',
    keyPolicy: [lets('*', 'kms:Encrypt', when({ StringEquals: { 'aws:PrincipalTag/team': 'blue' } }))],
    request: { operation: 'Encrypt' },
    expected: 'allow',
  },
  {
    name: 'A key policy for users of a tag refuses the others.',
    page: 'AWS global condition context keys',
    principal: 'bob',
    keyPolicy: [lets('*', 'kms:Encrypt', when({ StringEquals: { 'aws:PrincipalTag/team': 'blue' } }))],
    request: { operation: 'Encrypt' },
    expected: no('resource-based policy'),
  },
  {
    name: 'aws:RequestTag limits the tags that a request adds.',
    page: 'Controlling access to tags',
    principal: 'alice',
    keyPolicy: [
      lets(alice, 'kms:TagResource', when({ StringEquals: { 'aws:RequestTag/Project': ['Alpha', 'Beta'] } })),
    ],
    request: { operation: 'TagResource', input: { Tags: [{ TagKey: 'Project', TagValue: 'Beta' }] } },
    values: { 'aws:RequestTag/Project': 'Beta', 'aws:TagKeys': ['Project'] },
    expected: 'allow',
  },
  {
    name: 'aws:RequestTag refuses a tag of another value.',
    page: 'Controlling access to tags',
    principal: 'alice',
    keyPolicy: [
      lets(alice, 'kms:TagResource', when({ StringEquals: { 'aws:RequestTag/Project': ['Alpha', 'Beta'] } })),
    ],
    request: { operation: 'TagResource', input: { Tags: [{ TagKey: 'Project', TagValue: 'Gamma' }] } },
    values: { 'aws:RequestTag/Project': 'Gamma', 'aws:TagKeys': ['Project'] },
    expected: no('resource-based policy'),
  },
  {
    name: 'aws:TagKeys limits the tags that a request takes away.',
    page: 'Controlling access to tags',
    principal: 'alice',
    key: tagged,
    keyPolicy: [
      lets(alice, 'kms:UntagResource', when({ 'ForAllValues:StringEquals': { 'aws:TagKeys': 'Stage' } })),
    ],
    request: { operation: 'UntagResource', input: { TagKeys: ['Project', 'Stage'] } },
    values: { 'aws:TagKeys': ['Project', 'Stage'] },
    expected: no('resource-based policy'),
  },
];
