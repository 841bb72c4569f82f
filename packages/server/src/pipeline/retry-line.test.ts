import { describe, expect, it } from 'vitest';
import { RetryLine } from './retry-line.ts';

describe('RetryLine', () => {
  it('lets one at a time through, in the order they came', async () => {
    const line = new RetryLine();
    const started: string[] = [];
    const leaves: (() => void)[] = [];
    for (const name of ['a', 'b', 'c']) {
      line.enter('account/region', (leave) => {
        started.push(name);
        leaves.push(leave);
      });
    }
    expect(started).toEqual(['a']);
    leaves[0]?.();
    await Promise.resolve();
    expect(started).toEqual(['a', 'b']);
    leaves[1]?.();
    await Promise.resolve();
    leaves[2]?.();
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('starts at once when everyone before has left', () => {
    const line = new RetryLine();
    line.enter('l', (leave) => {
      leave();
    });
    let started = false;
    line.enter('l', () => {
      started = true;
    });
    expect(started).toBe(true);
  });

  it('takes a line of any length without nesting', async () => {
    const line = new RetryLine();
    let started = 0;
    let open: (() => void) | undefined;
    line.enter('l', (leave) => {
      open = leave;
    });
    for (let index = 0; index < 20_000; index++) {
      line.enter('l', (leave) => {
        started++;
        leave();
      });
    }
    open?.();
    await new Promise(setImmediate);
    expect(started).toBe(20_000);
  });

  it('does not let one line wait for another', () => {
    const line = new RetryLine();
    const started: string[] = [];
    line.enter('a', () => started.push('a'));
    line.enter('b', () => started.push('b'));
    expect(started).toEqual(['a', 'b']);
  });
});
