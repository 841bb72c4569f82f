import fc from 'fast-check';
import { arns, keyArn, other, own, type CastName } from './cast.ts';
import { contextValues } from './condition-case.ts';
import type { CaseGrant, CaseRequest, DecisionCase, PolicyText, StatementText } from './decision-case.ts';

const principals = fc.constantFrom(
  '*' as const,
  { AWS: arns.root },
  { AWS: own },
  { AWS: arns.alice },
  { AWS: arns.app },
  { AWS: [arns.appOne, arns.otherRoot] },
  { AWS: [other, arns.alice] },
  { AWS: arns.carol },
  { Service: 's3.amazonaws.com' },
);
const actions = fc.constantFrom<Partial<StatementText>>(
  { Action: 'kms:*' },
  { Action: 'kms:*' },
  { Action: 'kms:Encrypt' },
  { Action: ['kms:Decrypt', 'kms:Enc*'] },
  { NotAction: 'kms:Decrypt' },
);
const resources = fc.constantFrom<Partial<StatementText>>(
  { Resource: '*' },
  { Resource: '*' },
  { Resource: keyArn },
  { Resource: `${keyArn}0` },
  { Resource: `arn:aws:kms:us-east-1:${own}:key/\${aws:PrincipalTag/key}*` },
  { NotResource: `${keyArn}0` },
);
const conditions = fc.constantFrom<Partial<StatementText>>(
  {},
  {},
  {},
  { Condition: { StringEquals: { 'kms:EncryptionContext:Purpose': ['Test', 'Live'] } } },
  { Condition: { StringNotEquals: { 'kms:EncryptionContext:Purpose': 'Test' } } },
  { Condition: { 'ForAnyValue:StringLike': { 'kms:EncryptionContextKeys': 'P*' } } },
  { Condition: { StringEqualsIfExists: { 'kms:ViaService': '${aws:username}' } } },
  { Condition: { Null: { 'kms:ViaService': true }, StringLike: { 'aws:PrincipalTag/team': 'b*' } } },
  { Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/*' } } },
);

function statementsWith(effects: readonly StatementText['Effect'][]): fc.Arbitrary<StatementText> {
  return fc
    .tuple(fc.constantFrom(...effects), actions, resources, conditions)
    .map(([Effect, action, resource, condition]) => ({ Effect, ...action, ...resource, ...condition }));
}

/** A statement of a policy without principals; Allow is twice as likely as Deny. */
export const statements = statementsWith(['Allow', 'Allow', 'Deny']);
export const allowStatements = statementsWith(['Allow']);
export const denyStatements = statementsWith(['Deny']);

/** Gives a statement principals; one in ten is about everyone else. */
export function withPrincipals(plain: fc.Arbitrary<StatementText>): fc.Arbitrary<StatementText> {
  return fc.tuple(plain, principals, fc.nat(9)).map(([statement, principal, chance]) => ({
    ...statement,
    ...(chance === 0 ? { NotPrincipal: principal } : { Principal: principal }),
  }));
}

/** A policy, which has at least one statement. */
const policies: fc.Arbitrary<PolicyText> = fc.array(statements, { minLength: 1, maxLength: 3 });
const keyPolicies: fc.Arbitrary<PolicyText> = fc.array(withPrincipals(statements), {
  minLength: 1,
  maxLength: 4,
});
const contexts = fc.constantFrom<Readonly<Record<string, string>>>(
  {},
  { Purpose: 'Test' },
  { Purpose: 'Live', x: 'y' },
  { x: 'y' },
);
const pairs = fc.constantFrom(undefined, undefined, { Purpose: 'Test' }, { x: 'y' });

const grants: fc.Arbitrary<CaseGrant> = fc
  .record({
    operations: fc.subarray(['Encrypt', 'Decrypt', 'DescribeKey'], { minLength: 1 }),
    grantee: fc.constantFrom('principal' as const, 'role' as const, 'account' as const),
    equals: pairs,
    subset: pairs,
  })
  .map(({ equals, subset, ...rest }) => ({ ...rest, ...(equals && { equals }), ...(subset && { subset }) }));

/** A request for something on the key, with what it says for condition keys. */
export const asked: fc.Arbitrary<Pick<DecisionCase, 'request' | 'values'>> = fc
  .record({
    operation: fc.constantFrom('Encrypt', 'Encrypt', 'Decrypt', 'DescribeKey'),
    context: contexts,
    via: fc.constantFrom(undefined, 'alice', 's3.us-east-1.amazonaws.com'),
    tag: fc.constantFrom(undefined, '1234', '*', ''),
  })
  .map(({ operation, context, via, tag }) => {
    const request: CaseRequest = { operation, input: { EncryptionContext: context } };
    const isEmpty = Object.keys(context).length === 0;
    return {
      request,
      values: {
        ...(isEmpty ? {} : contextValues(context)),
        ...(via !== undefined && { 'kms:ViaService': via }),
        ...(tag !== undefined && { 'aws:PrincipalTag/key': tag }),
      },
    };
  });

const names: readonly CastName[] = [
  'root',
  'alice',
  'bob',
  'app one',
  'app two',
  'other root',
  'carol',
  's3',
];

function maybe<Value>(value: fc.Arbitrary<Value>, chance: number): fc.Arbitrary<Value | undefined> {
  return fc.option(value, { nil: undefined, freq: chance });
}

/** Cases at random: a caller, all kinds of policies, grants to the caller, and a request. Their expectation means nothing. */
export const arbitraryCases: fc.Arbitrary<DecisionCase> = fc
  .record({
    principal: fc.constantFrom(...names),
    asked,
    keyPolicy: keyPolicies,
    identity: fc.array(policies, { maxLength: 2 }),
    boundary: maybe(policies, 1),
    session: maybe(fc.array(policies, { minLength: 1, maxLength: 2 }), 1),
    serviceControl: maybe(fc.array(policies, { minLength: 1, maxLength: 2 }), 1),
    resourceControl: maybe(fc.array(keyLike(), { minLength: 1, maxLength: 2 }), 1),
    grants: fc.array(grants, { maxLength: 2 }),
    isOfAccount: fc.nat(9).map((chance) => chance === 0),
  })
  .map(
    ({
      asked: { request, values },
      boundary,
      session,
      serviceControl,
      resourceControl,
      isOfAccount,
      ...rest
    }) => ({
      name: 'at random',
      page: 'none',
      expected: 'allow' as const,
      ...rest,
      request: isOfAccount
        ? { ...request, asks: [{ action: `kms:${request.operation}`, on: 'account' as const }] }
        : request,
      ...(values && { values }),
      // A root user has neither boundary nor session policies, and a user has no session policies.
      ...(boundary && rest.principal.endsWith('root') ? {} : boundary && { boundary }),
      ...(session && rest.principal.startsWith('app') ? { session } : {}),
      ...(serviceControl && { serviceControl }),
      ...(resourceControl && { resourceControl }),
    }),
  )
  .map((one) => (one.principal.endsWith('root') || one.principal === 's3' ? { ...one, identity: [] } : one));

/** The principal of a resource control policy is everyone. */
function keyLike(): fc.Arbitrary<PolicyText> {
  return policies.map((policy) => policy.map((statement) => ({ ...statement, Principal: '*' as const })));
}
