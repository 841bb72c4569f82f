import { existsSync, statSync } from 'node:fs';
import { protectedTables } from '../tables.ts';
import { openReader } from './open.ts';

/** Whether a database holds any row of ours: one that a first start left half made holds none. */
export function holdsRows(path: string): boolean {
  if (!existsSync(path) || statSync(path).size === 0) return false;
  const db = openReader(path);
  try {
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    const present = new Set(tables.map(({ name }) => String(name)));
    return protectedTables.some(
      ({ name }) => present.has(name) && db.prepare(`SELECT 1 FROM ${name} LIMIT 1`).get() !== undefined,
    );
  } finally {
    db.close();
  }
}
