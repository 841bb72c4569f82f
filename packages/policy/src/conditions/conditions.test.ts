import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../compile.ts';
import { parseStoredPolicyDocument } from '../document.ts';
import { evaluatePolicy } from '../evaluate.ts';

const accountId = '111122223333';
const principal = {
  kind: 'root',
  accountId,
  arn: `arn:aws:iam::${accountId}:root`,
  principalId: accountId,
} as const;
const key = 'kms:RecipientAttestation:PCR0';
const otherKey = 'kms:RecipientAttestation:ImageSha384';

type Values = readonly string[] | undefined;

function decide(effect: string, condition: unknown, values: Values, version = '2012-10-17') {
  const statement = { Effect: effect, Principal: '*', Action: '*', Resource: '*', Condition: condition };
  const allowAll = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' };
  const statements = effect === 'Deny' ? [allowAll, statement] : [statement];
  const policy = compilePolicy(
    parseStoredPolicyDocument(JSON.stringify({ Version: version, Statement: statements })),
  );
  const conditions = new Map(values === undefined ? [] : [[key.toLowerCase(), values]]);
  return evaluatePolicy(policy, { principal, action: 'kms:Decrypt', resource: 'r', conditions }).effect;
}

/** Whether the condition is met, which an Allow and a Deny must agree on. */
function isMet(operator: string, wanted: unknown, values: Values): boolean {
  const condition = { [operator]: { [key]: wanted } };
  const allows = decide('Allow', condition, values) === 'Allow';
  expect(decide('Deny', condition, values)).toBe(allows ? 'ExplicitDeny' : 'Allow');
  return allows;
}

const has = (...values: readonly string[]) => values;
const absent = undefined;

describe('A condition on a string', () => {
  it.each([
    ['StringEquals', 'ab', has('ab'), true],
    ['StringEquals', 'ab', has('AB'), false],
    ['StringEquals', 'a*', has('ab'), false],
    ['StringEquals', ['cd', 'ab'], has('ab'), true],
    ['StringEquals', 'ab', absent, false],
    ['StringNotEquals', 'ab', has('ab'), false],
    ['StringNotEquals', 'ab', has('AB'), true],
    ['StringNotEquals', ['cd', 'ab'], has('ab'), false],
    ['StringNotEquals', 'ab', absent, true],
    ['StringEqualsIgnoreCase', 'aB', has('Ab'), true],
    ['StringEqualsIgnoreCase', 'ab', has('abc'), false],
    ['StringEqualsIgnoreCase', 'ab', absent, false],
    ['StringNotEqualsIgnoreCase', 'aB', has('Ab'), false],
    ['StringNotEqualsIgnoreCase', 'ab', has('cd'), true],
    ['StringNotEqualsIgnoreCase', 'ab', absent, true],
    ['StringLike', 'a*', has('abcd'), true],
    ['StringLike', 'a?', has('ab'), true],
    ['StringLike', 'a?', has('abc'), false],
    ['StringLike', 'A*', has('ab'), false],
    ['StringLike', '*', absent, false],
    ['StringNotLike', 'a*', has('abcd'), false],
    ['StringNotLike', ['a*', 'c*'], has('cd'), false],
    ['StringNotLike', 'a*', has('cd'), true],
    ['StringNotLike', '*', absent, true],
  ])('%s %j of the value %j is met: %j', (operator, wanted, values, met) => {
    expect(isMet(operator, wanted, values)).toBe(met);
  });

  it.each([
    ['StringEqualsIfExists', 'ab', absent, true],
    ['StringEqualsIfExists', 'ab', has('cd'), false],
    ['StringLikeIfExists', 'ab', absent, true],
    ['StringNotEqualsIfExists', 'ab', absent, true],
    ['StringNotEqualsIfExists', 'ab', has('ab'), false],
    ['ForAnyValue:StringEqualsIfExists', 'ab', absent, true],
  ])('%s %j of the value %j, which need not be there, is met: %j', (operator, wanted, values, met) => {
    expect(isMet(operator, wanted, values)).toBe(met);
  });

  it.each([
    ['ForAllValues:StringEquals', ['ab', 'cd'], has('ab', 'cd'), true],
    ['ForAllValues:StringEquals', ['ab', 'cd'], has('ab', 'ef'), false],
    ['ForAllValues:StringEquals', 'ab', absent, true],
    ['ForAllValues:StringNotEquals', ['ab', 'cd'], has('ef', 'gh'), true],
    ['ForAllValues:StringNotEquals', ['ab', 'cd'], has('ef', 'ab'), false],
    ['ForAllValues:StringNotEquals', 'ab', absent, true],
    ['ForAnyValue:StringEquals', ['ab', 'cd'], has('ef', 'cd'), true],
    ['ForAnyValue:StringEquals', ['ab', 'cd'], has('ef'), false],
    ['ForAnyValue:StringEquals', 'ab', absent, false],
    ['ForAnyValue:StringNotEquals', 'ab', has('ab', 'cd'), true],
    ['ForAnyValue:StringNotEquals', 'ab', has('ab'), false],
    ['ForAnyValue:StringNotEquals', 'ab', absent, false],
    ['ForAllValues:StringEquals', 'ab', has(), true],
    ['ForAnyValue:StringEquals', 'ab', has(), false],
  ])('%s %j of the values %j is met: %j', (operator, wanted, values, met) => {
    expect(isMet(operator, wanted, values)).toBe(met);
  });

  it('is the opposite of its negation, for every value that is there', () => {
    const text = fc.stringMatching(/^[abAB?*]{0,4}$/);
    const pairs = fc.constantFrom(
      ['StringEquals', 'StringNotEquals'],
      ['StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'],
      ['StringLike', 'StringNotLike'],
    );
    fc.assert(
      fc.property(pairs, fc.array(text, { minLength: 1, maxLength: 3 }), text, (pair, wanted, value) => {
        const [plain = '', negated = ''] = pair;
        expect(isMet(plain, wanted, [value])).toBe(!isMet(negated, wanted, [value]));
      }),
    );
  });
});

describe('The operator Null', () => {
  it.each([
    ['true', absent, true],
    ['true', has('ab'), false],
    ['false', absent, false],
    ['false', has('ab'), true],
    ['False', has('ab'), true],
    [true, absent, true],
    [['true', 'false'], has('ab'), true],
  ])('%j with the value %j is met: %j', (wanted, values, met) => {
    expect(isMet('Null', wanted, values)).toBe(met);
  });

  it.each([
    ['Null', 'yes', absent],
    ['Null', 'yes', has('ab')],
    ['Null', '', absent],
  ])('%s %j with the value %j is not met, for that means nothing', (operator, wanted, values) => {
    expect(isMet(operator, wanted, values)).toBe(false);
  });

  it('takes no notice of a set operator', () => {
    expect(isMet('ForAllValues:Null', 'true', absent)).toBe(true);
    expect(isMet('ForAnyValue:Null', 'true', has('ab'))).toBe(false);
  });
});

describe('Several conditions', () => {
  const both = { StringEquals: { [key]: 'ab' }, Null: { [otherKey]: 'true' } };

  it('must all be met', () => {
    expect(decide('Allow', both, has('ab'))).toBe('Allow');
    expect(decide('Allow', both, has('cd'))).toBe('ImplicitDeny');
    expect(decide('Deny', both, has('ab'))).toBe('ExplicitDeny');
    expect(decide('Deny', both, has('cd'))).toBe('Allow');
  });

  it('take a key that no request knows as one without a value', () => {
    expect(decide('Allow', { StringEquals: { 'x:unknown': 'ab' } }, has('ab'))).toBe('ImplicitDeny');
    expect(decide('Allow', { StringNotEquals: { 'x:unknown': 'ab' } }, has('ab'))).toBe('Allow');
    expect(decide('Deny', { StringEquals: { 'x:unknown': 'ab' } }, has('ab'))).toBe('Allow');
    expect(decide('Deny', { StringEqualsIfExists: { 'x:unknown': 'ab' } }, has('ab'))).toBe('ExplicitDeny');
  });

  it('take ${...} as plain text in the older language', () => {
    const condition = { StringEquals: { [key]: '${a}' } };
    expect(decide('Allow', condition, has('${a}'), '2008-10-17')).toBe('Allow');
    expect(decide('Allow', condition, has('${a}'))).toBe('ImplicitDeny');
  });
});

describe('The names of condition keys', () => {
  it('match whatever their case', () => {
    expect(decide('Allow', { StringEquals: { [key.toUpperCase()]: 'ab' } }, has('ab'))).toBe('Allow');
  });
});
