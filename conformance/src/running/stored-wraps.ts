import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Everything that was ever seen stored of the secrets of a data folder: each row is written anew by every rotation. */
export class StoredWraps {
  readonly #dataDir: string;
  readonly #ofKeys = new Map<string, Set<string>>();
  readonly #ofDomainKeys = new Map<string, Set<string>>();

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  /** Looks at what is stored now. */
  observe(): void {
    const db = new DatabaseSync(join(this.#dataDir, 'keyhaven.db'), { readOnly: true, timeout: 10_000 });
    try {
      for (const row of db.prepare('SELECT key_id AS owner, wrapped FROM key_material').all())
        note(this.#ofKeys, row);
      for (const row of db.prepare('SELECT id AS owner, wrapped FROM domain_key').all())
        note(this.#ofDomainKeys, row);
    } finally {
      db.close();
    }
  }

  /** Which of these KMS keys have key material anywhere in the folder, in any wrap that was seen of it. */
  findKeys(keyIds: readonly string[]): readonly string[] {
    return this.#find(this.#ofKeys, keyIds, 'key');
  }

  /** Which domain keys that are not stored any more are still anywhere in the folder. */
  findRetired(presentIds: ReadonlySet<string>): readonly string[] {
    const retired = [...this.#ofDomainKeys.keys()].filter((id) => !presentIds.has(id));
    return this.#find(this.#ofDomainKeys, retired, 'domain key');
  }

  /** How many wraps were seen of a KMS key, so that a test can say that it looked for something. */
  countOf(keyId: string): number {
    return this.#ofKeys.get(keyId)?.size ?? 0;
  }

  #find(seen: ReadonlyMap<string, ReadonlySet<string>>, owners: readonly string[], what: string) {
    const files = readdirSync(this.#dataDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => ({ name, content: readFileSync(join(parentPath, name), 'latin1') }));
    return owners.flatMap((owner) =>
      [...(seen.get(owner) ?? [])].flatMap((wrap) =>
        files
          // Half of it, so that a row that was overwritten in part is found too.
          .filter(({ content }) => content.includes(wrap.slice(wrap.length / 2)))
          .map(({ name }) => `a wrap of ${what} ${owner} is in ${name}`),
      ),
    );
  }
}

function note(seen: Map<string, Set<string>>, row: Record<string, unknown>): void {
  const owner = String(row['owner']);
  const wraps = seen.get(owner) ?? new Set();
  seen.set(owner, wraps.add(Buffer.from(row['wrapped'] as Uint8Array).toString('latin1')));
}
