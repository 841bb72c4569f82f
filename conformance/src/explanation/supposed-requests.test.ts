import { CreateGrantCommand } from '@aws-sdk/client-kms';
import type { TestService } from '@keyhaven/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  clientOf,
  type KeyName,
  keyArnOf,
  other,
  own,
  region,
  roleArn,
  rootArn,
  startSeeded,
  userArn,
} from './seeded-cast.ts';
import type { SeenExplanation } from './seen.ts';
import { refusedOnTheWire, type WireAction, wireActions } from './wire-questions.ts';

let service: TestService;

beforeAll(async () => {
  service = await startSeeded();
  const grant = { KeyId: keyArnOf('conditional'), Operations: ['Encrypt' as const] };
  const root = clientOf(service, 'root');
  await root.send(
    new CreateGrantCommand({
      ...grant,
      GranteePrincipal: userArn('bounded'),
      Constraints: { EncryptionContextSubset: { purpose: 'grant' } },
    }),
  );
  await root.send(new CreateGrantCommand({ ...grant, GranteePrincipal: userArn('dave', other) }));
});

afterAll(() => service.close());

const explain = async (question: object) =>
  (await service.admin('explain', question)) as unknown as SeenExplanation;

/** Who asks, as the explanation and as the SDK know them. */
const askers = {
  root: rootArn(),
  alice: userArn('alice'),
  nobody: userArn('nobody'),
  bounded: userArn('bounded'),
  limited: userArn('limited'),
  s3: 's3.amazonaws.com',
  otherroot: rootArn(other),
  carol: userArn('carol', other),
  dave: userArn('dave', other),
} as const;

type Asker = keyof typeof askers;

async function compare(asker: Asker, action: WireAction, key: KeyName, context: Record<string, string>) {
  const conditions = Object.fromEntries(
    Object.entries(context).map(([name, value]) => [`kms:EncryptionContext:${name}`, value]),
  );
  const told = await explain({ principal: askers[asker], action, key: keyArnOf(key), conditions });
  const seen = await refusedOnTheWire(clientOf(service, asker), action, keyArnOf(key), context);
  expect({ asker, action, key, message: told.error?.message }).toEqual({
    asker,
    action,
    key,
    message: seen?.message,
  });
  expect(told.decision).toBe(seen === undefined ? 'allowed' : 'denied');
  return told;
}

describe('A request that nobody has made', () => {
  it.each<[Asker, WireAction, KeyName, Record<string, string>, string]>([
    [
      'root',
      'kms:Encrypt',
      'delegating',
      {},
      'The key policy allows kms:Encrypt on this key to the root user',
    ],
    ['alice', 'kms:Encrypt', 'delegating', {}, "and identity policy 'all' of user alice allows"],
    ['limited', 'kms:Encrypt', 'delegating', {}, "and identity policy 'write' of user limited allows"],
    ['nobody', 'kms:Encrypt', 'direct', {}, "to user nobody (statement 'Direct')"],
    ['nobody', 'kms:Encrypt', 'conditional', { purpose: 'backup' }, "(statement 'Backup only')"],
    ['s3', 'kms:GenerateDataKey', 'direct', {}, "to service s3.amazonaws.com (statement 'Service')"],
    ['carol', 'kms:Encrypt', 'shared', {}, "to account 444455556666 (statement 'Share')"],
    [
      'otherroot',
      'kms:Encrypt',
      'shared',
      {},
      'and the root user of account 444455556666 needs no policy of its own',
    ],
    ['bounded', 'kms:Encrypt', 'conditional', { purpose: 'grant', more: 'x' }, 'Grant '],
    ['dave', 'kms:Encrypt', 'conditional', {}, 'Grant '],
  ])(
    'is told to be allowed, as it is: %s, %s, the key %s, %j',
    async (asker, action, key, context, reason) => {
      const told = await compare(asker, action, key, context);
      expect(told.summary).toMatch(/^ALLOWED: /);
      expect(told.summary).toContain(reason);
      expect(told.permissions[0]?.toAllow).toBeUndefined();
    },
  );

  it.each<[Asker, WireAction, KeyName, Record<string, string>, string, string]>([
    [
      'nobody',
      'kms:Encrypt',
      'delegating',
      {},
      'because no identity-based policy allows',
      'Attach to the user',
    ],
    [
      'nobody',
      'kms:Encrypt',
      'conditional',
      {},
      'because no resource-based policy allows',
      'Meet the conditions of statement "Backup only"',
    ],
    [
      'alice',
      'kms:Encrypt',
      'direct',
      {},
      'because no resource-based policy allows',
      `Name ${userArn('alice')} as principal`,
    ],
    [
      'bounded',
      'kms:DescribeKey',
      'delegating',
      {},
      'because no permissions boundary allows',
      'permissions boundary arn:aws:iam::111122223333:policy/OnlyEncrypt',
    ],
    [
      'bounded',
      'kms:Encrypt',
      'conditional',
      { purpose: 'other' },
      'because no resource-based policy allows',
      'create a grant',
    ],
    ['root', 'kms:Encrypt', 'direct', {}, 'because no resource-based policy allows', 'key policy'],
    [
      's3',
      'kms:Encrypt',
      'direct',
      {},
      'because no resource-based policy allows',
      'Name the service s3.amazonaws.com as principal',
    ],
    ['dave', 'kms:Encrypt', 'shared', {}, 'because no identity-based policy allows', 'Attach to the user'],
    [
      'carol',
      'kms:Encrypt',
      'delegating',
      {},
      'because no resource-based policy allows',
      'Its own account must allow it too',
    ],
  ])(
    'is told to be refused, as it is: %s, %s, the key %s, %j',
    async (asker, action, key, context, reason, way) => {
      const told = await compare(asker, action, key, context);
      expect(told.summary).toContain(`DENIED: ${reason}`);
      expect(told.permissions[0]?.toAllow?.join(' ')).toContain(way);
    },
  );

  it('is told to be denied by a statement, which is named', async () => {
    const told = await explain({
      principal: userArn('alice'),
      action: 'kms:Decrypt',
      key: keyArnOf('denying'),
    });
    expect(told.summary).toBe('DENIED: with an explicit deny in statement "NoDecrypt" of the key policy');
    expect(told.permissions[0]?.toAllow).toEqual([
      'Narrow or remove statement "NoDecrypt" of the key policy: an explicit deny wins over every allow.',
    ]);
  });

  it('is out of reach where the operation does not cross accounts, whatever policies say', async () => {
    const told = await compare('otherroot', 'kms:EnableKey', 'shared', {});
    expect(told).toMatchObject({
      permissions: [],
      summary: 'DENIED: the key is out of reach, before its policies are asked',
    });
  });

  it('is decided as the service decides, whoever asks for whatever', async () => {
    const contexts = [{}, { purpose: 'backup' }, { purpose: 'grant' }, { purpose: 'grant', more: 'x' }];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...(Object.keys(askers) as Asker[])),
        fc.constantFrom(...wireActions),
        fc.constantFrom<KeyName>('delegating', 'direct', 'shared', 'denying', 'conditional'),
        fc.constantFrom(...contexts),
        async (asker, action, key, context) => {
          await compare(asker, action, key, context);
        },
      ),
      { numRuns: 80 },
    );
  }, 60_000);

  it('of a role is asked as a session of it, which a session policy limits', async () => {
    const question = { principal: roleArn('deploy'), action: 'kms:Decrypt', key: keyArnOf('direct') };
    const statement = { Effect: 'Allow', Action: 'kms:Encrypt', Resource: '*' };
    const sessionPolicies = [JSON.stringify({ Version: '2012-10-17', Statement: statement })];
    expect(await explain(question)).toMatchObject({
      principal: `arn:aws:sts::${own}:assumed-role/deploy/explain`,
      decision: 'allowed',
    });
    const limited = await explain({ ...question, sessionPolicies });
    expect(limited.summary).toBe('DENIED: because no session policy allows the kms:Decrypt action');
  });

  it('names the key by its alias, or by its id where Region and account are given', async () => {
    const question = { principal: userArn('alice'), action: 'kms:Encrypt' };
    for (const key of [
      { key: `arn:aws:kms:${region}:${own}:alias/delegating` },
      { key: 'alias/delegating', region },
      { key: '11111111-1111-4111-8111-111111111111', region, accountId: own },
    ]) {
      const told = await explain({ ...question, ...key });
      expect(told.permissions[0]?.resource).toBe(keyArnOf('delegating'));
    }
  });

  it('tells for every permission that it takes: an alias and its key', async () => {
    const told = await explain({
      principal: userArn('nobody'),
      action: 'kms:DeleteAlias',
      key: `arn:aws:kms:${region}:${own}:alias/delegating`,
    });
    expect(told.permissions.map(({ resource, decision }) => [resource, decision])).toEqual([
      [`arn:aws:kms:${region}:${own}:alias/delegating`, 'ImplicitDeny'],
      [keyArnOf('delegating'), 'ImplicitDeny'],
    ]);
  });

  it('tells which condition keys were asked for in vain, and none that was stated', async () => {
    const question = { principal: userArn('nobody'), action: 'kms:Encrypt', key: keyArnOf('conditional') };
    expect((await explain(question)).unstated).toEqual(['kms:EncryptionContext:purpose']);
    const conditions = { 'kms:EncryptionContext:purpose': 'other' };
    expect((await explain({ ...question, conditions })).unstated).toEqual([]);
  });
});
