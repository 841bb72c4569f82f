import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mostOutstanding, supersededParameters } from './superseded-parameters.ts';

const now = 1000;
const rows = fc.array(fc.record({ expires_at: fc.integer({ min: 900, max: 1200 }) }), { maxLength: 120 });

describe('What gives way to one more wrapping key', () => {
  it('is nothing while there are fewer than fifty, all of them good', () => {
    const good = Array.from({ length: mostOutstanding - 1 }, (_, at) => ({ expires_at: now + 1 + at }));
    expect(supersededParameters(good, now)).toEqual([]);
  });

  it('is the oldest where there are fifty', () => {
    const good = Array.from({ length: mostOutstanding }, (_, at) => ({ expires_at: now + 100 - at }));
    expect(supersededParameters(good, now)).toEqual([good.at(-1)]);
  });

  it('is whatever has expired, however few there are', () => {
    const [old, good] = [{ expires_at: now }, { expires_at: now + 1 }];
    expect(supersededParameters([old, good], now)).toEqual([old]);
  });

  it('never leaves more than fifty with the new one, nor takes a younger one before an older one', () => {
    fc.assert(
      fc.property(rows, (parameters) => {
        const gone = supersededParameters(parameters, now);
        const kept = parameters.filter((row) => !gone.includes(row));
        expect(kept.length).toBeLessThan(mostOutstanding);
        expect(kept.every(({ expires_at }) => expires_at > now)).toBe(true);
        const youngestGone = Math.max(...gone.map(({ expires_at }) => expires_at), now);
        expect(kept.every(({ expires_at }) => expires_at >= youngestGone)).toBe(true);
      }),
    );
  });
});
