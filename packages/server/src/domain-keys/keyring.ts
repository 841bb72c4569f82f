import { DomainKey, Secret, encodeFields, randomBytes, randomHex } from '@keyhaven/crypto';
import type { Clock } from '../clock.ts';
import { StartRefusal } from '../start-refusal.ts';
import type { IntegrityStorage } from '../storage/integrity-storage.ts';
import { select } from '../storage/query.ts';
import type { RowProtector } from '../storage/row-protection.ts';
import type { Row } from '../storage/table.ts';
import { domainKeyTable } from '../storage/tables.ts';
import { insert } from '../storage/unit-of-work.ts';

export const identityScope = 'identity';
export const regionScope = (region: string): string => `region/${region}`;

/** An open domain key: its id names it in what it has wrapped. */
export interface OpenDomainKey {
  readonly id: string;
  readonly key: DomainKey;
}

/** Tells whoever else protects rows (the writer thread) about a domain key; takes a copy of the key. */
export type ShareDomainKey = (scope: string, id: string, key: Uint8Array<ArrayBuffer>) => void;

/**
 * The domain keys, open: one for each Region in use and one for identity data.
 * They are made when first needed, wrapped under the root key, and read once at start.
 */
export class Keyring {
  readonly #root: DomainKey;
  readonly #rootKeyId: string;
  readonly #installationId: string;
  readonly #protector: RowProtector;
  readonly #share: ShareDomainKey;
  readonly #clock: Clock;
  readonly #byScope = new Map<string, OpenDomainKey>();
  readonly #making = new Map<string, Promise<OpenDomainKey>>();

  constructor(
    root: { readonly key: DomainKey; readonly id: string; readonly installationId: string },
    protector: RowProtector,
    share: ShareDomainKey,
    clock: Clock,
  ) {
    this.#root = root.key;
    this.#rootKeyId = root.id;
    this.#installationId = root.installationId;
    this.#protector = protector;
    this.#share = share;
    this.#clock = clock;
  }

  get rootKeyId(): string {
    return this.#rootKeyId;
  }

  /** Opens every stored domain key. */
  async load(storage: IntegrityStorage): Promise<void> {
    const [rows] = await storage.snapshot(select(domainKeyTable, {}));
    for (const row of rows) this.#open(row);
  }

  find(scope: string): OpenDomainKey | undefined {
    return this.#byScope.get(scope);
  }

  /** For what is known to have a domain key: rows of a Region exist only under the Region's key. */
  get(scope: string): OpenDomainKey {
    const key = this.#byScope.get(scope);
    if (key === undefined) throw new Error(`no domain key is open for ${scope}`);
    return key;
  }

  /** The scope's domain key, made first if this is the scope's first use. */
  ensure(storage: IntegrityStorage, scope: string): OpenDomainKey | Promise<OpenDomainKey> {
    const open = this.#byScope.get(scope);
    if (open !== undefined) return open;
    let making = this.#making.get(scope);
    if (making === undefined) {
      making = this.#make(storage, scope).finally(() => this.#making.delete(scope));
      this.#making.set(scope, making);
    }
    return making;
  }

  async #make(storage: IntegrityStorage, scope: string): Promise<OpenDomainKey> {
    const id = randomHex(16);
    const key = randomBytes(32);
    const wrapped = this.#root.wrap(this.#binding(id, scope), key);
    const row = { id, key_scope: scope, status: 'current', wrapped, created_at: this.#clock.now() };
    const result = await storage.commit({
      head: undefined,
      expect: [],
      changes: [insert(domainKeyTable, row)],
      audit: undefined,
    });
    if (result.kind !== 'committed') throw new Error(`the domain key for ${scope} could not be stored`);
    return this.#adopt(id, scope, key);
  }

  #open(row: Row<typeof domainKeyTable>): void {
    const binding = this.#binding(row.id, row.key_scope);
    let key: Secret;
    try {
      key = this.#root.unwrap(binding, Buffer.from(row.wrapped));
    } catch {
      throw new StartRefusal(
        `The domain key ${row.id} does not open under this installation's root key.`,
        'The database and the seal header belong to different installations, or one was changed: restore both from the same backup.',
      );
    }
    key.use((bytes) => this.#adopt(row.id, row.key_scope, bytes));
    key.dispose();
  }

  /** Keeps copies for wrapping, for verifying and for the writer; zeroises the argument. */
  #adopt(id: string, scope: string, key: Buffer): OpenDomainKey {
    this.#share(scope, id, Uint8Array.from(key));
    this.#protector.add(scope, id, Uint8Array.from(key), true);
    using secret = Secret.take(key);
    const domainKey = { id, key: new DomainKey(secret) };
    this.#byScope.set(scope, domainKey);
    return domainKey;
  }

  #binding(id: string, scope: string): Buffer {
    return encodeFields(['domain key', 1, this.#installationId, this.#rootKeyId, id, scope]);
  }
}
