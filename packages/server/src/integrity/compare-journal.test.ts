import { describe, expect, it } from 'vitest';
import { CommitCounts } from './commit-counts.ts';
import { JournalComparison } from './compare-journal.ts';

const accountId = '000000000000';
const awsRegion = 'us-east-1';

const record = (eventName: string, eventTime: number, more: object = {}) => ({
  eventId: `${eventName} ${eventTime}`,
  eventName,
  eventTime,
  eventSource: 'kms.amazonaws.com',
  awsRegion,
  accountId,
  resources: [`arn:aws:kms:${awsRegion}:${accountId}:key/mrk-1`],
  ...more,
});
const destroyedAt = (at: number) => record('DeleteKey', at, { eventType: 'AwsServiceEvent' });
const madeAt = (at: number) => record('CreateKey', at, { readOnly: false });

/** What is found in records, in a store that has the key, and no tombstone of it. */
async function checksOf(key: object | undefined, ...records: readonly object[]): Promise<readonly string[]> {
  const storage = { snapshot: () => [key === undefined ? [] : [key], []] } as never;
  const comparison = new JournalComparison(storage, new CommitCounts([]));
  for (const one of records) await comparison.take(JSON.stringify([one]));
  return comparison.takeFindings().map(({ check }) => check);
}

const replica = { multi_region: 1, created_at: 2000 };

describe('A destruction of which the journal tells, and of which the store holds no tombstone', () => {
  it('is no finding where a later record tells that the key was made anew', async () => {
    expect(await checksOf(replica, madeAt(0), destroyedAt(1000), madeAt(2000))).toEqual([]);
    // Whatever the clock said.
    expect(await checksOf(replica, destroyedAt(5000), madeAt(2000))).toEqual([]);
  });

  it('is no finding where the replica was made anew, and the record of that has not been read', async () => {
    expect(await checksOf(replica, madeAt(0), destroyedAt(1000))).toEqual([]);
  });

  it('is one where the replica is older than its destruction: its rows were put back', async () => {
    expect(await checksOf(replica, madeAt(2000), destroyedAt(2001))).toEqual(['destroyed-but-there']);
  });

  it('is one for a single-Region key, whose id is never used again', async () => {
    expect(await checksOf({ ...replica, multi_region: 0 }, destroyedAt(1000))).toEqual([
      'destroyed-but-there',
    ]);
  });

  it('is one where the key is not there either', async () => {
    expect(await checksOf(undefined, madeAt(0), destroyedAt(1000))).toEqual(['tombstone-missing']);
  });

  it('is one where it was destroyed again after it was made anew', async () => {
    const records = [destroyedAt(1000), madeAt(2000), destroyedAt(3000)];
    expect(await checksOf(undefined, ...records)).toEqual(['tombstone-missing']);
    expect(await checksOf(replica, ...records)).toEqual(['destroyed-but-there']);
  });

  it('is one of a key that is lost where it was made anew and is not there', async () => {
    expect(await checksOf(undefined, destroyedAt(1000), madeAt(2000))).toEqual(['key-lost']);
  });
});
