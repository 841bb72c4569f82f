import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairQueue } from './fair-queue.ts';

const drain = (queue: FairQueue<string>): readonly string[] => {
  const all: string[] = [];
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) all.push(item);
  return all;
};

describe('A fair queue', () => {
  it('lets an account with one item wait for one of each other account, however many those have', () => {
    const queue = new FairQueue<string>();
    for (let at = 0; at < 1000; at++) queue.push('greedy', `greedy ${at}`);
    queue.push('other', 'other');
    expect([queue.shift(), queue.shift()]).toEqual(['greedy 0', 'other']);
    expect(queue.lengthOf('greedy')).toBe(999);
    expect(queue.lengthOf('other')).toBe(0);
  });

  it('answers undefined, and counts nothing, where nothing waits', () => {
    const queue = new FairQueue<string>();
    expect(queue.shift()).toBeUndefined();
    expect(queue.lengthOf('nobody')).toBe(0);
    expect(queue.take(() => true)).toEqual([]);
  });

  it('takes out what is wanted and leaves the rest in its order', () => {
    const queue = new FairQueue<string>();
    for (const item of ['a1', 'a2', 'a3']) queue.push('a', item);
    queue.push('b', 'b2');
    expect(queue.take((item) => item.endsWith('2'))).toEqual(['a2', 'b2']);
    expect(queue.lengthOf('b')).toBe(0);
    expect(drain(queue)).toEqual(['a1', 'a3']);
  });

  it('loses and doubles nothing, keeps each account in its order, and never serves one twice while another waits', () => {
    const pushes = fc.array(fc.nat({ max: 4 }), { maxLength: 60 });
    fc.assert(
      fc.property(pushes, (accounts) => {
        const queue = new FairQueue<string>();
        for (const [at, account] of accounts.entries()) queue.push(`${account}`, `${account} ${at}`);
        const drained = drain(queue).map((item) => item.split(' ').map(Number));
        for (const account of [0, 1, 2, 3, 4]) {
          const own = drained.filter(([whose]) => whose === account).map(([, at]) => at);
          expect(own).toEqual([...accounts.keys()].filter((at) => accounts[at] === account));
        }
        for (const [turn, [whose]] of drained.entries()) {
          const [next] = drained[turn + 1] ?? [];
          if (next === whose) expect(drained.slice(turn).every(([later]) => later === whose)).toBe(true);
        }
      }),
    );
  });
});
