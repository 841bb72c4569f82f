import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * Why: a test that is skipped looks like one that passes. Each skip must be named, with its reason, in
 * conformance/allowed-skips.txt. Usage: node tools/src/check-skips.ts REPORT..., with vitest's JSON reports.
 */

/** How the title of a test that may be skipped begins, and why it may. */
export interface AllowedSkip {
  readonly titleStart: string;
  readonly reason: string;
}

/** What vitest's JSON reporter writes, as far as it matters here. */
export interface TestReport {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

export interface Counted {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Titles of skipped tests that no line allows. */
  readonly unlisted: readonly string[];
}

/** Reads `title start | reason` lines; throws an Error for a line without a reason. */
export function parseAllowedSkips(text: string): readonly AllowedSkip[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [titleStart = '', reason = ''] = line.split('|').map((part) => part.trim());
      if (titleStart === '' || reason === '') throw new Error(`"${line}" gives no reason`);
      return { titleStart, reason };
    });
}

/** Counts a report. A file that failed to load, with no test of its own to show for it, counts as one failure. */
export function countResults(report: TestReport, allowed: readonly AllowedSkip[]): Counted {
  let [passed, failed, skipped] = [0, 0, 0];
  const unlisted: string[] = [];
  for (const { status: fileStatus, assertionResults } of report.testResults) {
    if (fileStatus === 'failed' && !assertionResults.some(({ status }) => status === 'failed')) failed += 1;
    for (const { fullName, status } of assertionResults) {
      const title = fullName.trim();
      if (status === 'passed') passed += 1;
      else if (status === 'failed') failed += 1;
      else {
        skipped += 1;
        if (!allowed.some(({ titleStart }) => title.startsWith(titleStart))) unlisted.push(title);
      }
    }
  }
  return { passed, failed, skipped, unlisted };
}

if (import.meta.main) {
  const list = readFileSync(join(import.meta.dirname, '../../conformance/allowed-skips.txt'), 'utf8');
  const allowed = parseAllowedSkips(list);
  const reports = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, 'utf8')) as TestReport);
  const counts = reports.map((report) => countResults(report, allowed));
  for (const title of new Set(counts.flatMap(({ unlisted }) => unlisted))) {
    process.stdout.write(`skipped, but not listed in conformance/allowed-skips.txt: ${title}\n`);
  }
  const sum = (name: 'passed' | 'failed' | 'skipped') => counts.reduce((total, one) => total + one[name], 0);
  process.stdout.write(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped\n`);
  const isGood =
    reports.length > 0 &&
    reports.every(({ success }) => success) &&
    counts.every(({ passed, failed, unlisted }) => passed > 0 && failed === 0 && unlisted.length === 0);
  process.exitCode = isGood ? 0 : 1;
}
