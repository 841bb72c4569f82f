import { describe, expect, it } from 'vitest';
import type { Storage } from '../../../server/src/storage/port.ts';
import { select } from '../../../server/src/storage/query.ts';
import type { NewRow } from '../../../server/src/storage/table.ts';
import { aliasTable, auditOutboxTable, headTable } from '../../../server/src/storage/tables.ts';
import {
  absent,
  type Change,
  type CommitResult,
  insert,
  remove,
  type UnitOfWork,
  update,
} from '../../../server/src/storage/unit-of-work.ts';

/** An empty store, already able to protect rows of the identity scope and of `eu-west-2`. */
export interface StorageUnderContract {
  readonly storage: Storage;
  /** The same store opened again, after `storage` was closed. */
  reopen(): Promise<Storage>;
}

const accountId = '000000000000';
const region = 'eu-west-2';
const head = { accountId, region };

export function aliasRow(name: string, target: string): NewRow<typeof aliasTable> {
  const scope = { account_id: accountId, region };
  return { ...scope, alias_name: name, target_key_id: target, created_at: 1, updated_at: 1 };
}

export function unit(changes: readonly Change[], rest: Partial<UnitOfWork> = {}): UnitOfWork {
  return { head, expect: [], changes, audit: undefined, ...rest };
}

const record = (eventId: string) => ({
  eventId,
  record: `{"eventId":"${eventId}"}`,
  journalSegment: 1,
  journalOffset: 0,
});

async function aliases(storage: Storage) {
  const [rows] = await storage.snapshot(select(aliasTable, { region }, { orderBy: 'alias_name' }));
  return rows;
}
const namesOf = async (storage: Storage) => (await aliases(storage)).map(({ alias_name }) => alias_name);

async function commitNumber(storage: Storage): Promise<number> {
  const [[row]] = await storage.snapshot(select(headTable, {}));
  return row?.commit_number ?? 0;
}

async function outbox(storage: Storage) {
  const [rows] = await storage.snapshot(select(auditOutboxTable, {}, { orderBy: 'sequence' }));
  return rows;
}

async function onlyAlias(storage: Storage) {
  const [row] = await aliases(storage);
  if (row === undefined) throw new Error('no alias is stored');
  return row;
}

/** What Keyhaven relies on a store for. Every adapter passes it; `open` answers a fresh store, closed by its caller. */
export function describeStorageContract(adapter: string, open: () => Promise<StorageUnderContract>): void {
  describe(`${adapter} as a storage`, () => {
    const within = async (test: (storage: Storage, under: StorageUnderContract) => Promise<void>) => {
      const under = await open();
      await test(under.storage, under);
    };

    describeConditions(within);
    describeAtomicity(within);
    describeOutbox(within);
    describeQueries(within);
  });
}

type Within = (test: (storage: Storage, under: StorageUnderContract) => Promise<void>) => Promise<void>;

function describeConditions(within: Within): void {
  it('answers a conflict for the insert of a row that exists', () =>
    within(async (storage) => {
      await storage.commit(unit([insert(aliasTable, aliasRow('alias/a', 'k1'))]));
      const result = await storage.commit(unit([insert(aliasTable, aliasRow('alias/a', 'k2'))]));
      expect(result).toEqual({ kind: 'conflict' });
      expect((await onlyAlias(storage)).target_key_id).toBe('k1');
    }));

  it('answers a conflict for the change of a row that another commit changed', () =>
    within(async (storage) => {
      await storage.commit(unit([insert(aliasTable, aliasRow('alias/a', 'k1'))]));
      const seen = await onlyAlias(storage);
      await storage.commit(unit([update(aliasTable, seen, { target_key_id: 'k2' })]));
      expect(await storage.commit(unit([update(aliasTable, seen, { target_key_id: 'k3' })]))).toEqual({
        kind: 'conflict',
      });
      expect(await storage.commit(unit([remove(aliasTable, seen)]))).toEqual({ kind: 'conflict' });
      expect((await onlyAlias(storage)).target_key_id).toBe('k2');
    }));

  it('answers a conflict when a row that is only relied on was changed, removed or made', () =>
    within(async (storage) => {
      await storage.commit(unit([insert(aliasTable, aliasRow('alias/a', 'k1'))]));
      const seen = await onlyAlias(storage);
      const other = insert(aliasTable, aliasRow('alias/b', 'k1'));
      const seenUnchanged = { ...absent(aliasTable, [accountId, region, 'alias/a']), version: seen.version };
      const isAbsent = absent(aliasTable, [accountId, region, 'alias/a']);
      expect(await storage.commit(unit([other], { expect: [isAbsent] }))).toEqual({ kind: 'conflict' });
      await storage.commit(unit([update(aliasTable, seen, {})]));
      expect(await storage.commit(unit([other], { expect: [seenUnchanged] }))).toEqual({ kind: 'conflict' });
      await storage.commit(unit([remove(aliasTable, await onlyAlias(storage))]));
      expect(await storage.commit(unit([other], { expect: [seenUnchanged] }))).toEqual({ kind: 'conflict' });
      expect((await storage.commit(unit([other], { expect: [isAbsent] }))).kind).toBe('committed');
    }));
}

function describeAtomicity(within: Within): void {
  it('changes nothing, the head included, when one part of a unit conflicts', () =>
    within(async (storage) => {
      await storage.commit(unit([insert(aliasTable, aliasRow('alias/z', 'k1'))]));
      const parts = [
        insert(aliasTable, aliasRow('alias/a', 'k1')),
        insert(aliasTable, aliasRow('alias/z', 'k1')),
      ];
      expect(await storage.commit(unit(parts, { audit: record('e1') }))).toEqual({ kind: 'conflict' });
      expect(await namesOf(storage)).toEqual(['alias/z']);
      expect(await commitNumber(storage)).toBe(1);
      expect(await outbox(storage)).toEqual([]);
    }));

  it('fails a unit that cannot be stored alone, and commits those that came with it', () =>
    within(async (storage) => {
      const stray = { ...aliasRow('alias/x', 'k1'), region: 'xx-nowhere-1' };
      const results = await Promise.all([
        storage.commit(unit([insert(aliasTable, aliasRow('alias/a', 'k1'))])),
        storage.commit(unit([insert(aliasTable, aliasRow('alias/b', 'k1'))])),
        storage.commit(unit([insert(aliasTable, stray)])),
        storage.commit(unit([insert(aliasTable, aliasRow('alias/c', 'k1'))])),
      ]);
      expect(results.map(({ kind }) => kind)).toEqual(['committed', 'committed', 'failed', 'committed']);
      expect(await namesOf(storage)).toEqual(['alias/a', 'alias/b', 'alias/c']);
      expect(await commitNumber(storage)).toBe(3);
    }));

  it('numbers the commits of a Region without gaps, conflicts in between', () =>
    within(async (storage) => {
      const submitted: Promise<CommitResult>[] = [];
      for (let turn = 0; turn < 600; turn++) {
        const name = `alias/${turn % 3 === 0 ? 0 : turn}`;
        submitted.push(
          storage.commit(unit([insert(aliasTable, aliasRow(name, 'k1'))], { audit: record(`e${turn}`) })),
        );
      }
      const committed = (await Promise.all(submitted)).filter(({ kind }) => kind === 'committed');
      expect(committed).toHaveLength(401);
      expect(await commitNumber(storage)).toBe(401);
      expect(await aliases(storage)).toHaveLength(401);
      expect(await outbox(storage)).toHaveLength(401);
    }));

  it('answers all queries of a snapshot from one state', () =>
    within(async (storage) => {
      const writing = Promise.all(
        Array.from({ length: 200 }, (_, turn) =>
          storage.commit(unit([insert(aliasTable, aliasRow(`alias/${turn}`, 'k'))])),
        ),
      );
      for (let look = 0; look < 200; look++) {
        const [heads, rows] = await storage.snapshot(select(headTable, {}), select(aliasTable, { region }));
        expect(rows).toHaveLength(heads[0]?.commit_number ?? 0);
        await new Promise(setImmediate);
      }
      await writing;
      expect(await commitNumber(storage)).toBe(200);
    }));
}

function describeOutbox(within: Within): void {
  it('keeps records in the order of their commits, and forgets up to a sequence', () =>
    within(async (storage) => {
      const results = await Promise.all(
        ['e1', 'e2', 'e3'].map((id) =>
          storage.commit(unit([insert(aliasTable, aliasRow(id, 'k'))], { audit: record(id) })),
        ),
      );
      expect((await outbox(storage)).map(({ event_id }) => event_id)).toEqual(['e1', 'e2', 'e3']);
      const sequences = results.map((result) =>
        result.kind === 'committed' ? result.outboxSequences[0] : -1,
      );
      expect(sequences).toEqual((await outbox(storage)).map(({ sequence }) => sequence));
      storage.trimOutbox(sequences[1] ?? 0);
      await storage.commit(unit([], { audit: record('e4') }));
      expect((await outbox(storage)).map(({ event_id }) => event_id)).toEqual(['e3', 'e4']);
    }));

  it('never forgets a record that came after a trim was asked for', () =>
    within(async (storage, under) => {
      const first = await storage.commit(unit([], { audit: record('e1') }));
      storage.trimOutbox(first.kind === 'committed' ? (first.outboxSequences[0] ?? 0) : 0);
      await storage.close();
      const again = await under.reopen();
      expect(await outbox(again)).toEqual([]);
      await again.commit(unit([], { audit: record('e2') }));
      expect((await outbox(again)).map(({ event_id }) => event_id)).toEqual(['e2']);
    }));

  it('commits what was handed to it before it closes, and fails what comes after', () =>
    within(async (storage, under) => {
      const submitted = Array.from({ length: 700 }, (_, turn) =>
        storage.commit(unit([insert(aliasTable, aliasRow(`alias/${turn}`, 'k'))])),
      );
      const closed = storage.close();
      expect((await storage.commit(unit([]))).kind).toBe('failed');
      expect(new Set((await Promise.all(submitted)).map(({ kind }) => kind))).toEqual(new Set(['committed']));
      await closed;
      expect(await aliases(await under.reopen())).toHaveLength(700);
    }));
}

function describeQueries(within: Within): void {
  it('gives pages in order, each after the last row of the one before, in both directions', () =>
    within(async (storage) => {
      const names = ['alias/B', 'alias/a', 'alias/b', 'alias/ß', 'alias/é'];
      await storage.commit(unit(names.map((name) => insert(aliasTable, aliasRow(name, 'k')))));
      for (const descending of [false, true]) {
        const paged: string[] = [];
        for (let after: string | undefined; ; after = paged.at(-1)) {
          const page = {
            orderBy: 'alias_name',
            limit: 2,
            descending,
            ...(after === undefined ? {} : { after }),
          };
          const [rows] = await storage.snapshot(select(aliasTable, { account_id: accountId, region }, page));
          paged.push(...rows.map(({ alias_name }) => alias_name));
          if (rows.length < 2) break;
        }
        expect(paged).toEqual(descending ? names.toReversed() : names);
      }
    }));

  it('gives the rows of a page although earlier ones are removed meanwhile', () =>
    within(async (storage) => {
      const names = ['alias/1', 'alias/2', 'alias/3'];
      await storage.commit(unit(names.map((name) => insert(aliasTable, aliasRow(name, 'k')))));
      await storage.commit(unit([remove(aliasTable, await onlyAlias(storage))]));
      const [rows] = await storage.snapshot(
        select(aliasTable, { region }, { orderBy: 'alias_name', after: 'alias/1' }),
      );
      expect(rows.map(({ alias_name }) => alias_name)).toEqual(['alias/2', 'alias/3']);
    }));

  it('refuses to go on after a row without an order', () => {
    expect(() => select(aliasTable, {}, { after: 'alias/1' })).toThrow('needs an order');
  });
}
