import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  answer,
  type CommandOutcome,
  resultOf,
  run,
  type ScriptedService,
  startScriptedService,
} from '../scripted-service.test-support.ts';

let service: ScriptedService;

beforeEach(async () => {
  service = await startScriptedService();
});
afterEach(async () => {
  await service.close();
});

const call = (words: readonly string[]): Promise<CommandOutcome> =>
  run([...words, '--data-dir', service.dataDir]);

const alice = 'arn:aws:iam::111122223333:user/alice';
const key = 'arn:aws:kms:eu-west-2:111122223333:key/0e7cb7fd-89a9-4a49-8bb8-2fd15c1bd4a1';
const message = `User: ${alice} is not authorized to perform: kms:Decrypt on resource: ${key} because no identity-based policy allows the kms:Decrypt action`;

const denied = {
  action: 'kms:Decrypt',
  resource: key,
  decision: 'ImplicitDeny',
  summary: 'DENIED: because no identity-based policy allows the kms:Decrypt action',
  sentence:
    'The key policy delegates to account 111122223333, but no identity policy of user alice allows it.',
  error: { code: 'AccessDeniedException', message, status: 400 },
  policies: [
    {
      kind: 'resource-based policy',
      name: 'default',
      verdict: 'allows',
      statement: { sid: 'Delegate', index: 0 },
      names: 'account',
      near: [],
    },
    {
      kind: 'identity-based policy',
      name: 'use\u001b[31m',
      attachedTo: 'writers',
      verdict: 'silent',
      near: [
        {
          index: 2,
          unmet: [{ key: 'kms:ViaService', operator: 'StringEquals', wanted: ['a', 'b'], said: ['c'] }],
        },
      ],
    },
  ],
  grants: [{ grantId: 'f0', operations: ['Encrypt'], covers: false }],
  furtherGrants: 3,
  toAllow: ['Attach to the user an identity-based policy.', 'Or create a grant.'],
};

const explanation = {
  principal: alice,
  decision: 'denied',
  summary: denied.summary,
  error: denied.error,
  permissions: [denied],
  unstated: ['aws:SourceIp'],
};

const permissionText = `Principal  ${alice}
Action     kms:Decrypt
Resource   ${key}
Because    The key policy delegates to account 111122223333, but no identity policy of user
           alice allows it.

  + key policy allows what the account allows, statement "Delegate"
  - identity-based policy use\\u{1b}[31m of the group writers does not allow it
      statement 3 would, but for kms:ViaService StringEquals a | b (said: c)
  - grant f0 (Encrypt)
  - 3 more grants

To allow it:
  * Attach to the user an identity-based policy.
  * Or create a grant.
`;

describe('keyhaven explain', () => {
  it('answers in its first line, then by each policy, then what would allow it', async () => {
    service.on('explain', resultOf(explanation));
    const words = ['explain', '--principal', alice, '--action', 'kms:Decrypt', '--key', key];
    expect(await call(words)).toEqual({
      exitCode: 0,
      stderr: '',
      stdout: `DENIED: because no identity-based policy allows the kms:Decrypt action

The client hears  AccessDeniedException: User: ${alice} is not
                  authorized to perform: kms:Decrypt on resource:
                  ${key}
                  because no identity-based policy allows the kms:Decrypt action

${permissionText}
Policies asked for aws:SourceIp, and nothing is said of it. Say it with --condition KEY=VALUE.
`,
    });
    expect(service.requests[0]?.body).toEqual({ principal: alice, action: 'kms:Decrypt', key });
    expect(JSON.parse((await call([...words, '--json'])).stdout)).toEqual(explanation);
  });

  it('sends conditions, several values of one key, and the text of session policies', async () => {
    service.on('explain', resultOf({ ...explanation, permissions: [], unstated: [] }));
    const file = join(service.dataDir, 'policy.json');
    writeFileSync(file, '{"Version":"2012-10-17"}');
    const words = ['explain', '--principal', alice, '--action', 'kms:Encrypt', '--region', 'eu-west-2'];
    const conditions = ['aws:TagKeys=a', 'aws:TagKeys=b', 'kms:EncryptionContext:path=x=y'];
    await call([...words, ...conditions.flatMap((one) => ['--condition', one]), '--session-policy', file]);
    expect(service.requests[0]?.body).toEqual({
      principal: alice,
      action: 'kms:Encrypt',
      region: 'eu-west-2',
      conditions: { 'aws:TagKeys': ['a', 'b'], 'kms:EncryptionContext:path': ['x=y'] },
      sessionPolicies: ['{"Version":"2012-10-17"}'],
    });
  });

  it('tells of a request of the journal what was decided then, and under it what is now', async () => {
    service.on(
      'explain-request',
      resultOf({
        requestId: 'r1',
        then: {
          at: '2030-01-31T12:00:00.000Z',
          operation: 'Decrypt',
          region: 'eu-west-2',
          principal: alice,
          outcome: 'allowed',
          decidedBy: 'grant f1',
          resources: [key],
        },
        now: { ...explanation, unstated: [] },
        differs: true,
        unrecorded: { conditionKeys: ['aws:Referer'], facts: ['grant tokens'] },
      }),
    );
    expect(await call(['explain', '--request-id', 'r1'])).toEqual({
      exitCode: 0,
      stderr: '',
      stdout: `THEN ALLOWED: by grant f1

Request    r1
At         2030-01-31T12:00:00.000Z
Operation  Decrypt in eu-west-2
Principal  ${alice}
Key        ${key}

NOW DENIED: because no identity-based policy allows the kms:Decrypt action (not as then: it has
    changed, or what decided is not in the record)

${permissionText}
The record does not hold: aws:Referer, grant tokens.
`,
    });
    expect(service.requests[0]?.body).toEqual({ requestId: 'r1' });
  });

  it.each([
    [
      'denied',
      { errorCode: 'AccessDeniedException', errorMessage: 'No.' },
      'THEN DENIED: AccessDeniedException: No.',
    ],
    [
      'failed before authorization',
      { errorCode: 'NotFoundException' },
      'THEN FAILED, before any permission was asked for: NotFoundException',
    ],
    [
      'failed after authorization',
      { errorCode: 'DisabledException', decidedBy: 'Root' },
      'THEN ALLOWED (by Root), and failed for another reason: DisabledException',
    ],
    [
      'failed',
      { errorCode: 'LimitExceededException' },
      'THEN FAILED, not for want of a permission: LimitExceededException',
    ],
    ['allowed', {}, 'THEN ALLOWED: it needed no policy'],
  ])(
    'says of a request that %s what became of it, and why it cannot be asked again',
    async (outcome, more, first) => {
      const then = {
        at: '2030-01-31T12:00:00.000Z',
        operation: 'Encrypt',
        region: 'eu-west-2',
        principal: alice,
      };
      service.on(
        'explain-request',
        resultOf({
          requestId: 'r1',
          then: { ...then, outcome, ...more, resources: [] },
          whyNotNow: 'The principal does not exist any more.',
          unrecorded: { conditionKeys: [], facts: [] },
        }),
      );
      const { stdout } = await call(['explain', '--request-id', 'r1']);
      expect(stdout.split('\n')[0]).toBe(first);
      expect(stdout).toMatch(/\n\nNOW: The principal does not exist any more\.\n$/);
    },
  );

  it.each([
    [[], 'What is to be explained?'],
    [['--principal', alice], 'What is to be explained?'],
    [['--request-id', 'r1', '--principal', alice], '--request-id and --principal ask two questions.'],
    [
      ['--request-id', 'r1', '--condition', 'aws:SourceIp=::1'],
      '--request-id and --condition ask two questions.',
    ],
    [['--principal', alice, '--action', 'a', '--condition', 'aws:SourceIp'], 'A condition is KEY=VALUE'],
    [['--principal', alice, '--action', 'a', '--condition', '=x'], 'A condition is KEY=VALUE'],
    [['--principal', alice, '--action', 'a', '--region', 'here'], 'A Region is a name'],
    [['--principal', alice, '--action', 'a', '--account', '1'], 'An account id is 12 digits'],
    [['kms:Decrypt'], 'too many arguments'],
  ])('refuses %j as wrong usage, before the service is asked', async (words, reason) => {
    const outcome = await call(['explain', ...words]);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toContain(reason);
    expect(service.requests).toEqual([]);
  });

  it('refuses a session policy that cannot be read', async () => {
    const outcome = await call([
      'explain',
      '--principal',
      alice,
      '--action',
      'a',
      '--session-policy',
      '/none.json',
    ]);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toContain('--session-policy /none.json cannot be read.');
  });

  it('prints what the service refuses, and what to do', async () => {
    service.on('explain-request', (response) => {
      answer(response, [
        { refusal: { reason: 'The journal has no request "r".', nextStep: 'Take the id.' } },
      ]);
    });
    expect(await call(['explain', '--request-id', 'r'])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'keyhaven: The journal has no request "r".\nTake the id.\n',
    });
  });
});
