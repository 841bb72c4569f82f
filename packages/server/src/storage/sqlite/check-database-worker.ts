import { statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { DatabaseSync } from 'node:sqlite';
import { migrations } from '../migrations/index.ts';
import { protectedTables } from '../tables.ts';
import type { DatabaseCheck } from './check-database.ts';
import { openReader } from './open.ts';
import { findSchemaDifference } from './schema.ts';

const mostProblems = 20;

/**
 * A check keeps one state of the database alive while it lasts, and a writer that has destroyed key material waits at
 * most ten seconds for its log to be free. Larger databases are checked a table at a time, which leaves out the list of
 * free pages and pages that are used twice.
 */
const largestAtOnceBytes = 256 * 1024 * 1024;

function check(path: string): DatabaseCheck {
  const problems: string[] = [];
  const rows: Record<string, number> = {};
  const known = migrations.length;
  let found = 0;
  const attempt = (work: () => void) => {
    try {
      work();
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  };
  attempt(() => {
    const db = openReader(path);
    try {
      attempt(() => problems.push(...integrityProblems(db, statSync(path).size)));
      attempt(() => {
        found = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
        const difference = found === known ? findSchemaDifference(db) : undefined;
        if (difference !== undefined) problems.push(`its schema was changed from outside: ${difference}`);
      });
      for (const { name } of protectedTables)
        attempt(() => (rows[name] = Number(db.prepare(`SELECT COUNT(*) AS n FROM ${name}`).get()?.['n'])));
    } finally {
      db.close();
    }
  });
  return { problems: [...new Set(problems)].slice(0, mostProblems), schema: { found, known }, rows };
}

function integrityProblems(db: DatabaseSync, bytes: number): readonly string[] {
  const runs =
    bytes <= largestAtOnceBytes
      ? [`PRAGMA integrity_check(${mostProblems})`]
      : protectedTables.map(({ name }) => `PRAGMA integrity_check(${name})`);
  return runs
    .flatMap((pragma) => db.prepare(pragma).all())
    .map((row) => String(row['integrity_check']))
    .filter((text) => text !== 'ok');
}

if (parentPort === null) throw new Error('check-database-worker.ts runs as a worker thread');
parentPort.postMessage(check((workerData as { readonly path: string }).path));
