import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EncryptCommand, ListGrantsCommand, RevokeGrantCommand } from '@aws-sdk/client-kms';
import { refusalOf, startTestService, type TestService } from '@keyhaven/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StartRefusal } from '../start-refusal.ts';

const accountId = '111122223333';
const keyId = 'bc436485-5092-42b8-92a3-0aa8b93536dc';
const root = { accessKeyId: 'AKIAROOT', secretAccessKey: 'root secret' };
const alice = { accessKeyId: 'AKIAALICE', secretAccessKey: 'alice secret' };
const aliceArn = `arn:aws:iam::${accountId}:user/alice`;

const seedWith = (...grants: readonly object[]) =>
  JSON.stringify(
    {
      accounts: [
        {
          id: accountId,
          rootAccessKeys: [root],
          users: [{ name: 'alice', accessKeys: [alice] }],
          regions: { 'eu-west-2': { keys: [{ keyId, grants }] } },
        },
      ],
    },
    undefined,
    1,
  );
const toAlice = {
  name: 'for-alice',
  granteePrincipal: aliceArn,
  retiringPrincipal: `arn:aws:iam::${accountId}:root`,
  operations: ['Encrypt', 'Decrypt'],
  constraints: { encryptionContextEquals: { a: '1' } },
};

let folder: string;
let service: TestService | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyhaven-seed-'));
  service = undefined;
});
afterEach(async () => {
  await service?.close();
  rmSync(folder, { recursive: true });
});

async function start(seed: string): Promise<TestService> {
  const path = join(folder, 'seed.yaml');
  // JSON is YAML.
  writeFileSync(path, seed);
  service = await startTestService({ seed: path });
  return service;
}

const grantsIn = async (running: TestService) =>
  (await running.client({ credentials: { ...root } }).send(new ListGrantsCommand({ KeyId: keyId }))).Grants ??
  [];

describe('The grants of a seeded key', () => {
  it('are made with it, and let their grantees in', async () => {
    const running = await start(seedWith(toAlice));
    expect(await grantsIn(running)).toMatchObject([
      {
        Name: 'for-alice',
        GranteePrincipal: aliceArn,
        RetiringPrincipal: toAlice.retiringPrincipal,
        IssuingAccount: `arn:aws:iam::${accountId}:root`,
        Operations: ['Decrypt', 'Encrypt'],
        Constraints: { EncryptionContextEquals: { a: '1' } },
      },
    ]);
    const kms = running.client({ credentials: { ...alice } });
    const encrypt = (EncryptionContext?: Record<string, string>) =>
      kms.send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('x'), EncryptionContext }));
    await encrypt({ a: '1' });
    expect((await refusalOf(encrypt())).name).toBe('AccessDeniedException');
  });

  it('have the same ids in every folder that the file makes', async () => {
    const ids = [];
    for (let count = 0; count < 2; count++) {
      const running = await start(seedWith(toAlice, { ...toAlice, name: 'other' }));
      ids.push((await grantsIn(running)).map(({ GrantId }) => GrantId));
      await running.close();
    }
    service = undefined;
    expect(ids[0]).toHaveLength(2);
    expect(ids[1]).toEqual(ids[0]);
  });

  it('are not made again once they have ended, nor for a key that exists', async () => {
    const running = await start(seedWith(toAlice));
    const [grant] = await grantsIn(running);
    await running
      .client({ credentials: { ...root } })
      .send(new RevokeGrantCommand({ KeyId: keyId, GrantId: grant?.GrantId }));
    writeFileSync(join(folder, 'seed.yaml'), seedWith(toAlice, { ...toAlice, name: 'more' }));
    service = await running.restart();
    expect(await grantsIn(service)).toEqual([]);
  });

  it.each<readonly [string, object, RegExp]>([
    [
      'nobody',
      { granteePrincipal: `${aliceArn}x` },
      /in line \d+: the grant is refused: ARN does not refer to a valid principal/,
    ],
    ['nothing', { operations: [] }, /the grant is refused: A grant must allow at least one operation/],
    [
      'what the key does not do',
      { operations: ['Sign'] },
      /the grant is refused: Grant operation Sign is not supported/,
    ],
    [
      'what there is not',
      { operations: ['Destroy'] },
      /the grant is refused: .*Member must satisfy enum value set/,
    ],
    ['a wrong name', { name: 'a b' }, /the grant is refused: .*at 'name'/],
    [
      'two grantees',
      { granteeServicePrincipal: 's3.amazonaws.com' },
      /the grant is refused: You must specify either GranteePrincipal or GranteeServicePrincipal/,
    ],
    ['no operations at all', { operations: undefined }, /operations is missing/],
    ['a field that there is not', { grantee: aliceArn }, /grantee/],
  ])('that name or allow %s are refused with the line', async (_, change, text) => {
    const refused = start(seedWith({ ...toAlice, ...change }));
    await expect(refused).rejects.toThrow(StartRefusal);
    await expect(refused).rejects.toThrow(text);
  });
});
