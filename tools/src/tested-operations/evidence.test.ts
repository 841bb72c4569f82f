import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { noteSeenOperations, type SeenOperations, seenOperations } from '@keyhaven/testkit/seen-operations';
import { describe, expect, it, onTestFinished } from 'vitest';
import { evidenceOf, join, parseTestedOperations, unprovenClaims } from './evidence.ts';
import TestedOperationsReporter from './reporter.ts';

const both = { success: true, refusal: true };
const neither = { success: false, refusal: false };
const succeeded = { success: true, refusal: false };
const refused = { success: false, refusal: true };

function folder(): string {
  const path = mkdtempSync(joinPath(tmpdir(), 'keyhaven-evidence-'));
  onTestFinished(() => {
    rmSync(path, { recursive: true });
  });
  return path;
}

describe('What the services of a test were seen doing', () => {
  function seenIn(lines: readonly string[]): SeenOperations {
    const dataDir = folder();
    mkdirSync(joinPath(dataDir, 'journal'));
    writeFileSync(joinPath(dataDir, 'journal/00000001.jsonl'), lines.join('\n'));
    noteSeenOperations(dataDir);
    return seenOperations();
  }
  const frame = (...records: readonly object[]) => `${'0'.repeat(64)} ${JSON.stringify(records)}`;

  it('is a success or a refusal of each operation that the journal names', () => {
    const seen = seenIn([
      frame({ eventName: 'A1', requestId: 'r' }, { eventName: 'A2', requestId: 'r', errorCode: 'Denied' }),
      frame({ eventName: 'A1', requestId: 'r', errorCode: 'Denied' }),
    ]);
    expect(seen).toMatchObject({ A1: both, A2: refused });
  });

  it('is no refusal for a DryRun that would have succeeded, nor for a fault of the service', () => {
    const seen = seenIn([
      frame({ eventName: 'B1', requestId: 'r', errorCode: 'DryRunOperationException' }),
      frame({ eventName: 'B1', requestId: 'r', errorCode: 'KMSInternalException' }),
    ]);
    expect(seen['B1']).toEqual(neither);
  });

  it('is nothing for what the service did by itself, and for lines that are no frames', () => {
    const seen = seenIn([
      frame({ eventName: 'C1', eventType: 'AwsServiceEvent' }, { kind: 'segment' }),
      'torn [{"eventName":"C2","requestId":"r"}',
      `${'0'.repeat(64)} [null, 7, "C3"]`,
      '',
    ]);
    expect(Object.keys(seen).filter((name) => name.startsWith('C'))).toEqual([]);
  });

  it('is nothing where there is no journal', () => {
    expect(() => {
      noteSeenOperations(folder());
    }).not.toThrow();
  });
});

describe('Evidence', () => {
  const ran = (path: string, hasPassed: boolean, seen: SeenOperations) => ({ path, hasPassed, seen });

  it('is what all black-box test files that passed have shown together', () => {
    const files = [
      ran('conformance/src/a.test.ts', true, { Sign: succeeded }),
      ran('conformance/src/b.test.ts', true, { Sign: refused, Encrypt: succeeded }),
    ];
    expect(evidenceOf(files)).toEqual({ Encrypt: succeeded, Sign: both });
    expect(Object.keys(evidenceOf(files))).toEqual(['Encrypt', 'Sign']);
  });

  it('is nothing from a file with a failure, and nothing from tests beside the source', () => {
    const files = [
      ran('conformance/src/a.test.ts', false, { Sign: both }),
      ran('packages/server/src/conformance/x.test.ts', true, { Sign: both }),
    ];
    expect(evidenceOf(files)).toEqual({});
  });

  it('of two runs counts together', () => {
    expect(join({ A: succeeded }, { A: refused, B: neither })).toEqual({ A: both, B: neither });
  });

  it('is read back from what was written, and refused where it is anything else', () => {
    expect(parseTestedOperations(JSON.stringify({ A: both }))).toEqual({ A: both });
    for (const text of ['{"A":{"success":true}}', '{"A":null}', '{"A":{"success":1,"refusal":true}}'])
      expect(() => parseTestedOperations(text)).toThrow('what is said of A is no evidence');
    expect(() => parseTestedOperations(JSON.stringify({ A: { ...both, more: 1 } }))).toThrow('no evidence');
  });
});

describe('A claim', () => {
  it('is proven by a run that showed it, and by one that showed more', () => {
    expect(unprovenClaims({ A: succeeded }, { A: both, B: both })).toEqual([]);
    expect(unprovenClaims({ A: neither }, {})).toEqual([]);
  });

  it('is told where a run did not show it', () => {
    expect(unprovenClaims({ A: both, B: both, C: both }, { A: succeeded, B: refused })).toEqual([
      'A: no passing test has it refused',
      'B: no passing test lets it succeed',
      'C: no passing test lets it succeed',
      'C: no passing test has it refused',
    ]);
  });
});

describe('The reporter', () => {
  const module = (path: string, state: 'passed' | 'failed', seen?: SeenOperations) => ({
    relativeModuleId: path,
    state: () => state,
    meta: () => (seen === undefined ? {} : { seenOperations: seen }),
  });

  it('writes the evidence of the files that passed to where it is told', () => {
    const report = joinPath(folder(), 'new/operations.json');
    const reporter = new TestedOperationsReporter();
    reporter.onInit({ config: { outputFile: { operations: report } } } as never);
    reporter.onTestModuleEnd(module('conformance/src/a.test.ts', 'passed', { Sign: succeeded }));
    reporter.onTestModuleEnd(module('conformance/src/b.test.ts', 'failed', { Sign: refused }));
    reporter.onTestModuleEnd(module('conformance/src/c.test.ts', 'passed'));
    reporter.onTestRunEnd();
    expect(parseTestedOperations(readFileSync(report, 'utf8'))).toEqual({ Sign: succeeded });
  });
});
