import { readFileSync, writeFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { listSdkOperations } from '@keyhaven/testkit/sdk-schema';
import { join, parseTestedOperations, type TestedOperations, unprovenClaims } from './evidence.ts';
import { defaultReport } from './reporter.ts';

/*
 * Why: a page that calls an operation tested is worth what proves it. docs/tested-operations.json holds what a run of the
 * black-box tests has shown, and the compatibility page is made from it.
 * Usage: node tools/src/tested-operations/main.ts --write|--check [REPORT...]. What several reports show counts together.
 */

const root = joinPath(import.meta.dirname, '../../..');
const committed = joinPath(root, 'docs/tested-operations.json');

function read(path: string): TestedOperations {
  return parseTestedOperations(readFileSync(path, 'utf8'));
}

/** The evidence that is committed with this version. */
export function readTestedOperations(): TestedOperations {
  return read(committed);
}

function run(mode: string | undefined, reports: readonly string[]): void {
  const paths = reports.length > 0 ? reports : [joinPath(root, defaultReport)];
  const shown = paths.map(read).reduce(join, {});
  if (mode === '--write') {
    // Of the other events that requests leave in the journal the page does not speak.
    const ofKms = listSdkOperations().flatMap((name) =>
      shown[name] === undefined ? [] : [[name, shown[name]]],
    );
    writeFileSync(committed, `${JSON.stringify(Object.fromEntries(ofKms), null, 2)}\n`);
    return;
  }
  if (mode !== '--check') throw new Error('say --write or --check');
  for (const line of unprovenClaims(readTestedOperations(), shown)) {
    process.stdout.write(`docs/tested-operations.json claims too much. ${line}\n`);
    process.exitCode = 1;
  }
}

if (import.meta.main) run(process.argv[2], process.argv.slice(3));
