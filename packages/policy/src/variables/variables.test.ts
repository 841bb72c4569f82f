import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../compile.ts';
import { parsePolicyDocument } from '../document.ts';
import { evaluatePolicy } from '../evaluate.ts';

const principal = { kind: 'root', accountId: '1', arn: 'arn:aws:iam::1:root', principalId: '1' } as const;

interface Asked {
  readonly resource?: string;
  readonly values?: Readonly<Record<string, string | readonly string[]>>;
  readonly version?: string;
}

/** Whether an identity policy with these members allows. */
function allows(members: Record<string, unknown>, asked: Asked): boolean {
  const { resource = 'r', values = {}, version = '2012-10-17' } = asked;
  const statement = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*', ...members };
  const text = JSON.stringify({ Version: version, Statement: statement });
  const conditions = new Map(Object.entries(values).map(([key, value]) => [key, [value].flat()]));
  return (
    evaluatePolicy(compilePolicy(parsePolicyDocument(text)), {
      principal,
      action: 'kms:Encrypt',
      resource,
      conditions,
    }).effect === 'Allow'
  );
}

const username = { 'aws:username': 'alice' };

describe('A variable in a resource', () => {
  it.each<[string, string, Asked['values'], boolean]>([
    ['key/${aws:username}', 'key/alice', username, true],
    ['key/${AWS:UserName}', 'key/alice', username, true],
    ['key/${ aws:username }', 'key/alice', username, true],
    ['${aws:username}/${aws:username}*', 'alice/alice/x', username, true],
    ['key/${aws:PrincipalTag/My Team}', 'key/red', { 'aws:principaltag/my team': 'red' }, true],
    ['key/${aws:username}', 'key/bob', username, false],
    ['key/${aws:username}', 'key/', username, false],
    ['key/${aws:username}', 'key/', {}, false],
    ['key/${aws:username}*', 'key/x', {}, false],
    ['key/${aws:username}', 'key/', { 'aws:username': '' }, true],
    ["key/${aws:username, 'nobody'}", 'key/nobody', {}, true],
    ["key/${aws:username,'nobody'}", 'key/alice', username, true],
    ["key/${aws:username, 'nobody'}", 'key/nobody', username, false],
    ["key/${aws:username, ''}", 'key/', {}, true],
    ["key/${aws:username, '*'}", 'key/x', {}, false],
    ["key/${aws:username, '*'}", 'key/*', {}, true],
  ])('%s is about %s where the request says %j: %j', (Resource, resource, values, met) => {
    expect(allows({ Resource }, { resource, values: values ?? {} })).toBe(met);
  });

  it.each([
    ['${*}', '*', true],
    ['${*}', 'x', false],
    ['a${*}b*', 'a*bc', true],
    ['a${?}', 'a?', true],
    ['a${?}', 'ab', false],
    ['${$}{aws:username}', '${aws:username}', true],
    ['${$}{aws:username}', 'alice', false],
    ['$a', '$a', true],
    ['a$', 'a$', true],
  ])('%s is about %s, where it stands for a character: %j', (Resource, resource, met) => {
    expect(allows({ Resource }, { resource, values: username })).toBe(met);
  });

  it.each([
    '${aws:username',
    '${}',
    "${, 'alice'}",
    '${aws:username, alice}',
    "${aws:username, 'al'ice'}",
    "${aws:username, '}",
    '${${aws:username}}',
  ])('that is written %s has no value, whatever is asked for', (Resource) => {
    for (const resource of ['alice', Resource, '', 'x']) {
      expect(allows({ Resource }, { resource, values: username })).toBe(false);
    }
  });

  it('has no value where its key can have several, or has', () => {
    const [Resource, resource] = ['${aws:TagKeys}', 'a'];
    expect(allows({ Resource }, { resource, values: { 'aws:tagkeys': ['a'] } })).toBe(false);
    expect(allows({ Resource: '${x:y}' }, { resource, values: { 'x:y': ['a', 'b'] } })).toBe(false);
    expect(allows({ Resource: '${x:y}' }, { resource, values: { 'x:y': ['a'] } })).toBe(true);
  });

  it('is plain text in the older language', () => {
    const asked = { values: username, version: '2008-10-17' };
    expect(allows({ Resource: '${aws:username}' }, { ...asked, resource: 'alice' })).toBe(false);
    expect(allows({ Resource: '${aws:username}' }, { ...asked, resource: '${aws:username}' })).toBe(true);
    expect(allows({ Resource: '${*}' }, { ...asked, resource: '${abc}' })).toBe(true);
  });

  it('has no value that is longer than an ARN can be', () => {
    const asked = (length: number) => ({
      resource: 'a'.repeat(length),
      values: { 'x:y': 'a'.repeat(length) },
    });
    expect(allows({ Resource: '${x:y}' }, asked(2048))).toBe(true);
    expect(allows({ Resource: '${x:y}' }, asked(2049))).toBe(false);
    expect(allows({ Resource: '${x:y}${x:y}' }, asked(1025))).toBe(false);
    expect(allows({ Resource: `${'*'.repeat(3000)}\${*}` }, { resource: 'a*' })).toBe(true);
  });

  it('in NotResource leaves out what it names', () => {
    const members = { Resource: undefined, NotResource: 'key/${aws:username}' };
    expect(allows(members, { resource: 'key/alice', values: username })).toBe(false);
    expect(allows(members, { resource: 'key/bob', values: username })).toBe(true);
  });

  it('never matches by a wildcard in its value', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '*', '?', '$', '{', '}'), maxLength: 6 });
    fc.assert(
      fc.property(text, text, (value, asked) => {
        const values = { 'x:y': value };
        expect(allows({ Resource: 'k/${x:y}' }, { resource: `k/${asked}`, values })).toBe(value === asked);
        expect(allows({ Resource: 'k/${x:y}*' }, { resource: `k/${asked}`, values })).toBe(
          asked.startsWith(value),
        );
      }),
    );
  });
});

describe('A variable in a condition', () => {
  it.each<[string, string, string, boolean]>([
    ['StringEquals', '${aws:username}', 'alice', true],
    ['StringEquals', '${aws:username}', 'bob', false],
    ['StringEquals', '${*}', '*', true],
    ['StringEqualsIgnoreCase', '${aws:username}', 'ALICE', true],
    ['StringLike', '${aws:username}/*', 'alice/x', true],
    ['StringLike', '${aws:username}/${*}', 'alice/x', false],
    ['StringNotEquals', '${aws:username}', 'alice', false],
    ['StringNotLike', '${aws:username}*', 'bob', true],
    ['ArnLike', 'arn:aws:iam::1:user/${aws:username}', 'arn:aws:iam::1:user/alice', true],
    ['ArnEquals', 'arn:aws:iam::1:user/${aws:username}', 'arn:aws:iam::1:user/bob', false],
    ['ArnNotLike', 'arn:*:iam::1:user/${aws:username}', 'arn:aws:iam::1:user/alice', false],
  ])('of %s %s is met by %s: %j', (operator, wanted, value, met) => {
    const values = { ...username, 'x:y': value };
    expect(allows({ Condition: { [operator]: { 'x:y': wanted } } }, { values })).toBe(met);
  });

  it('may be a whole ARN', () => {
    const arn = 'arn:aws:iam::1:user/*';
    const Condition = { ArnLike: { 'x:y': '${aws:PrincipalArn}' } };
    const values = { 'aws:principalarn': arn };
    expect(allows({ Condition }, { values: { ...values, 'x:y': arn } })).toBe(true);
    expect(allows({ Condition }, { values: { ...values, 'x:y': 'arn:aws:iam::1:user/a' } })).toBe(false);
  });

  it('without a value matches nothing, and does not help an Allow where the operator is negated', () => {
    const values = { 'x:y': 'alice' };
    for (const operator of ['StringEquals', 'StringNotEquals', 'StringLike', 'ArnNotLike', 'StringNotLike']) {
      expect(allows({ Condition: { [operator]: { 'x:y': '${aws:username}' } } }, { values })).toBe(false);
    }
    const either = { StringEquals: { 'x:y': ['${aws:username}', 'alice'] } };
    expect(allows({ Condition: either }, { values })).toBe(true);
  });

  it.each([
    ['NumericEquals', '${x:n}', '7'],
    ['Bool', '${x:n}', 'true'],
    ['DateEquals', '${x:n}', '2024-01-01'],
    ['IpAddress', '${x:n}', '10.0.0.1'],
  ])('is none with %s, which knows no variables', (operator, wanted, value) => {
    const Condition = { [operator]: { 'x:y': wanted } };
    expect(allows({ Condition }, { values: { 'x:y': value, 'x:n': value } })).toBe(false);
  });
});
