import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile.ts';
import { noConditionValues as conditions } from './conditions/condition-values.ts';
import { parsePolicyDocument } from './document.ts';
import { evaluatePolicy } from './evaluate.ts';
import type { RequestPrincipal } from './request.ts';

const accountId = '111122223333';
const other = '444455556666';
const rootArn = `arn:aws:iam::${accountId}:root`;
const userArn = `arn:aws:iam::${accountId}:user/team/alice`;
const roleArn = `arn:aws:iam::${accountId}:role/admin`;
const sessionArn = `arn:aws:sts::${accountId}:assumed-role/admin/monday`;
const userId = 'AIDAIOSFODNN7EXAMPLE1';
const roleId = 'AROAIOSFODNN7EXAMPLE1';

const root: RequestPrincipal = { kind: 'root', accountId, arn: rootArn, principalId: accountId };
const user: RequestPrincipal = {
  kind: 'user',
  accountId,
  arn: userArn,
  principalId: userId,
  userName: 'alice',
};
const session: RequestPrincipal = {
  kind: 'assumed-role',
  accountId,
  arn: sessionArn,
  principalId: `${roleId}:monday`,
  roleArn,
  roleId,
  roleName: 'admin',
  sessionName: 'monday',
};
const service: RequestPrincipal = {
  kind: 'service',
  accountId,
  serviceName: 's3.amazonaws.com',
  arn: 's3.amazonaws.com',
  principalId: 's3.amazonaws.com',
};

const rest = { Action: 'kms:*', Resource: '*' };

function decide(principal: RequestPrincipal, statements: unknown, bindings?: ReadonlyMap<string, string>) {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  const request = { principal, action: 'kms:Encrypt', resource: 'r', conditions };
  return evaluatePolicy(compilePolicy(parsePolicyDocument(text), bindings), request);
}

/** How an Allow for these principals names the caller. */
function matchOf(principal: RequestPrincipal, Principal: unknown, bindings?: ReadonlyMap<string, string>) {
  return decide(principal, { ...rest, Effect: 'Allow', Principal }, bindings).principalMatch;
}

/** Whether a Deny applies beside an Allow for everyone. */
function isDenied(principal: RequestPrincipal, deny: Record<string, unknown>) {
  const statements = [
    { ...rest, Effect: 'Allow', Principal: '*' },
    { ...rest, Effect: 'Deny', ...deny },
  ];
  return decide(principal, statements).effect === 'ExplicitDeny';
}

describe('An Allow names', () => {
  it.each([
    ['a root user', root, rootArn, 'principal'],
    ['a root user', root, accountId, 'principal'],
    ['a root user', root, '*', 'principal'],
    ['a user', user, userArn, 'principal'],
    ['a user', user, userId, 'principal'],
    ['a user', user, '*', 'principal'],
    ['a user', user, rootArn, 'account'],
    ['a user', user, accountId, 'account'],
    ['a session', session, sessionArn, 'principal'],
    ['a session', session, '*', 'principal'],
    ['a session', session, roleArn, 'role'],
    ['a session', session, roleId, 'role'],
    ['a session', session, accountId, 'account'],
    ['a session', session, rootArn, 'account'],
  ])('%s (%#) by %s as %s', (_, principal, AWS, match) => {
    expect(matchOf(principal, { AWS })).toBe(match);
  });

  it('a service by its name, also where everyone is named beside it', () => {
    expect(matchOf(service, { Service: 's3.amazonaws.com' })).toBe('service');
    expect(matchOf(service, { Service: 's3.amazonaws.com', AWS: '*' })).toBe('service');
    expect(matchOf(service, '*')).toBe('principal');
  });

  it.each([
    ['a root user', root, { AWS: [userArn, roleArn, userId, roleId, sessionArn, other] }],
    ['a root user', root, { AWS: `arn:aws-cn:iam::${accountId}:root` }],
    ['a user', user, { AWS: `arn:aws:iam::${accountId}:user/alice` }],
    ['a user', user, { AWS: `arn:aws-cn:iam::${accountId}:user/team/alice` }],
    ['a user', user, { AWS: `arn:aws-cn:iam::${accountId}:root` }],
    ['a user', user, { AWS: [other, roleArn, sessionArn, roleId, 'AIDAIOSFODNN7EXAMPLE2'] }],
    ['a user', user, { Federated: userArn, Service: 's3.amazonaws.com' }],
    ['a session', session, { AWS: [userArn, `${sessionArn}s`, `${roleArn}s`, 'AROAIOSFODNN7EXAMPLE2'] }],
    ['a session', session, { AWS: `arn:aws:iam::${other}:role/admin` }],
    ['a service', service, { AWS: [accountId, rootArn], Service: 'ec2.amazonaws.com' }],
  ])('not %s (%#) by %3$j', (_, principal, Principal) => {
    expect(matchOf(principal, Principal)).toBeUndefined();
  });

  it('the account of a user in the partition of its own ARN', () => {
    const chinese = { ...user, arn: userArn.replace('aws', 'aws-cn') };
    expect(matchOf(chinese, { AWS: `arn:aws-cn:iam::${accountId}:root` })).toBe('account');
    expect(matchOf(chinese, { AWS: rootArn })).toBeUndefined();
    expect(matchOf(chinese, { AWS: accountId })).toBe('account');
  });

  it('the caller most directly of all statements that match, whatever their order', () => {
    const byAccount = { ...rest, Effect: 'Allow', Principal: { AWS: accountId } };
    const byRole = { ...byAccount, Principal: { AWS: roleArn } };
    const bySession = { ...byAccount, Principal: { AWS: sessionArn } };
    const notNow = { ...bySession, Action: 'kms:Decrypt' };
    expect(decide(session, [byAccount, byRole, bySession])).toMatchObject({
      principalMatch: 'principal',
      statement: { index: 2 },
    });
    expect(decide(session, [byRole, byAccount, byRole, notNow])).toMatchObject({
      principalMatch: 'role',
      statement: { index: 0 },
    });
  });
});

describe('An ARN that is bound to a unique id', () => {
  const bindings = new Map([
    [userArn, userId],
    [roleArn, roleId],
    [sessionArn, `${roleId}:monday`],
  ]);

  it('names who has the id', () => {
    expect(matchOf(user, { AWS: userArn }, bindings)).toBe('principal');
    expect(matchOf(session, { AWS: roleArn }, bindings)).toBe('role');
    expect(matchOf(session, { AWS: sessionArn }, bindings)).toBe('principal');
  });

  it('does not name who has the ARN only', () => {
    const recreated = { ...user, principalId: 'AIDAIOSFODNN7EXAMPLE2' };
    expect(matchOf(recreated, { AWS: userArn }, bindings)).toBeUndefined();
    const again = {
      ...session,
      roleId: 'AROAIOSFODNN7EXAMPLE2',
      principalId: 'AROAIOSFODNN7EXAMPLE2:monday',
    };
    expect(matchOf(again, { AWS: [roleArn, sessionArn] }, bindings)).toBeUndefined();
    expect(matchOf(again, { AWS: [roleArn, sessionArn] })).toBe('principal');
  });

  it('leaves the accounts as they are', () => {
    expect(matchOf(user, { AWS: rootArn }, bindings)).toBe('account');
  });
});

describe('A Deny', () => {
  it.each([
    ['a root user', root],
    ['a user', user],
    ['a session', session],
  ])('that names an account applies to %s of it', (_, principal) => {
    expect(isDenied(principal, { Principal: { AWS: rootArn } })).toBe(true);
    expect(isDenied(principal, { Principal: { AWS: accountId } })).toBe(true);
    expect(isDenied(principal, { Principal: { AWS: other } })).toBe(false);
  });

  it('for everyone applies to a service too', () => {
    expect(isDenied(service, { Principal: '*' })).toBe(true);
    expect(isDenied(service, { Principal: { AWS: accountId } })).toBe(false);
  });

  it.each([
    ['a root user, by its account', root, [accountId], false],
    ['a user whose account is listed too', user, [userArn, rootArn], false],
    ['a user by its id whose account is listed too', user, [userId, accountId], false],
    ['not a user alone', user, [userArn], true],
    ['not a user for its account alone', user, [rootArn], true],
    ['a session, with role and account', session, [sessionArn, roleArn, rootArn], false],
    ['a session, with the id of the role', session, [sessionArn, roleId, accountId], false],
    ['not a session without its role', session, [sessionArn, rootArn], true],
    ['not a session without its account', session, [sessionArn, roleArn], true],
    ['not a session for its role', session, [roleArn, rootArn], true],
  ])('with NotPrincipal excepts %s', (_, principal, AWS, denied) => {
    expect(isDenied(principal, { NotPrincipal: { AWS } })).toBe(denied);
  });

  it('with NotPrincipal excepts a service by its name', () => {
    expect(isDenied(service, { NotPrincipal: { Service: 's3.amazonaws.com' } })).toBe(false);
    expect(isDenied(service, { NotPrincipal: { Service: 'ec2.amazonaws.com', AWS: accountId } })).toBe(true);
  });
});

describe('An Allow with NotPrincipal', () => {
  const matchOfOthers = (principal: RequestPrincipal, NotPrincipal: unknown) =>
    decide(principal, { ...rest, Effect: 'Allow', NotPrincipal }).principalMatch;

  it('is about everyone of whom no name is listed', () => {
    expect(matchOfOthers(user, { AWS: [other, roleArn] })).toBe('principal');
    expect(matchOfOthers(session, { AWS: userArn })).toBe('principal');
    expect(matchOfOthers(service, { AWS: accountId })).toBe('principal');
  });

  it.each([
    ['a user', user, { AWS: userArn }],
    ['a user by its account', user, { AWS: accountId }],
    ['a session', session, { AWS: sessionArn }],
    ['a session by its role', session, { AWS: roleId }],
    ['a session by its account', session, { AWS: rootArn }],
    ['a service', service, { Service: 's3.amazonaws.com' }],
    ['anyone', root, '*'],
  ])('is not about %s that is listed', (_, principal, NotPrincipal) => {
    expect(matchOfOthers(principal, NotPrincipal)).toBeUndefined();
  });
});
