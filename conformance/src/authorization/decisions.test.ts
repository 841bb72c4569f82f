import { describe, expect, it } from 'vitest';
import { decisionCases } from './cases/index.ts';
import { fingerprintOf } from './fingerprint.ts';
import { decidePurely, outcomeOf } from './pure-decision.ts';

describe.each(Object.entries(decisionCases))('the table of decisions: %s', (_, cases) => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', (_name, one) => {
    expect(outcomeOf(decidePurely(one))).toEqual(one.expected);
  });
});

describe('the table of decisions', () => {
  const all = Object.values(decisionCases).flat();

  it('has at least two hundred cases, a third of them refusals', () => {
    expect(all.length).toBeGreaterThanOrEqual(200);
    const refusals = all.filter(({ expected }) => expected !== 'allow');
    expect(refusals.length).toBeGreaterThan(all.length / 3);
  });

  it('has no two cases of the same rule and shape of inputs', () => {
    const seen = new Map<string, string>();
    const twins: string[] = [];
    for (const one of all) {
      const fingerprint = fingerprintOf(one);
      const twin = seen.get(fingerprint);
      if (twin !== undefined) twins.push(`${twin} = ${one.name}`);
      seen.set(fingerprint, one.name);
    }
    expect(twins).toEqual([]);
  });

  it('says each sentence once', () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  it('takes a page of AWS’s documentation for each case', () => {
    expect(all.filter(({ page }) => page.trim() === '')).toEqual([]);
  });
});
