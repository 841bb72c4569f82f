import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
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
const keyPolicy = { kind: 'resource-based policy', policy: 'default' };

describe('keyhaven who-can', () => {
  const access = {
    key,
    aliases: ['alias/app'],
    actions: ['kms:Decrypt', 'kms:Encrypt'],
    principals: [
      {
        principal: 'arn:aws:iam::111122223333:root',
        kind: 'root',
        access: [
          {
            actions: ['kms:Decrypt', 'kms:Encrypt'],
            answer: 'allowed',
            deciders: [{ ...keyPolicy, statement: { sid: 'Delegate', index: 0 } }],
            conditions: [],
          },
        ],
      },
      {
        principal: alice,
        kind: 'user',
        access: [
          {
            actions: ['kms:Decrypt'],
            answer: 'allowed under conditions',
            deciders: [{ kind: 'grant', grantId: 'f1' }],
            conditions: [
              {
                source: { kind: 'grant', grantId: 'f1' },
                effect: 'Allow',
                conditions: ['the encryption context includes {"a":"b"}'],
              },
              {
                source: { ...keyPolicy, statement: { index: 1 } },
                effect: 'Deny',
                conditions: ["aws:SecureTransport is 'false'", "aws:SourceIp is outside '10.0.0.0/8'"],
              },
            ],
          },
        ],
      },
    ],
    warnings: [{ kind: 'everyone', sid: 'Open', index: 2, text: 'It allows every principal.' }],
    isCutShort: true,
  };

  it('tells of everyone what they may, by what, and on which conditions', async () => {
    service.on('who-can', resultOf(access));
    expect(await call(['who-can', '--key', key])).toEqual({
      exitCode: 0,
      stderr: '',
      stdout: `2 principals may use or manage
${key} (alias/app)

arn:aws:iam::111122223333:root (root user)
  every action on the key
    by statement "Delegate" of the key policy

${alice} (user)
  kms:Decrypt
    by grant f1
    if grant f1 allows it where the encryption context includes {"a":"b"}
    unless statement 2 of the key policy denies it where aws:SecureTransport is 'false', and
           aws:SourceIp is outside '10.0.0.0/8'

There are more. Ask for one with --principal.

WARNING key policy, statement "Open": It allows every principal.
`,
    });
    expect(service.requests[0]?.body).toEqual({ key });
  });

  it('says that nobody may', async () => {
    const none = { ...access, actions: ['kms:Decrypt'], principals: [], warnings: [], isCutShort: false };
    service.on('who-can', resultOf(none));
    const { stdout } = await call(['who-can', '--key', key, '--action', 'kms:Decrypt', '--principal', alice]);
    expect(stdout).toBe(`NOBODY of the principals that exist may kms:Decrypt with\n${key} (alias/app)\n`);
    expect(service.requests[0]?.body).toEqual({ key, action: 'kms:Decrypt', principal: alice });
  });

  it.each([
    [[], "required option '--key <arn>' not specified"],
    [['--key', key, '--region', 'x'], 'A Region is a name'],
    [['--key', key, alice], 'too many arguments'],
  ])('refuses %j as wrong usage', async (words, reason) => {
    const outcome = await call(['who-can', ...words]);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toContain(reason);
    expect(service.requests).toEqual([]);
  });

  it('refuses a reply that makes no sense', async () => {
    service.on('who-can', resultOf({ ...access, principals: 'all' }));
    expect(await call(['who-can', '--key', key])).toMatchObject({ exitCode: 1, stdout: '' });
  });
});
