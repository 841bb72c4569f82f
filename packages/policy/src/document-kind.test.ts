import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile.ts';
import { noConditionValues as conditions } from './conditions/condition-values.ts';
import type { DocumentKind } from './document-kind.ts';
import { parsePolicyDocument } from './document.ts';
import { evaluatePolicy } from './evaluate.ts';
import { PolicySyntaxError } from './policy-syntax-error.ts';
import { listPrincipals } from './principals.ts';
import type { UserPrincipal } from './request.ts';

const accountId = '111122223333';
const keyArn = `arn:aws:kms:us-east-1:${accountId}:key/1`;
const user: UserPrincipal = {
  kind: 'user',
  accountId,
  arn: `arn:aws:iam::${accountId}:user/alice`,
  principalId: 'AIDAIOSFODNN7EXAMPLE1',
  userName: 'alice',
};
const Principal = { AWS: user.arn };
const plain = { Effect: 'Allow', Action: 'kms:*', Resource: '*' };
const trust = { Effect: 'Allow', Principal, Action: 'sts:AssumeRole' };

function parse(kind: DocumentKind, ...statements: unknown[]) {
  return parsePolicyDocument(JSON.stringify({ Version: '2012-10-17', Statement: statements }), kind);
}

function decide(kind: DocumentKind, statement: unknown, action: string, resource: string) {
  return evaluatePolicy(compilePolicy(parse(kind, statement)), {
    principal: user,
    action,
    resource,
    conditions,
  });
}

describe('An identity policy', () => {
  it('speaks of whom it is attached to, so that an Allow names nobody', () => {
    expect(decide('identity', plain, 'kms:Encrypt', keyArn)).toEqual({
      effect: 'Allow',
      statement: { index: 0, sid: undefined },
    });
    expect(listPrincipals(parse('identity', plain))).toEqual([]);
  });

  it.each([
    '*',
    keyArn,
    'arn:aws:kms:*',
    'arn:aws:s3:::bucket/*',
    'arn:*:kms:*:*:key/*',
    'arn:aws:s3:::${a}',
  ])('may speak of the resource %s', (Resource) => {
    expect(() => parse('identity', { ...plain, Resource })).not.toThrow();
  });

  it('may leave Sid empty in several statements', () => {
    expect(() => parse('identity', { ...plain, Sid: '' }, { ...plain, Sid: '' }, plain)).not.toThrow();
  });

  it('matches wildcards in its resources, and nothing else', () => {
    const decideOn = (Resource: string) =>
      decide('identity', { ...plain, Resource }, 'kms:Encrypt', keyArn).effect;
    expect(decideOn('arn:aws:kms:*:*:key/?')).toBe('Allow');
    expect(decideOn('arn:aws:kms:*:*:alias/*')).toBe('ImplicitDeny');
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a Principal', { Principal: '*' }, 'Policy document should not specify a principal.'],
    ['a NotPrincipal', { NotPrincipal: Principal }, 'Policy document should not specify a principal.'],
    ['no action', { Action: undefined }, 'Policy statement must contain actions.'],
    ['no resource', { Resource: undefined }, 'Policy statement must contain resources.'],
    ['a resource that is no ARN', { Resource: ['*', 'alias/a'] }, 'Resource must be in ARN format or "*".'],
    ['a resource of four parts', { Resource: 'arn:aws:kms:us-east-1' }, 'Resource must be in ARN format'],
    ['a Sid with a space', { Sid: 'my keys' }, 'Statement IDs (SID) must be alpha-numeric.'],
    ['a Sid with a line break', { Sid: 'keys\n' }, 'Statement IDs (SID) must be alpha-numeric.'],
    ['both Resource and NotResource', { NotResource: '*' }, 'has both Resource and NotResource'],
  ])('with %s is refused', (_, members, message) => {
    expect(() => parse('identity', { ...plain, ...members })).toThrow(PolicySyntaxError);
    expect(() => parse('identity', { ...plain, ...members })).toThrow(message);
  });

  it('with the same Sid twice is refused', () => {
    expect(() => parse('identity', { ...plain, Sid: 'a' }, { ...plain, Sid: 'a' })).toThrow('unique');
  });
});

describe('A trust policy', () => {
  it('names who may assume the role, whose ARN it does not say', () => {
    expect(decide('trust', trust, 'sts:AssumeRole', 'arn:aws:iam::111122223333:role/r')).toMatchObject({
      effect: 'Allow',
      principalMatch: 'principal',
    });
    expect(decide('trust', trust, 'sts:TagSession', 'arn:aws:iam::111122223333:role/r').effect).toBe(
      'ImplicitDeny',
    );
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a Resource', { Resource: '*' }, 'Has prohibited field Resource'],
    ['a NotResource', { NotResource: '*' }, 'Has prohibited field Resource'],
    ['no principal', { Principal: undefined }, 'must have a Principal or a NotPrincipal'],
    ['no action', { Action: undefined }, 'Policy statement must contain actions.'],
    ['a Sid with a dash', { Sid: 'a-b' }, 'Statement IDs (SID) must be alpha-numeric.'],
  ])('with %s is refused', (_, members, message) => {
    expect(() => parse('trust', { ...trust, ...members })).toThrow(message);
  });
});

describe('A control policy', () => {
  it('speaks of everyone, with and without saying so', () => {
    for (const statement of [plain, { ...plain, Principal: '*' }]) {
      expect(decide('control', statement, 'kms:Encrypt', keyArn)).toEqual({
        effect: 'Allow',
        statement: { index: 0, sid: undefined },
      });
    }
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a principal', { Principal }, 'Policy document should not specify a principal.'],
    ['everyone under AWS', { Principal: { AWS: '*' } }, 'Policy document should not specify a principal.'],
    ['a NotPrincipal', { NotPrincipal: '*' }, 'Policy document should not specify a principal.'],
    ['no action', { Action: undefined }, 'Policy statement must contain actions.'],
    ['no resource', { Resource: undefined }, 'Policy statement must contain resources.'],
  ])('with %s is refused', (_, members, message) => {
    expect(() => parse('control', { ...plain, ...members })).toThrow(message);
  });
});

describe('A key policy', () => {
  it('may have any Sid, and any text as a resource', () => {
    expect(() => parse('key', { ...plain, Principal, Sid: 'my keys!', Resource: 'x' })).not.toThrow();
  });

  it('is what a text is read as when nothing else is said', () => {
    expect(() => parsePolicyDocument(JSON.stringify({ Statement: plain }))).toThrow('must have a Principal');
  });
});
