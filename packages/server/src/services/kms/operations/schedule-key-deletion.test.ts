import { describe, expect, it } from 'vitest';
import { ScheduleKeyDeletion } from './schedule-key-deletion.ts';

const rowIn = (region: string, version: number) => ({
  account_id: '000000000000',
  region,
  key_id: 'mrk-1',
  multi_region: 1,
  primary_region: 'eu-west-2',
  state: 'Enabled',
  version,
});

/** What the deletion of the key in a Region rests on beside the key itself. */
async function restsOn(region: string): Promise<unknown> {
  const related = [rowIn('eu-west-2', 4), rowIn('us-east-1', 2), rowIn('us-west-2', 3)];
  const key = { row: related.find((row) => row.region === region), arn: 'an arn' };
  const call = { input: {}, loaded: { key, related }, now: 0 };
  const { expect: expected = [] } = await ScheduleKeyDeletion.act(call as never, {} as never);
  return expected;
}

describe('Scheduling the deletion of a multi-Region key', () => {
  it('rests for a primary on its replicas: it must not wait for one that is being destroyed', async () => {
    expect(await restsOn('eu-west-2')).toEqual([
      { table: 'kms_key', key: ['000000000000', 'us-east-1', 'mrk-1'], version: 2 },
      { table: 'kms_key', key: ['000000000000', 'us-west-2', 'mrk-1'], version: 3 },
    ]);
  });

  it('rests for a replica on nothing else', async () => {
    expect(await restsOn('us-east-1')).toEqual([]);
  });
});
