import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { select } from '../storage/query.ts';
import { headTable, keyLastUsageTable, kmsKeyTable } from '../storage/tables.ts';
import { update } from '../storage/unit-of-work.ts';
import { type KeyUsage, LastUsages } from './last-usages.ts';
import { arnOf, TrackedStore } from './tracked-store.test-support.ts';

async function storeWith(...keyIds: readonly string[]): Promise<TrackedStore> {
  const store = await TrackedStore.open();
  for (const keyId of keyIds) await store.addKey(keyId);
  return store;
}

describe('The last usage of a key', () => {
  it('is the last successful use in the order of the journal, whatever was saved, killed and destroyed between', async () => {
    const store = await TrackedStore.open();
    const keyNames = ['a', 'b', 'c'];
    let runs = 0;
    const steps = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('use'), key: fc.constantFrom(...keyNames) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('refuse'), key: fc.constantFrom(...keyNames) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('replace'), key: fc.constantFrom(...keyNames) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('save', 'kill'), key: fc.constant('') }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 40 }), async (sequence) => {
        const run = ++runs;
        const keyIds = keyNames.map((name) => `${name}${run}`);
        for (const keyId of keyIds) await store.addKey(keyId);
        const expected = new Map<string, KeyUsage>();
        for (const { do: what, key: name } of sequence) {
          const key = `${name}${run}`;
          if (what === 'use') expected.set(key, store.use(key));
          if (what === 'refuse') refuse(store, key);
          if (what === 'save') await store.tracked.writer.save();
          if (what === 'kill') await store.start();
          if (what !== 'replace') continue;
          await store.destroyKey(key);
          await store.addKey(key);
          expected.delete(key);
        }
        for (const restart of [false, true]) {
          if (restart) await store.start();
          for (const key of keyIds) expect(await store.find(key)).toEqual(expected.get(key));
        }
        expect(store.alarms).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  function refuse(store: TrackedStore, key: string): void {
    store.record({ eventName: 'Encrypt', resources: [arnOf(key)], errorCode: 'DisabledException' });
  }

  it('is not changed by records of refusals, of operations that do not count, of the service and of no request', async () => {
    const store = await storeWith('a');
    const used = store.use('a');
    const resources = [arnOf('a')];
    store.record({ eventName: 'Decrypt', resources, errorCode: 'DryRunOperationException' });
    store.record({ eventName: 'DescribeKey', resources });
    store.record({ eventName: 'RotateKey', eventType: 'AwsServiceEvent', resources });
    store.record({ eventName: 'Encrypt', resources, requestId: undefined });
    store.record({ eventName: 'Encrypt', resources: ['arn:aws:kms:eu-west-2:1:alias/a'] });
    await store.start();
    expect(await store.find('a')).toEqual(used);
  });

  it('is that of the later record where the clock went back', async () => {
    const store = await storeWith('a');
    store.use('a', 'Encrypt', store.clock.now() + 60_000);
    const later = store.use('a', 'Decrypt', store.clock.now() + 30_000);
    expect(await store.find('a')).toEqual(later);
    await store.start();
    expect(await store.find('a')).toEqual(later);
  });
});

describe('Saving', () => {
  it('moves the mark to the end of the journal, raises no head, and writes no record', async () => {
    const store = await storeWith('a');
    store.use('a');
    const { segment, offset } = store.journal.position;
    await store.tracked.writer.save();
    expect(await store.mark()).toMatchObject({ journal_segment: segment, journal_offset: offset });
    expect(await store.savedRow('a')).toMatchObject({ operation: 'Encrypt', event_id: 'event 1' });
    expect(store.journal.position).toEqual({ segment, offset });
    const [heads] = await store.storage.snapshot(select(headTable, {}));
    expect(heads).toEqual([]);
  });

  it('commits nothing where nothing was journaled since', async () => {
    const store = await storeWith('a');
    store.use('a');
    await store.tracked.writer.save();
    const commit = vi.spyOn(store.storage, 'commit');
    await store.tracked.writer.save();
    expect(commit).not.toHaveBeenCalled();
  });

  it('writes only the rows of keys that were used since', async () => {
    const store = await storeWith('a', 'b');
    store.use('a');
    store.use('b');
    await store.tracked.writer.save();
    store.use('b', 'Decrypt');
    await store.tracked.writer.save();
    expect((await store.savedRow('a'))?.version).toBe(1);
    expect((await store.savedRow('b'))?.version).toBe(2);
  });

  it('waits while records cannot be written: what is noted may not be in the journal', async () => {
    const store = await storeWith('a');
    const before = await store.mark();
    store.use('a');
    vi.spyOn(store.journal, 'isWritable', 'get').mockReturnValue(false);
    await store.tracked.writer.save();
    expect(await store.savedRow('a')).toBeUndefined();
    expect(await store.mark()).toEqual(before);
    expect(await store.find('a')).toBeDefined();
  });

  it('makes the records durable first, and stores nothing where that fails', async () => {
    const store = await storeWith('a');
    store.use('a');
    vi.spyOn(store.journal, 'sync').mockRejectedValue(new Error('no disk'));
    await store.tracked.writer.save();
    expect(await store.savedRow('a')).toBeUndefined();
    expect(store.alarms.join()).toContain('no disk');
    expect(await store.find('a')).toBeDefined();
  });

  it('keeps what the store refuses, and does not move the mark past it', async () => {
    const store = await storeWith('a');
    const used = store.use('a');
    const before = await store.mark();
    const commit = vi.spyOn(store.storage, 'commit').mockResolvedValue({ kind: 'failed', reason: 'full' });
    await store.tracked.writer.save();
    expect(store.alarms.join()).toContain('full');
    commit.mockRestore();
    expect(await store.mark()).toEqual(before);
    expect(await store.find('a')).toEqual(used);
    await store.tracked.writer.save();
    expect(await store.savedRow('a')).toMatchObject({ event_id: used.eventId });
  });

  it('makes no row for a key that is destroyed between reading and committing', async () => {
    const store = await storeWith('a', 'b');
    store.use('a');
    store.use('b');
    const inner = store.storage.commit.bind(store.storage);
    vi.spyOn(store.storage, 'commit').mockImplementationOnce(async (unit) => {
      await store.destroyKey('a');
      return inner(unit);
    });
    await store.tracked.writer.save();
    expect(await store.savedRow('a')).toBeUndefined();
    expect(await store.savedRow('b')).toBeDefined();
    expect(store.alarms).toEqual([]);
  });

  it('goes on where a key is changed between reading and committing', async () => {
    const store = await storeWith('a');
    store.use('a');
    const inner = store.storage.commit.bind(store.storage);
    vi.spyOn(store.storage, 'commit').mockImplementationOnce(async (unit) => {
      const [[row]] = await store.storage.snapshot(select(kmsKeyTable, {}));
      if (row !== undefined) await store.commit([update(kmsKeyTable, row, { description: 'new' })]);
      return inner(unit);
    });
    await store.tracked.writer.save();
    expect(await store.savedRow('a')).toBeDefined();
  });

  it('is not held up by a row that fails its integrity check', async () => {
    const store = await storeWith('a', 'b');
    store.use('a');
    await store.tracked.writer.save();
    store.damage(keyLastUsageTable.name);
    store.use('a');
    const used = store.use('b');
    await store.tracked.writer.save();
    expect(store.alarms.join()).toContain(arnOf('a'));
    expect(await store.savedRow('b')).toMatchObject({ event_id: used.eventId });
  });
});

describe('Tracking', () => {
  it('begins at the first start and not anew at the next', async () => {
    const store = await storeWith('a');
    const since = store.tracked.usages.trackedSince;
    expect(Math.abs(store.clock.now() - since)).toBeLessThan(60_000);
    store.clock.advance(1000);
    await store.start();
    expect(store.tracked.usages.trackedSince).toBe(since);
    expect((await store.mark()).tracked_since).toBe(since);
  });

  it('begins anew where the journal was lost, and what was known before is not told any more', async () => {
    const store = await storeWith('a', 'b');
    const old = store.use('a');
    await store.tracked.writer.save();
    store.loseJournal();
    store.clock.advance(1000);
    await store.start(true);
    expect(store.tracked.usages.trackedSince).toBeGreaterThan(old.usedAt);
    expect(await store.find('a')).toBeUndefined();
    expect(store.alarms.join()).toContain('tracked anew');
    const used = store.use('b');
    await store.start();
    expect(await store.find('b')).toEqual(used);
    expect(await store.find('a')).toBeUndefined();
  });

  it('begins anew where the journal ends before the mark or was cut there', async () => {
    for (const regrown of [false, true]) {
      const store = await storeWith('a');
      store.use('a');
      const { offset } = store.journal.position;
      store.use('a');
      await store.tracked.writer.save();
      truncateSync(join(store.journalFolder, '00000001.jsonl'), offset);
      const since = store.tracked.usages.trackedSince;
      store.clock.advance(1000);
      if (regrown) growPast(store);
      await store.start();
      expect(store.tracked.usages.trackedSince).toBeGreaterThan(since);
    }
  });

  /** Appends a record that is longer than what was cut off, so that the mark lies within it. */
  function growPast(store: TrackedStore): void {
    store.reopenJournal();
    store.record({ eventName: 'JournalChainBroken', text: 'x'.repeat(500) });
  }

  it('begins anew where a segment between the mark and the end is missing', async () => {
    const store = await storeWith('a');
    for (let n = 0; n < 60; n++) store.use('a');
    expect(store.journal.position.segment).toBeGreaterThan(2);
    const since = store.tracked.usages.trackedSince;
    store.removeSegment(2);
    store.clock.advance(1000);
    await store.start();
    expect(store.tracked.usages.trackedSince).toBeGreaterThan(since);
  });

  it('goes on over lines of an earlier segment that are no frames', async () => {
    const store = await storeWith('a');
    for (let n = 0; n < 60; n++) store.use('a');
    const used = store.use('a');
    const first = join(store.journalFolder, '00000001.jsonl');
    const text = readFileSync(first, 'latin1');
    writeFileSync(first, `${text.slice(0, -40)}\n`, 'latin1');
    appendFileSync(first, 'nonsense\n{}\n');
    await store.start();
    expect(await store.find('a')).toEqual(used);
  });
});

describe('Many keys', () => {
  it('are told of once, and again after they were saved', async () => {
    const store = await TrackedStore.open();
    const usages = new LastUsages(store.storage);
    const crowded = vi.fn();
    usages.whenCrowded(crowded);
    const add = (from: number, to: number) => {
      for (let n = from; n < to; n++)
        usages.add({ arn: arnOf(`${n}`), operation: 'Sign', usedAt: n, eventId: '', requestId: '' });
    };
    add(0, 9999);
    expect(crowded).not.toHaveBeenCalled();
    add(9998, 10_010);
    expect(crowded).toHaveBeenCalledTimes(1);
    for (const usage of usages.unsaved()) usages.saved(usage);
    usages.saveEnded();
    add(0, 10_000);
    expect(crowded).toHaveBeenCalledTimes(2);
  });

  it('are all stored, more than one unit takes, when a start reads them from the journal', async () => {
    const keyIds = Array.from({ length: 150 }, (_, n) => `key-${n}`);
    const store = await storeWith(...keyIds);
    const used = keyIds.map((keyId) => store.use(keyId));
    await store.start();
    for (const [index, keyId] of keyIds.entries())
      expect(await store.savedRow(keyId)).toMatchObject({ event_id: used[index]?.eventId });
  });
});
