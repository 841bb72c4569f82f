import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Reporter, TestModule, Vitest } from 'vitest/node';
import { evidenceOf, type RanFile } from './evidence.ts';

/** Where `npm run test:operations` leaves its report; `--outputFile.operations` names another file. */
export const defaultReport = 'node_modules/.cache/tested-operations.json';

/** Joins what the services of each test file were seen doing with whether the file passed, and writes the evidence. */
export default class TestedOperationsReporter implements Reporter {
  readonly #files: RanFile[] = [];
  #report = defaultReport;

  onInit({ config: { outputFile } }: Pick<Vitest, 'config'>): void {
    if (typeof outputFile === 'object') this.#report = outputFile['operations'] ?? defaultReport;
  }

  onTestModuleEnd(file: Pick<TestModule, 'relativeModuleId' | 'state' | 'meta'>): void {
    this.#files.push({
      path: file.relativeModuleId,
      hasPassed: file.state() === 'passed',
      seen: file.meta().seenOperations ?? {},
    });
  }

  onTestRunEnd(): void {
    mkdirSync(dirname(this.#report), { recursive: true });
    writeFileSync(this.#report, `${JSON.stringify(evidenceOf(this.#files), null, 2)}\n`);
  }
}
