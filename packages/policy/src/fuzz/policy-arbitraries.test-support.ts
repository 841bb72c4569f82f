import fc from 'fast-check';
import type { DocumentKind } from '../document-kind.ts';
import type { PolicyRequest, RequestPrincipal } from '../request.ts';

const accounts = ['111122223333', '444455556666'];
const [account = ''] = accounts;

export const kinds = fc.constantFrom<DocumentKind>('key', 'identity', 'trust', 'control');

const operatorNames = [
  ...['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', 'StringLike'],
  ...['StringNotLike', 'NumericEquals', 'NumericNotEquals', 'NumericLessThan', 'NumericGreaterThanEquals'],
  ...['DateEquals', 'DateNotEquals', 'DateLessThanEquals', 'DateGreaterThan', 'Bool', 'BinaryEquals'],
  ...['IpAddress', 'NotIpAddress', 'ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike', 'Null'],
];

/** Operators with and without their prefixes and suffixes. */
export const operators = fc
  .tuple(
    fc.constantFrom('', '', '', 'ForAllValues:', 'ForAnyValue:'),
    fc.constantFrom(...operatorNames),
    fc.constantFrom('', '', 'IfExists'),
  )
  .map(([prefix, name, suffix]) => `${prefix}${name}${name === 'Null' ? '' : suffix}`);

export const conditionKeys = fc.constantFrom(
  'kms:ViaService',
  'KMS:viaservice',
  'kms:EncryptionContext:Team',
  'kms:EncryptionContextKeys',
  'aws:SourceIp',
  'aws:PrincipalTag/a b',
  'aws:CurrentTime',
  '__proto__',
  '',
);

/** Texts that mean something to one operator or another, and texts that nearly do. */
export const valueTexts = fc.oneof(
  fc.constantFrom(
    '',
    '*',
    '?',
    'a*b?',
    'true',
    'False',
    '7',
    '-7.5',
    '1e400',
    '2024-02-30',
    '2024-02-29T12:00Z',
  ),
  fc.constantFrom(
    '10.0.0.0/8',
    '::ffff:10.1.2.3',
    '10.0.0.1/33',
    'AA==',
    'A',
    'arn:aws:iam::1:root',
    'arn:*:*:*:*:*',
  ),
  fc.constantFrom('${aws:username}', "${x, 'y'}", '${*}', '${', '${}', '$', '${kms:EncryptionContextKeys}'),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', ':', '$', '{', '}', '/', '.', '-'), maxLength: 16 }),
);

function oneOrMore<Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<unknown> {
  return fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 }));
}

const conditions = fc.dictionary(
  operators,
  fc.dictionary(conditionKeys, oneOrMore(fc.oneof(valueTexts, fc.boolean(), fc.integer())), { maxKeys: 2 }),
  { maxKeys: 2 },
);

const arns = accounts.flatMap((id) => [
  `arn:aws:iam::${id}:root`,
  `arn:aws:iam::${id}:user/alice`,
  `arn:aws:iam::${id}:role/admin`,
  `arn:aws:sts::${id}:assumed-role/admin/monday`,
]);
const principalNames = fc.constantFrom(
  '*',
  'AIDAIOSFODNN7EXAMPLE1',
  'AROAIOSFODNN7EXAMPLE1',
  ...accounts,
  ...arns,
);
const principals = fc.oneof(
  fc.constant('*'),
  fc.record({ AWS: oneOrMore(principalNames) }),
  fc.record({ AWS: principalNames, Service: fc.constantFrom('s3.amazonaws.com', 'ec2.amazonaws.com') }),
);
const actions = oneOrMore(fc.constantFrom('*', 'kms:*', 'kms:Encrypt', 'KMS:*CRYPT', 'kms:?ncrypt', 's3:*'));
const resources = oneOrMore(
  fc.oneof(
    fc.constantFrom('*', '*', 'arn:aws:kms:*:*:key/*', 'arn:aws:kms:us-east-1:111122223333:key/a'),
    valueTexts.map((text) => `arn:aws:kms:us-east-1:111122223333:${text}`),
  ),
);

function either(name: string, values: fc.Arbitrary<unknown>): fc.Arbitrary<Record<string, unknown>> {
  const member = fc.constantFrom(name, name, name, `Not${name}`);
  return fc.tuple(member, values).map(([key, value]) => ({ [key]: value }));
}

const nothing = fc.constant({});

/** A statement that the kind accepts. */
function statementsOf(kind: DocumentKind): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .tuple(
      fc.record(
        { Effect: fc.constantFrom('Allow', 'Allow', 'Deny'), Condition: conditions },
        { requiredKeys: ['Effect'] },
      ),
      kind === 'key' || kind === 'trust' ? either('Principal', principals) : nothing,
      either('Action', actions),
      kind === 'trust' ? nothing : either('Resource', resources),
    )
    .map((members) => Object.assign({}, ...members) as Record<string, unknown>);
}

/** What a statement does not accept, or only at times. */
const misfits = fc.constantFrom<Record<string, unknown>>(
  { Sid: 'a' },
  { Sid: 'a b' },
  { Effect: 'allow' },
  { Principal: '*' },
  { Principal: { AWS: 'x' } },
  { Action: [] },
  { Resource: 'x' },
  { Resource: undefined },
  { Condition: { StringMatches: { a: 'b' } } },
  { Condition: { 'ForAllValues:Bool': { 'aws:PrincipalTag/a': true } } },
);

/** A policy of the kind, with now and then a member that does not fit. */
export const policies = kinds.chain((kind) => {
  const statement = fc
    .tuple(statementsOf(kind), fc.oneof({ weight: 9, arbitrary: nothing }, { weight: 1, arbitrary: misfits }))
    .map(([sound, misfit]) => ({ ...sound, ...misfit }));
  const Version = fc.constantFrom('2012-10-17', '2012-10-17', '2012-10-17', '2008-10-17');
  const Statement = fc.array(statement, { minLength: 1, maxLength: 4 });
  return fc.record({
    kind: fc.constant(kind),
    text: fc.record({ Version, Statement }).map((policy) => JSON.stringify(policy)),
  });
});

const callers: readonly RequestPrincipal[] = [
  { kind: 'root', accountId: account, arn: `arn:aws:iam::${account}:root`, principalId: account },
  {
    kind: 'user',
    accountId: account,
    arn: `arn:aws:iam::${account}:user/alice`,
    principalId: 'AIDAIOSFODNN7EXAMPLE1',
    userName: 'alice',
  },
  {
    kind: 'assumed-role',
    accountId: account,
    arn: `arn:aws:sts::${account}:assumed-role/admin/monday`,
    principalId: 'AROAIOSFODNN7EXAMPLE1:monday',
    roleArn: `arn:aws:iam::${account}:role/admin`,
    roleId: 'AROAIOSFODNN7EXAMPLE1',
    roleName: 'admin',
    sessionName: 'monday',
  },
  {
    kind: 'service',
    accountId: account,
    serviceName: 's3.amazonaws.com',
    arn: 's3.amazonaws.com',
    principalId: 's3.amazonaws.com',
  },
];

/** Values for keys in lower case, as requests give them. */
export const requestValues = fc
  .array(fc.tuple(conditionKeys, fc.array(valueTexts, { maxLength: 3 })), { maxLength: 6 })
  .map(
    (entries) =>
      new Map([
        ['aws:username', ['alice']],
        ...entries.map(([key, values]) => [key.toLowerCase(), values] as const),
      ]),
  );

export const requests: fc.Arbitrary<PolicyRequest> = fc.record({
  principal: fc.constantFrom(...callers),
  action: fc.constantFrom('kms:Encrypt', 'kms:Decrypt', 'kms:ReEncryptFrom', 's3:GetObject', ''),
  resource: fc.oneof(fc.constantFrom('arn:aws:kms:us-east-1:111122223333:key/a', '*'), valueTexts),
  conditions: requestValues,
});
