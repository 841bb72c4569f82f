import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { rootPrincipal, type Principal } from '../authentication/principal.ts';
import { select } from '../storage/query.ts';
import { grantTable, kmsKeyTable } from '../storage/tables.ts';
import { remove, update } from '../storage/unit-of-work.ts';
import {
  accountId,
  alice,
  type GrantedStore,
  grantRow,
  keyAt,
  openGranted,
  rootArn,
  service,
  session,
} from './granted-store.test-support.ts';
import { noTokens } from './port.ts';

const key = keyAt('key');

const idsFor = async (
  { grants }: GrantedStore,
  principal: Principal,
  { at = key, now = 1000, fresh = false, tokens = noTokens } = {},
) => (await grants.forCaller(principal, at, tokens, now, fresh)).map(({ row }) => row.grant_id);

const rowOf = async ({ storage }: GrantedStore, grant_id: string) => {
  const [[row]] = await storage.snapshot(select(grantTable, { grant_id }));
  if (row === undefined) throw new Error('there is no such grant');
  return row;
};

describe('The grants of a caller', () => {
  it.each<[string, Principal, readonly (readonly [string, string])[]]>([
    [
      'user',
      alice,
      [
        ['AIDAALICE', 'principal'],
        [rootArn, 'account'],
      ],
    ],
    [
      'session',
      session,
      [
        ['AROAAPP:one', 'principal'],
        ['AROAAPP', 'role'],
        [rootArn, 'account'],
      ],
    ],
    ['service', service, [['s3.amazonaws.com', 'service']]],
    ['root user', rootPrincipal(accountId), [[rootArn, 'account']]],
  ])('are found by every name of a %s, the closest first, and by no other', async (_, principal, names) => {
    const store = await openGranted();
    const keys = [
      'AIDAALICE',
      'AROAAPP',
      'AROAAPP:one',
      'AROAAPP:two',
      rootArn,
      's3.amazonaws.com',
      'AIDABOB',
    ];
    await store.add(...keys.map((grantee_key) => grantRow({ grantee_key })));
    const found = await store.grants.forCaller(principal, key, noTokens, 1000, false);
    expect(found.map(({ row, grant }) => [row.grantee_key, grant.grantee])).toEqual(names);
  });

  it('are those of the key in its Region and account', async () => {
    const store = await openGranted();
    await store.add(
      grantRow({ key_id: 'other' }),
      grantRow({ region: 'us-east-1' }),
      grantRow({ account_id: '111122223333' }),
    );
    expect(await idsFor(store, alice)).toEqual([]);
    expect(await idsFor(store, alice, { at: keyAt('key', 'us-east-1') })).toHaveLength(1);
  });

  it('say what their rows say', async () => {
    const store = await openGranted();
    const constraints = '{"subset":[["a","1"]],"sourceArn":"arn:aws:sns:eu-west-2:000000000000:t"}';
    await store.add(grantRow({ operations: '["Decrypt","CreateGrant"]', constraints }));
    const [found] = await store.grants.forCaller(alice, key, noTokens, 1000, false);
    expect([...(found?.grant.operations ?? [])]).toEqual(['Decrypt', 'CreateGrant']);
    expect(found?.grant.constraints).toEqual({
      encryptionContextEquals: undefined,
      encryptionContextSubset: new Map([['a', '1']]),
      sourceArn: 'arn:aws:sns:eu-west-2:000000000000:t',
    });
  });

  it('are read from the store once, also where there are none, until a commit changes them', async () => {
    const store = await openGranted();
    const snapshot = vi.spyOn(store.storage, 'snapshot');
    for (let count = 0; count < 3; count++) expect(await idsFor(store, alice)).toEqual([]);
    // Once by the user's own id and once by the account.
    expect(snapshot).toHaveBeenCalledTimes(2);
    await store.add(grantRow());
    expect(await idsFor(store, alice)).toHaveLength(1);
    expect(snapshot).toHaveBeenCalledTimes(3);
    expect(await idsFor(store, alice)).toHaveLength(1);
    expect(snapshot).toHaveBeenCalledTimes(3);
  });

  it('are read again for who asks the store itself', async () => {
    const store = await openGranted();
    await store.add(grantRow());
    expect(await idsFor(store, alice)).toHaveLength(1);
    const snapshot = vi.spyOn(store.storage, 'snapshot');
    expect(await idsFor(store, alice, { fresh: true })).toHaveLength(1);
    expect(snapshot).toHaveBeenCalledTimes(2);
  });

  it('cost one row each when one is made, and nothing when one ends, however many others there are', async () => {
    const store = await openGranted();
    await store.add(...Array.from({ length: 2000 }, () => grantRow()));
    await store.add(...Array.from({ length: 2000 }, (_, index) => grantRow({ grantee_key: `AIDA${index}` })));
    const read = vi.spyOn(store.storage, 'snapshot');
    const rowsRead = () => read.mock.results.flatMap(({ value }) => value as unknown[][]).flat().length;
    expect(await idsFor(store, alice)).toHaveLength(2000);
    expect(rowsRead()).toBe(2000);
    const made = grantRow();
    await store.add(made);
    expect(await idsFor(store, alice)).toHaveLength(2001);
    expect(rowsRead()).toBe(2001);
    const row = await rowOf(store, made.grant_id);
    const before = rowsRead();
    await store.commit(remove(grantTable, row));
    expect(await idsFor(store, alice)).toHaveLength(2000);
    expect(rowsRead()).toBe(before);
  });

  it('are none once the key is gone', async () => {
    const store = await openGranted();
    const made = grantRow();
    await store.add(made);
    expect(await idsFor(store, alice)).toHaveLength(1);
    const gone = {
      table: kmsKeyTable.name,
      key: [accountId, 'eu-west-2', 'key'],
      version: 1,
      row: undefined,
    };
    await store.commit(remove(grantTable, await rowOf(store, made.grant_id)));
    store.grants.forget([gone]);
    expect(await idsFor(store, alice)).toEqual([]);
  });

  it('are what the store holds, whatever was committed in whichever order', async () => {
    const step = fc.oneof(
      fc.record({ add: fc.constantFrom('AIDAALICE', 'AIDABOB', rootArn) }),
      fc.record({ end: fc.nat() }),
      fc.record({ drop: fc.nat() }),
      fc.constant({ ask: true }),
    );
    const store = await openGranted(500);
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const key_id = `key-${++runs}`;
        const at = keyAt(key_id);
        for (const one of steps) {
          const [rows] = await store.storage.snapshot(select(grantTable, { key_id }));
          const pick = (at: number) => rows[at % Math.max(1, rows.length)];
          if ('add' in one) await store.add(grantRow({ key_id, grantee_key: one.add }));
          if ('ask' in one) await idsFor(store, alice, { at });
          if ('end' in one && pick(one.end) !== undefined)
            await store.commit(update(grantTable, pick(one.end) ?? never(), { ended_at: 0 }));
          if ('drop' in one && pick(one.drop) !== undefined)
            await store.commit(remove(grantTable, pick(one.drop) ?? never()));
          const known = [...(await idsFor(store, alice, { at }))].sort();
          const [stored] = await store.storage.snapshot(select(grantTable, { key_id }));
          const effective = stored.filter(
            ({ grantee_key, ended_at }) => grantee_key !== 'AIDABOB' && (ended_at ?? 1000) + 500 > 1000,
          );
          expect(known).toEqual(effective.map(({ grant_id }) => grant_id).sort());
        }
      }),
      { numRuns: 40 },
    );
  });
});

function never(): never {
  throw new Error('there is such a row');
}

describe('A grant', () => {
  it('is effective from its time on, and until the time of its end', async () => {
    const store = await openGranted(500);
    const made = grantRow({ created_at: 1000, ended_at: 2000 });
    await store.add(made);
    const effective = async (now: number) => (await idsFor(store, alice, { now })).length === 1;
    expect([
      await effective(1499),
      await effective(1500),
      await effective(2499),
      await effective(2500),
    ]).toEqual([false, true, true, false]);
  });

  it('that ended is not effective any more where ends are effective at once', async () => {
    const store = await openGranted();
    await store.add(grantRow({ ended_at: 900 }));
    expect(await idsFor(store, alice)).toEqual([]);
  });
});

describe('Grant tokens', () => {
  const addressOf = ({ account_id, region, key_id, grant_id }: ReturnType<typeof grantRow>) => ({
    accountId: account_id,
    region,
    keyId: key_id,
    grantId: grant_id,
  });
  const invalid = { code: 'InvalidGrantTokenException' };
  const opening = async (store: GrantedStore, ...tokens: readonly string[]) =>
    store.grants.openTokens(tokens, 'eu-west-2');

  it('name grants, which are effective before their time for who is their grantee, and for nobody else', async () => {
    const store = await openGranted(500);
    const [mine, other] = [grantRow({ created_at: 900 }), grantRow({ created_at: 900 })];
    await store.add(mine, other, grantRow({ created_at: 900, grantee_key: 'AIDABOB' }));
    const tokens = await opening(store, store.grantTokens.seal(addressOf(mine)));
    expect([...tokens.keys()]).toEqual([mine.grant_id]);
    expect(await idsFor(store, alice, { tokens })).toEqual([mine.grant_id]);
    expect(await idsFor(store, session, { tokens })).toEqual([]);
    expect(await idsFor(store, alice, { tokens, at: keyAt('other') })).toEqual([]);
  });

  it('name nothing where there are none', async () => {
    expect((await opening(await openGranted())).size).toBe(0);
  });

  it.each<[string, (store: GrantedStore) => Promise<string> | string]>([
    ['of no grant', ({ grantTokens }) => grantTokens.seal(addressOf(grantRow()))],
    [
      'of a grant that has ended',
      async ({ add, grantTokens }) => {
        const row = grantRow({ ended_at: 999 });
        await add(row);
        return grantTokens.seal(addressOf(row));
      },
    ],
    [
      'of a grant of another Region',
      async ({ add, grantTokens }) => {
        const row = grantRow({ region: 'us-east-1' });
        await add(row);
        return grantTokens.seal(addressOf(row));
      },
    ],
    [
      'of another service',
      async ({ add }) => {
        const row = grantRow();
        await add(row);
        return (await openGranted()).grantTokens.seal(addressOf(row));
      },
    ],
    ['that are any text', () => 'AQpA'],
  ])('%s are refused with InvalidGrantTokenException, though others are good', async (_, tokenOf) => {
    const store = await openGranted(500);
    const good = grantRow();
    await store.add(good);
    const token = await tokenOf(store);
    await expect(opening(store, store.grantTokens.seal(addressOf(good)), token)).rejects.toMatchObject(
      invalid,
    );
  });
});
