import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** What a database holds, read by its own columns and without the service. */
export interface StoredFacts {
  readonly stateByKey: ReadonlyMap<string, string>;
  readonly targetByAlias: ReadonlyMap<string, string>;
  /** `<key id> <tag key>` and its value. */
  readonly valueByTag: ReadonlyMap<string, string>;
  readonly materialsByKey: ReadonlyMap<string, number>;
  /** The commit number of each account and Region together. */
  readonly commits: number;
  readonly outboxSequences: readonly number[];
  /** What should not be: each in a sentence. */
  readonly flaws: readonly string[];
}

const flawQueries = {
  'an alias without its key': `SELECT alias_name AS what FROM alias a WHERE NOT EXISTS
     (SELECT 1 FROM kms_key k WHERE k.account_id = a.account_id AND k.region = a.region AND k.key_id = a.target_key_id)`,
  'a key without a policy': `SELECT key_id AS what FROM kms_key k WHERE NOT EXISTS
     (SELECT 1 FROM key_policy p WHERE p.region = k.region AND p.key_id = k.key_id)`,
  'a key without its current key material': `SELECT key_id AS what FROM kms_key k WHERE NOT EXISTS
     (SELECT 1 FROM key_material m WHERE m.region = k.region AND m.key_id = k.key_id AND m.material_id = k.current_material_id)`,
  'key material without its key': `SELECT material_id AS what FROM key_material m WHERE NOT EXISTS
     (SELECT 1 FROM kms_key k WHERE k.region = m.region AND k.key_id = m.key_id)`,
  'a policy without its key': `SELECT key_id AS what FROM key_policy p WHERE NOT EXISTS
     (SELECT 1 FROM kms_key k WHERE k.region = p.region AND k.key_id = p.key_id)`,
  'a tag without its key': `SELECT tag_key AS what FROM tag t WHERE NOT EXISTS
     (SELECT 1 FROM kms_key k WHERE k.region = t.region AND k.key_id = t.key_id)`,
  'a destroyed key that is still there': `SELECT id AS what FROM tombstone t WHERE EXISTS
     (SELECT 1 FROM kms_key k WHERE k.region = t.region AND k.key_id = t.id)`,
  'a head whose version is not its commit number': `SELECT region AS what FROM head WHERE version <> commit_number`,
} as const;

/** Reads the database through a read-only connection, beside the running service. */
export function readStoredFacts(dataDir: string): StoredFacts {
  const db = new DatabaseSync(join(dataDir, 'keyhaven.db'), { readOnly: true, timeout: 10_000 });
  try {
    const all = (sql: string) => db.prepare(sql).all();
    const flaws = Object.entries(flawQueries).flatMap(([flaw, sql]) =>
      all(sql).map(({ what }) => `${flaw}: ${String(what)}`),
    );
    for (const { integrity_check } of all('PRAGMA integrity_check')) {
      if (integrity_check !== 'ok') flaws.push(`SQLite: ${String(integrity_check)}`);
    }
    return {
      stateByKey: new Map(
        all('SELECT key_id, state FROM kms_key').map((row) => [String(row['key_id']), String(row['state'])]),
      ),
      targetByAlias: new Map(
        all('SELECT alias_name, target_key_id FROM alias').map((row) => [
          String(row['alias_name']),
          String(row['target_key_id']),
        ]),
      ),
      valueByTag: new Map(
        all('SELECT key_id, tag_key, tag_value FROM tag').map((row) => [
          `${String(row['key_id'])} ${String(row['tag_key'])}`,
          String(row['tag_value']),
        ]),
      ),
      materialsByKey: new Map(
        all('SELECT key_id, COUNT(*) AS n FROM key_material GROUP BY key_id').map((row) => [
          String(row['key_id']),
          Number(row['n']),
        ]),
      ),
      commits: Number(all('SELECT COALESCE(SUM(commit_number), 0) AS n FROM head')[0]?.['n']),
      outboxSequences: all('SELECT sequence FROM audit_outbox').map(({ sequence }) => Number(sequence)),
      flaws,
    };
  } finally {
    db.close();
  }
}
