import { LRUCache } from 'lru-cache';
import { andThen, type Maybe } from '../maybe.ts';
import type { Storage } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import {
  aliasTable,
  importParametersTable,
  keyMaterialTable,
  kmsKeyTable,
  materialFingerprintTable,
} from '../storage/tables.ts';
import type { Change } from '../storage/unit-of-work.ts';
import type { KeyElsewhere } from './imported-elsewhere.ts';
import {
  addressOf,
  type AliasRow,
  type ImportParametersRow,
  type KeyAddress,
  type KeyRow,
  type KmsKey,
  type StoredFingerprint,
} from './kms-key.ts';
import { assembleKey, keyQueries } from './load-key.ts';
import { relatedElsewhere } from './related-keys.ts';
import { heldBytes, PolicyInterner } from './policy-interner.ts';

type Found<T> = Maybe<T | undefined>;

const addressText = ({ accountId, region, keyId }: KeyAddress): string => `${accountId}/${region}/${keyId}`;

/** Tables whose rows are part of a cached key, with account, Region and key id as first columns of their key. */
const partsOfKeys = new Set(['kms_key', 'key_policy', 'key_material', 'tag']);

const mostKeyBytes = 256 * 1024 * 1024;

/** What a cached key holds at most, in bytes: callers choose how large their policies and how many their tags are. */
function sizeOf({ policyRow, row, materials, aliases, tags }: KmsKey): number {
  const rows = 2 + materials.length + aliases.length + tags.length;
  return heldBytes(policyRow.document) + 2 * row.description.length + rows * 1024;
}

/**
 * Finds KMS keys. Reads may decide on what is cached here; `readKey` and `readAlias` always go to the store and are
 * what writes decide on. A commit drops what it changed before its reply is sent.
 */
export class KeyDirectory {
  readonly #storage: Storage;
  readonly #policies = new PolicyInterner();
  readonly #keys = new LRUCache<string, KmsKey>({
    max: 20_000,
    maxSize: mostKeyBytes,
    sizeCalculation: sizeOf,
  });
  readonly #aliases = new LRUCache<string, AliasRow>({ max: 20_000 });
  readonly #addressByMaterial = new LRUCache<string, KeyAddress>({ max: 100_000 });

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  findKey(address: KeyAddress): Found<KmsKey> {
    return this.#keys.get(addressText(address)) ?? this.readKey(address);
  }

  findAlias(accountId: string, region: string, aliasName: string): Found<AliasRow> {
    return (
      this.#aliases.get(`${accountId}/${region}/${aliasName}`) ?? this.readAlias(accountId, region, aliasName)
    );
  }

  /** The key that this key material belongs to, whoever owns it. */
  findByMaterial(region: string, materialId: string): Found<KeyAddress> {
    const text = `${region}/${materialId}`;
    const known = this.#addressByMaterial.get(text);
    if (known !== undefined) return known;
    return andThen(
      this.#storage.snapshot(select(keyMaterialTable, { region, material_id: materialId })),
      ([rows]) => {
        const row = rows[0];
        if (row === undefined) return undefined;
        const address = { accountId: row.account_id, region, keyId: row.key_id };
        this.#addressByMaterial.set(text, address);
        return address;
      },
    );
  }

  readKey(address: KeyAddress): Found<KmsKey> {
    return andThen(this.#storage.snapshot(...keyQueries(address)), (rows) => {
      const key = assembleKey(rows, this.#policies);
      if (key !== undefined) this.#keys.set(addressText(address), key);
      return key;
    });
  }

  /**
   * The rows of all keys that a multi-Region key is related to, itself among them, by Region; none for a single-Region
   * key. Always from the store: what is cached of one Region says nothing about another.
   */
  readRelated({ row }: KmsKey): Maybe<readonly KeyRow[]> {
    if (row.multi_region === 0) return [];
    const query = select(
      kmsKeyTable,
      { account_id: row.account_id, key_id: row.key_id },
      { orderBy: 'region' },
    );
    return andThen(this.#storage.snapshot(query), ([rows]) => rows);
  }

  /** What is stored for the imports of a key, always from the store; the oldest parameters first. */
  readImports({ accountId, region, keyId }: KeyAddress): Maybe<{
    readonly parameters: readonly ImportParametersRow[];
    readonly fingerprints: readonly StoredFingerprint[];
  }> {
    const key = { account_id: accountId, region, key_id: keyId };
    const queries = [
      select(importParametersTable, key, { orderBy: 'expires_at' }),
      select(materialFingerprintTable, key),
    ] as const;
    return andThen(this.#storage.snapshot(...queries), ([parameters, fingerprints]) => ({
      parameters,
      fingerprints,
    }));
  }

  /** The fingerprints of the key's imported key material; none of a key whose material was made here. */
  readFingerprints({ row }: KmsKey): Maybe<readonly StoredFingerprint[]> {
    if (row.origin !== 'EXTERNAL') return [];
    const { account_id, region, key_id } = row;
    const query = select(materialFingerprintTable, { account_id, region, key_id });
    return andThen(this.#storage.snapshot(query), ([rows]) => rows);
  }

  /** The related keys in other Regions of a multi-Region key with imported key material, whole; none of any other key. */
  readElsewhere(key: KmsKey): Maybe<readonly KeyElsewhere[]> {
    if (key.row.origin !== 'EXTERNAL') return [];
    return andThen(this.readRelated(key), (related) =>
      relatedElsewhere(key, related).reduce<Maybe<readonly KeyElsewhere[]>>(
        (before, row) =>
          andThen(before, (found) =>
            andThen(this.readKey(addressOf(row)), (other) =>
              // Destroyed since its row was read: whoever changes something meets the conflict.
              other === undefined
                ? found
                : andThen(this.readFingerprints(other), (fingerprints) => [
                    ...found,
                    { key: other, fingerprints },
                  ]),
            ),
          ),
        [],
      ),
    );
  }

  readAlias(accountId: string, region: string, aliasName: string): Found<AliasRow> {
    const query = select(aliasTable, { account_id: accountId, region, alias_name: aliasName });
    return andThen(this.#storage.snapshot(query), ([rows]) => {
      const row = rows[0];
      if (row !== undefined) this.#aliases.set(`${accountId}/${region}/${aliasName}`, row);
      return row;
    });
  }

  /** Drops what a committed unit changed. */
  forget(changes: readonly Change[]): void {
    for (const { table, key } of changes) {
      const [accountId, region, id] = key;
      const text = `${String(accountId)}/${String(region)}/${String(id)}`;
      if (partsOfKeys.has(table)) this.#keys.delete(text);
      if (table === aliasTable.name) this.#aliases.delete(text);
      if (table === keyMaterialTable.name)
        this.#addressByMaterial.delete(`${String(region)}/${String(key[3])}`);
    }
  }
}
