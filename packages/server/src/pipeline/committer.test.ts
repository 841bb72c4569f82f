import { describe, expect, it } from 'vitest';
import {
  callerOf,
  identityOf,
  keyUnder,
  letsIn,
  otherAccountId,
  requestOf,
  alice,
} from '../authorization/questions.test-support.ts';
import type { UnitOfWork } from '../storage/unit-of-work.ts';
import { Committer } from './committer.ts';

const rested = { table: 'identity_head', key: ['a'], version: 3 };
const expected = { table: 'kms_key', key: ['b'], version: 4 };

/** The unit that a write becomes, of a caller on a key. */
async function unitOf(key: ReturnType<typeof keyUnder>): Promise<UnitOfWork> {
  const units: UnitOfWork[] = [];
  const storage = {
    commit: (unit: UnitOfWork) => {
      units.push(unit);
      return Promise.resolve({ kind: 'committed', outboxSequences: [1] });
    },
  };
  const audit = { journal: { position: { segment: 1, offset: 0 } }, outbox: { committed: () => undefined } };
  const committer = new Committer(storage as never, [], audit as never, {} as never);
  const call = {
    ...requestOf(alice, identityOf()),
    caller: callerOf(alice),
    requestId: 'r',
    protocol: { eventSource: 'kms.amazonaws.com' },
    operation: { name: 'CreateGrant', access: 'write', recorded: [], target: { keys: () => [key] } },
    loaded: {},
    outcome: { output: undefined, expect: [expected] },
    restsOn: [rested],
  };
  await committer.commit(call as never);
  const [unit] = units;
  if (unit === undefined) throw new Error('nothing was committed');
  return unit;
}

describe('A write commits', () => {
  it('only while all that let the caller in is as it was, beside what the operation rests on', async () => {
    expect((await unitOf(keyUnder(letsIn.alice))).expect).toEqual([rested, expected]);
  });

  it("where its key is: in the caller's account, or in another, which the record then names", async () => {
    const own = await unitOf(keyUnder(letsIn.alice));
    expect(own.head?.accountId).toBe(alice.accountId);
    expect(own.audit?.record).not.toContain('changedAccountId');
    const other = await unitOf(keyUnder(letsIn.alice, otherAccountId));
    expect(other.head?.accountId).toBe(otherAccountId);
    expect(JSON.parse(other.audit?.record ?? '')).toMatchObject({
      accountId: alice.accountId,
      changedAccountId: otherAccountId,
    });
  });
});
