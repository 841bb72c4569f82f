import { describe, expect, it } from 'vitest';
import { parsePolicyDocument } from './document.ts';
import { listPrincipals } from './principals.ts';

const account = '111122223333';

function listFor(principal: unknown, member = 'Principal') {
  const statement = { Effect: 'Deny', [member]: principal, Action: 'kms:*', Resource: '*' };
  return listPrincipals(parsePolicyDocument(JSON.stringify({ Statement: statement })));
}

describe('listPrincipals', () => {
  it.each([
    ['account', account],
    ['account', `arn:aws:iam::${account}:root`],
    ['account', `arn:aws-us-gov:iam::${account}:root`],
    ['user', `arn:aws:iam::${account}:user/alice`],
    ['user', `arn:aws-cn:iam::${account}:user/team/a+b@c.d`],
    ['role', `arn:aws:iam::${account}:role/service-role/x`],
    ['assumed-role', `arn:aws:sts::${account}:assumed-role/Admin/session-1`],
    ['federated-user', `arn:aws:sts::${account}:federated-user/bob`],
  ])('lists an %s written %s with its account', (kind, name) => {
    expect(listFor({ AWS: name })).toEqual([{ kind, name, accountId: account }]);
  });

  it.each([
    ['unique-id', 'AWS', 'AIDAIOSFODNN7EXAMPLE1'],
    ['unique-id', 'AWS', 'AROAIOSFODNN7EXAMPLE1'],
    ['service', 'Service', 'logs.us-east-1.amazonaws.com'],
    ['federated', 'Federated', 'cognito-identity.amazonaws.com'],
    ['canonical-user', 'CanonicalUser', 'ab'.repeat(32)],
  ])('lists a %s written under %s', (kind, type, name) => {
    expect(listFor({ [type]: [name] })).toEqual([{ kind, name }]);
  });

  it('lists those of NotPrincipal too', () => {
    expect(listFor({ AWS: account }, 'NotPrincipal')).toHaveLength(1);
  });

  it('lists each principal once and leaves out *', () => {
    expect(listFor('*')).toEqual([]);
    expect(listFor({ AWS: ['*', account, account], Service: 'a.b' }).map(({ name }) => name)).toEqual([
      account,
      'a.b',
    ]);
  });
});

describe('a principal is refused when it', () => {
  const sentence =
    'Policy contains a statement with one or more invalid principals. Statement 1: Principal: ';
  const form = 'an AWS principal must be *, an account id, an ARN or a unique id.';
  const kinds =
    'the ARN of a principal must name an account root, user, role, role session or federated user.';
  it.each([
    ['is a group', `arn:aws:iam::${account}:group/admins`, 'a group cannot be a principal.'],
    [
      'has a wildcard in an ARN',
      `arn:aws:iam::${account}:user/*`,
      'a wildcard cannot stand inside a principal.',
    ],
    [
      'has a question mark in an ARN',
      `arn:aws:iam::${account}:role/a?`,
      'a wildcard cannot stand inside a principal.',
    ],
    ['is a wildcard and more', '1111*', 'a wildcard cannot stand inside a principal.'],
    ['is empty', '', form],
    ['is an account id of eleven digits', '11112222333', form],
    ['is the unique id of a group', 'AGPAIOSFODNN7EXAMPLE1', form],
    ['is an ARN of an unknown partition', `arn:gcp:iam::${account}:root`, form],
    ['is an ARN with a line break', `arn:aws:iam::${account}:root\n`, form],
    ['is an IAM ARN without account', 'arn:aws:iam:::root', kinds],
    ['is an IAM ARN of AWS itself', 'arn:aws:iam::aws:root', kinds],
    ['is an IAM ARN with a Region', `arn:aws:iam:us-east-1:${account}:root`, kinds],
    ['is another resource of IAM', `arn:aws:iam::${account}:policy/p`, kinds],
    ['is a user without a name', `arn:aws:iam::${account}:user/path/`, kinds],
    ['is a user with a name of 65 characters', `arn:aws:iam::${account}:user/${'a'.repeat(65)}`, kinds],
    ['is a role under STS', `arn:aws:sts::${account}:role/r`, kinds],
    ['is a role session without session name', `arn:aws:sts::${account}:assumed-role/r`, kinds],
    ['is an ARN of another service', `arn:aws:kms:us-east-1:${account}:key/k`, kinds],
  ])('%s', (_, name, rule) => {
    expect(() => listFor({ AWS: name })).toThrow(sentence + rule);
  });

  const shape = 'Statement 1: Principal must be * or an object';
  it.each<[string, unknown, string]>([
    ['is a string other than *', account, shape],
    ['is an array', ['*'], shape],
    ['is null', null, shape],
    ['is an empty object', {}, shape],
    ['has an unknown type', { Aws: '*' }, 'may contain only AWS, Service, Federated and CanonicalUser.'],
    ['has a type named as a member of Object', { constructor: '*' }, 'may contain only AWS'],
    [
      'is an empty array of AWS principals',
      { AWS: [] },
      'Principal: AWS must be a string or a non-empty array',
    ],
    ['is an account id written as a number', { AWS: 111122223333 }, 'Principal: AWS must be a string'],
    ['is a service without a dot', { Service: 'kms' }, 'a service principal is a name'],
    ['is any service', { Service: '*' }, 'a service principal is a name'],
    ['is an empty federated principal', { Federated: '' }, 'a federated principal cannot be empty'],
    ['is a canonical user id of 63 digits', { CanonicalUser: 'a'.repeat(63) }, 'a canonical user id has 64'],
  ])('%s', (_, principal, message) => {
    expect(() => listFor(principal)).toThrow(message);
  });
});
