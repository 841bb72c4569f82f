import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile.ts';
import { parsePolicyDocument } from './document.ts';
import type { PolicyRequest, UserPrincipal } from './request.ts';
import { traceStatements } from './trace.ts';

const accountId = '111122223333';
const principal: UserPrincipal = {
  kind: 'user',
  accountId,
  arn: `arn:aws:iam::${accountId}:user/alice`,
  principalId: 'AIDAIOSFODNN7EXAMPLE1',
  userName: 'alice',
};
const request: PolicyRequest = {
  principal,
  action: 'kms:Encrypt',
  resource: 'arn:aws:kms:us-east-1:111122223333:key/1',
  conditions: new Map([['kms:viaservice', ['s3.us-east-1.amazonaws.com']]]),
};
const allow = { Sid: 'a', Effect: 'Allow', Principal: { AWS: accountId }, Action: 'kms:*', Resource: '*' };

function trace(...statements: unknown[]) {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  return traceStatements(compilePolicy(parsePolicyDocument(text)), request);
}

describe('traceStatements', () => {
  it('tells of each condition what is wanted, what the request says, and whether it is met', () => {
    const Condition = {
      'ForAnyValue:StringLikeIfExists': { 'kms:ViaService': ['s3.*', '${aws:username}'] },
      Bool: { 'aws:SecureTransport': true },
    };
    expect(trace({ ...allow, Condition })).toEqual([
      {
        index: 0,
        sid: 'a',
        effect: 'Allow',
        matchesPrincipal: true,
        principalMatch: 'account',
        matchesAction: true,
        matchesResource: true,
        conditions: [
          {
            operator: 'ForAnyValue:StringLikeIfExists',
            key: 'kms:ViaService',
            wanted: ['s3.*', '${aws:username}'],
            values: ['s3.us-east-1.amazonaws.com'],
            isMet: true,
          },
          {
            operator: 'Bool',
            key: 'aws:SecureTransport',
            wanted: ['true'],
            values: undefined,
            isMet: false,
          },
        ],
        applies: false,
      },
    ]);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['nothing', {}, { applies: true }],
    [
      'the principal',
      { Principal: { AWS: '444455556666' } },
      { matchesPrincipal: false, principalMatch: undefined },
    ],
    ['the action', { Action: 'kms:Decrypt' }, { matchesAction: false }],
    ['an action', { Action: undefined }, { matchesAction: false }],
    ['the resource', { Resource: 'arn:aws:kms:*:*:alias/*' }, { matchesResource: false }],
    ['a resource', { Resource: undefined }, { matchesResource: false }],
    [
      'the NotPrincipal of a Deny',
      { Effect: 'Deny', Principal: undefined, NotPrincipal: '*' },
      { matchesPrincipal: false },
    ],
  ])('tells that a statement lacks %s', (_, members, told) => {
    const whole = {
      matchesPrincipal: true,
      matchesAction: true,
      matchesResource: true,
      applies: false,
    };
    expect(trace({ ...allow, ...members })[0]).toMatchObject({ ...whole, ...told });
  });

  it('tells of every statement, also behind one that decides', () => {
    const traced = trace({ ...allow, Effect: 'Deny', Sid: 'd' }, { ...allow, Action: 'KMS:ENCRYPT' });
    expect(traced.map(({ index, sid, effect, applies }) => [index, sid, effect, applies])).toEqual([
      [0, 'd', 'Deny', true],
      [1, 'a', 'Allow', true],
    ]);
  });

  it('names no principal for a policy without principals', () => {
    const text = JSON.stringify({ Statement: { Effect: 'Allow', Action: 'kms:*', Resource: '*' } });
    const [traced] = traceStatements(compilePolicy(parsePolicyDocument(text, 'identity')), request);
    expect(traced).toMatchObject({ matchesPrincipal: true, principalMatch: undefined, applies: true });
  });
});
