import { describe, expect, it } from 'vitest';
import { countResults, parseAllowedSkips, type TestReport } from './check-skips.ts';

const allowed = parseAllowedSkips('# a comment\n\nTerraform | not on every machine\n');

function reportOf(...results: readonly (readonly [fullName: string, status: string])[]): TestReport {
  const assertionResults = results.map(([fullName, status]) => ({ fullName, status }));
  return { success: true, testResults: [{ name: 'a.test.ts', status: 'passed', assertionResults }] };
}

describe('the list of allowed skips', () => {
  it('allows a skipped test whose title begins as a line says', () => {
    const report = reportOf(['Terraform applies', 'skipped'], [' Encrypt works', 'passed']);
    expect(countResults(report, allowed)).toEqual({ passed: 1, failed: 0, skipped: 1, unlisted: [] });
  });

  it.each(['skipped', 'pending', 'todo'])('names a test that is %s and not listed', (status) => {
    expect(countResults(reportOf(['Encrypt works', status]), allowed).unlisted).toEqual(['Encrypt works']);
  });

  it('does not allow a title that holds the words elsewhere', () => {
    expect(countResults(reportOf(['Encrypt in Terraform', 'skipped']), allowed).unlisted).toHaveLength(1);
  });

  it('counts a file that could not be loaded as a failure', () => {
    const report = {
      success: false,
      testResults: [{ name: 'a.test.ts', status: 'failed', assertionResults: [] }],
    };
    expect(countResults(report, allowed).failed).toBe(1);
  });

  it('refuses a line without a reason', () => {
    expect(() => parseAllowedSkips('Terraform')).toThrow('"Terraform" gives no reason');
  });
});
