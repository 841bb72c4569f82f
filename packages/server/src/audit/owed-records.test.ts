import { describe, expect, it } from 'vitest';
import { OwedRecords } from './owed-records.ts';

const create = () => new OwedRecords((records) => `gap of ${records}`);

function payAll(owed: OwedRecords): string[] {
  const paid: string[] = [];
  for (let next = owed.next(); next !== undefined; next = owed.next()) {
    paid.push(...next);
    owed.paid(next);
  }
  return paid;
}

describe('Records that wait for the journal', () => {
  it('come out in order, a few hundred at once', () => {
    const owed = create();
    const records = Array.from({ length: 1000 }, (_, n) => `record ${n}`);
    owed.add(records);
    expect(owed.next()?.length).toBeLessThan(500);
    expect(payAll(owed)).toEqual(records);
    expect(owed.isEmpty).toBe(true);
  });

  it('stay where they are until they are paid, and what is added meanwhile goes behind them', () => {
    const owed = create();
    owed.add(['a', 'b']);
    expect(owed.next()).toEqual(['a', 'b']);
    owed.add(['c']);
    expect(payAll(owed)).toEqual(['a', 'b', 'c']);
  });

  it('are dropped and counted beyond 32 MiB, and a record of the count comes last', () => {
    const owed = create();
    const large = 'x'.repeat(1024 * 1024);
    for (let n = 0; n < 40; n++) owed.add([large]);
    expect(owed.hasDropped).toBe(true);
    // Nothing comes in behind what was dropped: the order would be wrong.
    owed.add(['small']);
    const paid = payAll(owed);
    expect(paid.slice(0, -1)).toEqual(Array.from({ length: 32 }, () => large));
    expect(paid.at(-1)).toBe('gap of 9');
    expect(owed.isEmpty).toBe(true);
    expect(owed.hasDropped).toBe(false);
    owed.add([large]);
    expect(payAll(owed)).toEqual([large]);
  });
});
