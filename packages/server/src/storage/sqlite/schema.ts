import { DatabaseSync } from 'node:sqlite';
import { migrations } from '../migrations/index.ts';

/** Every table and index that the migrations make, with the text that made it. */
function schemaOf(db: DatabaseSync): Map<string, string> {
  const rows = db.prepare("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'").all();
  return new Map(rows.map(({ type, name, sql }) => [`${String(type)} ${String(name)}`, String(sql)]));
}

/**
 * How a database's schema differs from what the migrations up to a version make (all of them unless told otherwise),
 * in words; undefined when it does not.
 */
export function findSchemaDifference(db: DatabaseSync, version = migrations.length): string | undefined {
  const model = new DatabaseSync(':memory:');
  for (const migration of migrations.slice(0, version)) model.exec(migration);
  const expected = schemaOf(model);
  model.close();
  const found = schemaOf(db);
  for (const [name, sql] of expected) {
    if (!found.has(name)) return `the ${name} is missing`;
    if (found.get(name) !== sql) return `the ${name} is another`;
  }
  const extra = [...found.keys()].find((name) => !expected.has(name));
  return extra === undefined ? undefined : `the ${extra} is not Keyhaven's`;
}
