import { CreateGrantCommand, CreateKeyCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SqlValue } from '../storage/table.ts';
import { grantTable } from '../storage/tables.ts';
import {
  copyOf,
  examineStopped,
  fillStore,
  type StoppedStore,
  withKeys,
} from './stopped-store.test-support.ts';

const root = 'arn:aws:iam::000000000000:root';
let store: StoppedStore;

beforeAll(async () => {
  store = await fillStore(async (service) => {
    const kms = service.client();
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    await kms.send(
      new CreateGrantCommand({
        KeyId: KeyMetadata?.KeyId,
        GranteePrincipal: root,
        RetiringPrincipal: root,
        Operations: ['Decrypt', 'Encrypt'],
        Constraints: { EncryptionContextEquals: { a: '1', b: '2' } },
      }),
    );
  });
});
afterAll(() => {
  store.remove();
});

/** The findings after the grant's row was written anew with its MAC right. */
async function findingsWith(values: Readonly<Record<string, SqlValue>>): Promise<readonly string[]> {
  const copy = copyOf(store.dataDir);
  await withKeys(copy, ({ read, put }) => {
    put(grantTable, { ...read(grantTable, {}), ...values }, 9);
  });
  const { findings } = await examineStopped(copy);
  return findings.map(({ check, table }) => `${check} ${table ?? ''}`);
}

describe('Rows of grants', () => {
  it('give no finding as CreateGrant makes them', async () => {
    const { findings, counts } = await examineStopped(store.dataDir);
    expect(findings).toEqual([]);
    expect(counts['kms_grant']).toBe(1);
  });

  it.each<readonly [string, Readonly<Record<string, SqlValue>>]>([
    ['that are as they were', {}],
    ['without a constraint', { constraints: null }],
    ['without a retiring principal', { retiring: null, retiring_key: null }],
    ['that have ended', { ended_at: 1 }],
  ])('give no finding %s', async (_, values) => {
    expect(await findingsWith(values)).toEqual([]);
  });

  it('of a key that is not there are found', async () => {
    const absent = '00000000-0000-4000-8000-000000000000';
    expect(await findingsWith({ key_id: absent })).toEqual(['row-without-key kms_grant']);
  });

  it.each<readonly [string, Readonly<Record<string, SqlValue>>]>([
    ['operations that are no JSON', { operations: 'Decrypt' }],
    ['operations that are no list', { operations: '{}' }],
    ['no operations', { operations: '[]' }],
    ['an operation that there is not', { operations: '["DisableKey"]' }],
    ['an operation twice', { operations: '["Decrypt","Decrypt"]' }],
    ['constraints that are no JSON', { constraints: 'x' }],
    ['constraints that are none', { constraints: '{"everything":true}' }],
    ['a constraint in another order', { constraints: '{"equals":[["b","2"],["a","1"]]}' }],
    ['half a retiring principal', { retiring: null }],
  ])('are found with %s', async (_, values) => {
    expect(await findingsWith(values)).toEqual(['grant-content kms_grant']);
  });
});
