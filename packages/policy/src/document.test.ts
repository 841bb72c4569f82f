import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePolicyDocument } from './document.ts';
import { PolicySyntaxError } from './policy-syntax-error.ts';

const plain = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' };

function policyOf(...statements: unknown[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

function withMembers(members: Record<string, unknown>): string {
  return policyOf({ ...plain, ...members });
}

function parseWith(members: Record<string, unknown>) {
  const [statement] = parsePolicyDocument(withMembers(members)).statements;
  return statement;
}

describe('parsePolicyDocument accepts', () => {
  it('a single statement in place of an array of statements', () => {
    const document = parsePolicyDocument(JSON.stringify({ Statement: { ...plain, Sid: 'one' } }));
    expect(document.statements.map(({ index, sid }) => [index, sid])).toEqual([[0, 'one']]);
  });

  it('a policy without Version as one of the older language', () => {
    expect(parsePolicyDocument(JSON.stringify({ Statement: plain })).version).toBe('2008-10-17');
  });

  it('several statements without Sid or with an empty one', () => {
    const text = policyOf(plain, plain, { ...plain, Sid: '' }, { ...plain, Sid: '' });
    expect(parsePolicyDocument(text).statements).toHaveLength(4);
  });

  it('a statement without Action or without Resource', () => {
    const { Action, Resource, ...rest } = plain;
    const [first, second] = parsePolicyDocument(
      policyOf({ ...rest, Action }, { ...rest, Resource }),
    ).statements;
    expect([first?.resource, second?.action]).toEqual([undefined, undefined]);
  });

  it('NotAction, NotResource and NotPrincipal as inversions', () => {
    const { Effect } = plain;
    const text = policyOf({ Effect, NotPrincipal: '*', NotAction: ['kms:A', 'kms:B'], NotResource: '*' });
    expect(parsePolicyDocument(text).statements[0]).toMatchObject({
      principal: { inverted: true, principals: [{ kind: 'anyone' }] },
      action: { inverted: true, patterns: ['kms:A', 'kms:B'] },
      resource: { inverted: true, patterns: ['*'] },
    });
  });

  it('conditions with set operators, IfExists and values that are strings, numbers or booleans', () => {
    const Condition = {
      'ForAnyValue:StringLikeIfExists': { 'kms:EncryptionContextKeys': ['a', 'b'] },
      NumericLessThan: { 'kms:ScheduleKeyDeletionPendingWindowInDays': 30 },
      Bool: { 'aws:SecureTransport': false },
    };
    expect(parseWith({ Condition })?.conditions).toEqual([
      {
        operator: { name: 'StringLike', ifExists: true, setOperator: 'ForAnyValue' },
        key: 'kms:EncryptionContextKeys',
        values: ['a', 'b'],
      },
      {
        operator: { name: 'NumericLessThan', ifExists: false, setOperator: undefined },
        key: 'kms:ScheduleKeyDeletionPendingWindowInDays',
        values: ['30'],
      },
      {
        operator: { name: 'Bool', ifExists: false, setOperator: undefined },
        key: 'aws:SecureTransport',
        values: ['false'],
      },
    ]);
  });

  it('an empty Condition as no condition', () => {
    expect(parseWith({ Condition: {} })?.conditions).toEqual([]);
  });

  it('a condition key called __proto__ as a key like another', () => {
    const text = withMembers({ Condition: 'C' }).replace('"C"', '{"StringEquals": {"__proto__": "x"}}');
    expect(parsePolicyDocument(text).statements[0]?.conditions).toMatchObject([
      { key: '__proto__', values: ['x'] },
    ]);
  });

  it('an action and a condition key that no service has', () => {
    expect(() => parseWith({ Action: 's3:Nothing', Condition: { Null: { 'x:y': 'true' } } })).not.toThrow();
  });
});

describe('parsePolicyDocument refuses', () => {
  it.each([
    ['text that is not JSON', 'policy', 'The policy is not valid JSON.'],
    ['JSON that is not an object', '[]', 'The policy must be a JSON object.'],
    [
      'another Version',
      '{"Version":"2012-10-18","Statement":[]}',
      'Version must be 2012-10-17 or 2008-10-17.',
    ],
    ['an Id that is not a string', '{"Id":1,"Statement":[]}', 'The policy: Id must be a string.'],
    [
      'an unknown member',
      '{"Statements":[]}',
      'The policy may contain only these members: Version, Id, Statement.',
    ],
    [
      'a member called __proto__',
      '{"__proto__":{"Statement":[]}}',
      'The policy may contain only these members',
    ],
    ['a policy without Statement', '{}', 'The policy must have at least one Statement.'],
    ['an empty Statement', '{"Statement":[]}', 'The policy must have at least one Statement.'],
    ['a statement that is not an object', '{"Statement":["*"]}', 'Statement 1 must be an object.'],
    ['an array in an array', '{"Statement":[[]]}', 'Statement 1 must be an object.'],
    [
      'the same Sid twice',
      policyOf({ ...plain, Sid: 'a' }, { ...plain, Sid: 'a' }),
      'The Sid of a statement must be unique',
    ],
    ['a broken second statement', policyOf(plain, { ...plain, Effect: 'No' }), 'Statement 2: Effect must be'],
  ])('%s', (_, text, message) => {
    expect(() => parsePolicyDocument(text)).toThrow(PolicySyntaxError);
    expect(() => parsePolicyDocument(text)).toThrow(message);
  });

  const effect = 'Statement 1: Effect must be Allow or Deny.';
  const action = 'Statement 1: an action must be * or of the form service:action';
  const list = 'must be a string or a non-empty array of strings.';
  const value = 'a condition value must be a string, a number or a boolean';
  it.each<[string, Record<string, unknown>, string]>([
    ['a statement without Effect', { Effect: undefined }, effect],
    ['an Effect in another case', { Effect: 'allow' }, effect],
    ['a Sid that is not a string', { Sid: 1 }, 'Statement 1: Sid must be a string.'],
    ['an unknown member of a statement', { Actions: 'kms:*' }, 'Statement 1 may contain only these members'],
    ['a statement without principal', { Principal: undefined }, 'must have a Principal or a NotPrincipal'],
    ['both Principal and NotPrincipal', { NotPrincipal: '*' }, 'has both Principal and NotPrincipal'],
    ['both Action and NotAction', { NotAction: '*' }, 'has both Action and NotAction'],
    ['both Resource and NotResource', { NotResource: '*' }, 'has both Resource and NotResource'],
    ['an empty array of actions', { Action: [] }, list],
    ['an action that is not a string', { Action: ['kms:*', 1] }, list],
    ['an Action of null', { Action: null }, list],
    ['an empty array of resources', { Resource: [] }, list],
    ['a resource that is not a string', { Resource: { a: 1 } }, list],
    ['an action without service', { Action: 'Encrypt' }, action],
    ['an action without name', { Action: 'kms:' }, action],
    ['an action with a wildcard in the service', { Action: 'k*:Encrypt' }, action],
    ['an empty action', { Action: ['kms:*', ''] }, action],
    ['an action with white space', { Action: 'kms:Encrypt\n' }, action],
    ['a Condition that is not an object', { Condition: [] }, 'Condition must be an object'],
    [
      'a Condition without operator',
      { Condition: { 'kms:CallerAccount': '1' } },
      'an operator that does not exist',
    ],
    ['an operator of another case', { Condition: { stringequals: {} } }, 'an operator that does not exist'],
    [
      'an operator with IfExists twice',
      { Condition: { BoolIfExistsIfExists: {} } },
      'an operator that does not exist',
    ],
    ['NullIfExists', { Condition: { NullIfExists: {} } }, 'an operator that does not exist'],
    [
      'an unknown set operator',
      { Condition: { 'ForSomeValues:Bool': {} } },
      'an operator that does not exist',
    ],
    [
      'an operator named as a member of Object',
      { Condition: { constructor: {} } },
      'an operator that does not exist',
    ],
    [
      'an operator that holds a string',
      { Condition: { StringEquals: 'x' } },
      'must hold an object of condition keys',
    ],
    ['a condition value of null', { Condition: { StringEquals: { 'a:b': null } } }, value],
    ['a null among condition values', { Condition: { StringEquals: { 'a:b': ['x', null] } } }, value],
    ['a condition value that is an object', { Condition: { StringEquals: { 'a:b': {} } } }, value],
    ['an array in the array of condition values', { Condition: { StringEquals: { 'a:b': [['x']] } } }, value],
    ['an empty array of condition values', { Condition: { StringEquals: { 'a:b': [] } } }, value],
  ])('%s', (_, members, message) => {
    expect(() => parseWith(members)).toThrow(PolicySyntaxError);
    expect(() => parseWith(members)).toThrow(message);
  });

  it('arbitrary text and JSON with PolicySyntaxError and with nothing else', () => {
    const name = fc.constantFrom(
      'Version',
      'Statement',
      'Effect',
      'Principal',
      'AWS',
      'Action',
      'Condition',
      '__proto__',
    );
    const leaf = fc.constantFrom('2012-10-17', 'Allow', '*', 'kms:*', 1, null, true);
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        leaf,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(name, tie('tree')),
      ),
    }));
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      tree.map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parsePolicyDocument(text);
        } catch (error) {
          expect(error).toBeInstanceOf(PolicySyntaxError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['open arrays', '['.repeat(32_768)],
    ['open objects', '{"a":'.repeat(6_553)],
    ['one open string', '"'.padEnd(32_768, '\\')],
    ['digits', '1'.repeat(32_767) + 'x'],
    ['white space', ' '.repeat(32_768)],
    ['a statement of open arrays', `{"Statement":${'['.repeat(32_000)}`],
    [
      'a long principal',
      withMembers({ Principal: { AWS: `arn:aws:iam::111122223333:user/${'a/'.repeat(16_000)}!` } }),
    ],
    ['a long service', withMembers({ Principal: { Service: `${'a.'.repeat(16_000)}!` } })],
    ['a long action', withMembers({ Action: `kms:${'*a'.repeat(16_000)}!` })],
    ['a long operator', withMembers({ Condition: { ['IfExists'.repeat(4_000)]: {} } })],
  ])('32 KB of %s without exhausting the stack', (_, text) => {
    expect(() => parsePolicyDocument(text)).toThrow(PolicySyntaxError);
  });
});
