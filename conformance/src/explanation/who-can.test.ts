import { CreateGrantCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import type { TestService } from '@keyhaven/testkit';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  clientOf,
  type KeyName,
  keyArnOf,
  other,
  own,
  roleArn,
  rootArn,
  startSeeded,
  userArn,
} from './seeded-cast.ts';
import type { SeenAccess, SeenExplanation } from './seen.ts';

let service: TestService;

beforeEach(async () => {
  service = await startSeeded();
  onTestFinished(() => service.close());
});

const whoCan = async (question: object) =>
  (await service.admin('who-can', question)) as unknown as SeenAccess;

const names = ({ principals }: SeenAccess) => principals.map(({ principal }) => principal);

const keyPolicy = (sid: string, index: number) => ({
  kind: 'resource-based policy',
  policy: 'default',
  statement: { sid, index },
});

const putPolicy = (key: KeyName, ...statements: readonly object[]) => {
  const own = {
    Sid: 'Root',
    Effect: 'Allow',
    Principal: { AWS: rootArn() },
    Action: 'kms:PutKeyPolicy',
    Resource: '*',
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [own, ...statements] });
  return clientOf(service, 'root').send(new PutKeyPolicyCommand({ KeyId: keyArnOf(key), Policy }));
};

describe('Who may use a key', () => {
  it('are those whom the key policy names, by themselves, by their role, or as a service', async () => {
    expect(await whoCan({ key: keyArnOf('direct') })).toMatchObject({
      principals: [
        { principal: rootArn(), kind: 'root', access: [{ actions: ['kms:PutKeyPolicy'] }] },
        { principal: userArn('alice'), access: [{ actions: ['kms:PutKeyPolicy'] }] },
        {
          principal: userArn('nobody'),
          kind: 'user',
          access: [
            {
              actions: ['kms:Decrypt', 'kms:Encrypt'],
              answer: 'allowed',
              deciders: [keyPolicy('Direct', 1)],
              conditions: [],
            },
          ],
        },
        { principal: roleArn('deploy'), kind: 'role', access: [{ actions: ['kms:Decrypt'] }] },
        { principal: 's3.amazonaws.com', kind: 'service', access: [{ actions: ['kms:GenerateDataKey'] }] },
      ],
    });
  });

  it('are those whom delegation and an identity-based policy let in, a boundary permitting', async () => {
    const found = await whoCan({ key: keyArnOf('delegating'), action: 'kms:Encrypt' });
    expect(names(found)).toEqual([rootArn(), userArn('alice'), userArn('bounded'), userArn('limited')]);
    expect(names(await whoCan({ key: keyArnOf('delegating'), action: 'kms:Decrypt' }))).toEqual([
      rootArn(),
      userArn('alice'),
    ]);
  });

  it('are of other accounts too, as far as operations reach there', async () => {
    const { principals } = await whoCan({ key: keyArnOf('shared') });
    const foreign = principals.filter(({ principal }) => principal.includes(other));
    expect(foreign.map(({ principal, access }) => [principal, access.map(({ actions }) => actions)])).toEqual(
      [
        [rootArn(other), [['kms:Encrypt']]],
        [userArn('carol', other), [['kms:Encrypt']]],
      ],
    );
    await putPolicy('shared', {
      Effect: 'Allow',
      Principal: { AWS: rootArn(other) },
      Action: '*',
      Resource: '*',
    });
    const actions = (await whoCan({ key: keyArnOf('shared'), principal: rootArn(other) })).principals[0]
      ?.access[0]?.actions;
    expect(actions).toContain('kms:Decrypt');
    expect(actions).not.toContain('kms:ScheduleKeyDeletion');
  });

  it('are told with the conditions that each request must meet, and with what denies all the same', async () => {
    const condition = { StringEquals: { 'kms:ViaService': 's3.eu-west-2.amazonaws.com' } };
    await putPolicy(
      'direct',
      {
        Sid: 'Via',
        Effect: 'Allow',
        Principal: { AWS: userArn('nobody') },
        Action: 'kms:Decrypt',
        Resource: '*',
        Condition: condition,
      },
      {
        Sid: 'Not',
        Effect: 'Deny',
        Principal: '*',
        Action: 'kms:Decrypt',
        Resource: '*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    );
    const { principals } = await whoCan({ key: keyArnOf('direct'), action: 'kms:Decrypt' });
    expect(principals).toEqual([
      {
        principal: userArn('nobody'),
        kind: 'user',
        access: [
          {
            actions: ['kms:Decrypt'],
            answer: 'allowed under conditions',
            deciders: [keyPolicy('Via', 1)],
            conditions: [
              {
                source: keyPolicy('Via', 1),
                effect: 'Allow',
                conditions: ["kms:ViaService is 's3.eu-west-2.amazonaws.com'"],
              },
              {
                source: keyPolicy('Not', 2),
                effect: 'Deny',
                conditions: ["aws:SecureTransport is 'false'"],
              },
            ],
          },
        ],
      },
    ]);
  });

  it('are those to whom a grant is, with its constraints', async () => {
    const { GrantId } = await clientOf(service, 'root').send(
      new CreateGrantCommand({
        KeyId: keyArnOf('conditional'),
        GranteePrincipal: userArn('dave', other),
        Operations: ['Encrypt'],
        Constraints: { EncryptionContextEquals: { purpose: 'x' } },
      }),
    );
    const found = await whoCan({ key: keyArnOf('conditional'), principal: userArn('dave', other) });
    expect(found.principals[0]?.access).toEqual([
      {
        actions: ['kms:Encrypt'],
        answer: 'allowed under conditions',
        deciders: [{ kind: 'grant', grantId: GrantId }],
        conditions: [
          {
            source: { kind: 'grant', grantId: GrantId },
            effect: 'Allow',
            conditions: ['the encryption context is {"purpose":"x"}'],
          },
        ],
      },
    ]);
  });

  it('are those alone whose requests are allowed, asked one by one', async () => {
    const askers = ['alice', 'nobody', 'bounded', 'limited'].map((name) => userArn(name));
    for (const key of ['delegating', 'direct', 'shared', 'denying'] as const) {
      for (const action of ['kms:Encrypt', 'kms:Decrypt', 'kms:PutKeyPolicy']) {
        const may = new Set(names(await whoCan({ key: keyArnOf(key), action })));
        for (const principal of askers) {
          const told = await service.admin('explain', { principal, action, key: keyArnOf(key) });
          const { decision } = told as unknown as SeenExplanation;
          expect({ key, action, principal, may: may.has(principal) }).toEqual({
            ...{ key, action, principal },
            may: decision === 'allowed',
          });
        }
      }
    }
  });
});

describe('Nobody may use a key', () => {
  it('whom an unconditional Deny is about, or whose condition is settled otherwise', async () => {
    expect(names(await whoCan({ key: keyArnOf('denying'), action: 'kms:Decrypt' }))).not.toContain(
      userArn('alice'),
    );
    const Condition = { StringEquals: { 'aws:PrincipalArn': userArn('alice') } };
    await putPolicy('direct', {
      Effect: 'Allow',
      Principal: '*',
      Action: 'kms:Decrypt',
      Resource: '*',
      Condition,
    });
    expect(names(await whoCan({ key: keyArnOf('direct'), action: 'kms:Decrypt' }))).toEqual([
      userArn('alice'),
    ]);
  });

  it('of an account that neither its policy nor a grant names', async () => {
    const { principals } = await whoCan({ key: keyArnOf('delegating'), principal: userArn('carol', other) });
    expect(principals).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['a key that does not exist', { key: keyArnOf('direct').replace('2222', '9999') }, 'There is no key'],
    ['a key that is named without its Region', { key: 'alias/direct' }, 'Where is the key'],
    [
      'an action that does not exist',
      { key: keyArnOf('direct'), action: 'kms:Decrypts' },
      'There is no action',
    ],
    [
      'an action that no key is asked for',
      { key: keyArnOf('direct'), action: 'kms:ListKeys' },
      'There is no action',
    ],
    [
      'a principal that does not exist',
      { key: keyArnOf('direct'), principal: userArn('none') },
      'There is no principal',
    ],
    ['a member that the act does not know', { key: keyArnOf('direct'), all: true }, 'all'],
    ['no key', {}, 'key: '],
  ])('and the question is refused for %s', async (_name, question, reason) => {
    await expect(whoCan(question)).rejects.toThrow(reason);
  });
});

describe('A key policy is warned of', () => {
  it('that lets everyone in without conditions, also by naming those who may not', async () => {
    await putPolicy(
      'direct',
      { Sid: 'Open', Effect: 'Allow', Principal: '*', Action: 'kms:Decrypt', Resource: '*' },
      { Sid: 'But', Effect: 'Allow', NotPrincipal: { AWS: own }, Action: 'kms:Decrypt', Resource: '*' },
    );
    const { warnings } = await whoCan({ key: keyArnOf('direct') });
    expect(warnings.map(({ kind, sid }) => [kind, sid])).toEqual([
      ['everyone', 'Open'],
      ['everyone but', 'But'],
    ]);
  });

  it('not for a Deny of everyone, nor for an Allow with a condition', async () => {
    await putPolicy(
      'direct',
      { Effect: 'Deny', Principal: '*', Action: 'kms:Decrypt', Resource: '*' },
      {
        Effect: 'Allow',
        Principal: '*',
        Action: 'kms:Encrypt',
        Resource: '*',
        Condition: { StringEquals: { 'kms:CallerAccount': own } },
      },
    );
    expect((await whoCan({ key: keyArnOf('direct') })).warnings).toEqual([]);
  });
});
