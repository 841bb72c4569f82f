import { ActRefused, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyArnOf, own, region, roleArn, rootArn, startSeeded, userArn } from './seeded-cast.ts';

let service: TestService;

beforeAll(async () => {
  service = await startSeeded();
});

afterAll(() => service.close());

const explain = (question: object) => service.admin('explain', question);

const refused = (question: object) =>
  explain({
    principal: userArn('alice'),
    action: 'kms:Decrypt',
    key: keyArnOf('delegating'),
    ...question,
  }).then(
    () => expect.unreachable('it was answered'),
    (error: unknown) => {
      if (!(error instanceof ActRefused)) throw error;
      return `${error.message} ${error.nextStep}`;
    },
  );

describe('A question is refused with the next step', () => {
  it.each<[string, object, RegExp]>([
    ['a principal that does not exist', { principal: userArn('nobdy') }, /no principal .*nobdy.*Name a user/],
    [
      'a principal of an account that does not exist',
      { principal: rootArn('999999999999') },
      /There is no principal/,
    ],
    ['a malformed ARN of a principal', { principal: 'arn:aws:iam::1:user' }, /There is no principal/],
    ['a group', { principal: `arn:aws:iam::${own}:group/writers` }, /There is no principal/],
    [
      'a session of a role that does not exist',
      { principal: `arn:aws:sts::${own}:assumed-role/none/session` },
      /There is no principal/,
    ],
    [
      'a key that does not exist',
      { key: keyArnOf('direct').replace('2222', '9999') },
      /There is no key .*Name a key that exists/,
    ],
    ['a malformed ARN of a key', { key: 'arn:aws:kms:eu-west-2:1:key/x' }, /There is no key/],
    ['an alias that does not exist', { key: `arn:aws:kms:${region}:${own}:alias/none` }, /There is no key/],
    [
      'a key ARN of another partition',
      { key: keyArnOf('direct').replace('arn:aws:', 'arn:aws-cn:') },
      /There is no key/,
    ],
    ['text that names no key', { key: '../direct' }, /There is no key/],
    [
      'a key id without its Region',
      { key: '11111111-1111-4111-8111-111111111111' },
      /Where is the key .*Name it by its ARN/,
    ],
    ['an action that does not exist', { action: 'kms:Decrypts' }, /no action .*Did you mean kms:Decrypt\?/],
    ['an action of another service', { action: 's3:GetObject' }, /There is no action/],
    [
      'an action that is asked of no key',
      { action: 'kms:ListKeys' },
      /is not asked of a key.*Leave the key out/,
    ],
    ['an action on an alias for a key', { action: 'kms:DeleteAlias' }, /asked of an alias/],
    ['an action on a key for none', { key: undefined }, /is asked of a key/],
    ['no Region at all', { key: undefined, action: 'kms:ListKeys' }, /In which Region/],
    [
      'a condition key that requests do not have',
      { conditions: { 'aws:SourcIp': 'x' } },
      /Did you mean aws:SourceIp\?/,
    ],
    [
      'a family of condition keys without a name',
      { conditions: { 'kms:EncryptionContext:': 'x' } },
      /no condition key/,
    ],
    [
      'a condition that follows from the principal',
      { conditions: { 'aws:username': 'bob' } },
      /follows from the principal/,
    ],
    [
      'a condition that follows from the key',
      { conditions: { 'kms:KeySpec': 'RSA_2048' } },
      /follows from the principal and the key/,
    ],
    ['a condition without a value', { conditions: { 'aws:SourceIp': [] } }, /conditions\.aws:SourceIp/],
    ['a condition that is no text', { conditions: { 'aws:SourceIp': 7 } }, /conditions\.aws:SourceIp/],
    [
      'a session policy that is no JSON',
      { principal: roleArn('deploy'), sessionPolicies: ['{'] },
      /session policy does not parse/,
    ],
    [
      'a session policy of a root user',
      { principal: rootArn(), sessionPolicies: ['{}'] },
      /have no sessions/,
    ],
    ['a member that the act does not know', { dryRun: true }, /See keyhaven --help/],
    ['an empty principal', { principal: '' }, /principal: must not be empty/],
  ])('for %s', async (_name, question, reason) => {
    expect(await refused(question)).toMatch(reason);
  });
});
