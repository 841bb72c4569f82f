import {
  DomainKey,
  Secret,
  copySecretBytes,
  encodeFields,
  nameWrappingKey,
  randomBytes,
  randomHex,
  readWrappingKey,
  UnwrapError,
} from '@keyhaven/crypto';
import type { Clock } from '../clock.ts';
import { StartRefusal } from '../start-refusal.ts';
import type { Storage, WriterKeys } from '../storage/port.ts';
import { select } from '../storage/query.ts';
import type { RowProtector } from '../storage/row-protection.ts';
import type { Row } from '../storage/table.ts';
import { domainKeyTable } from '../storage/tables.ts';
import { type Change, insert } from '../storage/unit-of-work.ts';

export const rootScope = 'root';
export const identityScope = 'identity';
export const regionScope = (region: string): string => `region/${region}`;

/**
 * `incoming`: known everywhere, used for nothing yet. `current`: what is written is wrapped and protected under it.
 * `retiring`: opens what is left of the time before, until nothing is.
 */
export type KeyStatus = 'incoming' | 'current' | 'retiring';

/** An open domain key, or root key: its id names it in what it has wrapped. */
export interface OpenDomainKey {
  readonly id: string;
  readonly scope: string;
  readonly key: DomainKey;
}

const mostAttempts = 3;

export interface KeyringParts {
  readonly installationId: string;
  readonly protector: RowProtector;
  /** Whoever writes rows; absent where nothing is written. */
  readonly writer: WriterKeys | undefined;
  readonly clock: Clock;
}

/** What a wrapped secret is bound to; the wrapping key is part of it where the secret's kind says so. */
export type BindingOf = (wrappingKeyId: string) => Buffer;

/**
 * The keys between the root key and everything that is wrapped: root keys (two while one is replaced), and for each
 * Region in use and for identity data the domain keys. Whatever is wrapped names its wrapping key.
 */
export class Keyring {
  readonly #parts: KeyringParts;
  readonly #byId = new Map<string, OpenDomainKey>();
  readonly #current = new Map<string, OpenDomainKey>();
  /** Keys of identity data that were retired: markers and grant tokens are sealed under those. */
  readonly #forgotten: OpenDomainKey[] = [];
  readonly #making = new Map<string, Promise<OpenDomainKey>>();

  constructor(parts: KeyringParts) {
    this.#parts = parts;
  }

  get installationId(): string {
    return this.#parts.installationId;
  }

  /** Opens every stored domain key; root keys are added before. */
  async load(storage: Storage): Promise<void> {
    const [rows] = await storage.snapshot(select(domainKeyTable, {}));
    for (const row of rows) this.#open(row);
  }

  find(scope: string): OpenDomainKey | undefined {
    return this.#current.get(scope);
  }

  /** The scope's current key, for what is known to have one: rows of a Region exist only under the Region's key. */
  get(scope: string): OpenDomainKey {
    const key = this.#current.get(scope);
    if (key === undefined) throw new Error(`no domain key is open for ${scope}`);
    return key;
  }

  /** Whether a key still opens what was sealed under it. */
  isOpen(id: string): boolean {
    return this.#byId.has(id);
  }

  /** Every open key of the scope, the current one first. */
  allOf(scope: string): readonly OpenDomainKey[] {
    const current = this.#current.get(scope);
    const others = [...this.#byId.values()].filter((one) => one.scope === scope && one !== current);
    return current === undefined ? others : [current, ...others];
  }

  scopes(): readonly string[] {
    return [...this.#current.keys()];
  }

  /** Wraps a secret under the scope's current key, and names it. */
  wrap(scope: string, bindingOf: BindingOf, secret: Secret | Buffer): Buffer {
    const { id, key } = this.get(scope);
    return nameWrappingKey(id, key.wrap(bindingOf(id), secret));
  }

  /** Opens what `wrap` made under any open key of the scope; throws UnwrapError for anything else. */
  unwrap(scope: string, bindingOf: BindingOf, bytes: Uint8Array): Secret {
    const { wrappingKeyId, wrapped } = readWrappingKey(bytes);
    for (const { id, key } of this.allOf(scope)) {
      // What names no key is from before there were several: at most one opens it.
      if (wrappingKeyId !== undefined && wrappingKeyId !== id) continue;
      try {
        return key.unwrap(bindingOf(id), wrapped);
      } catch (error) {
        if (!(error instanceof UnwrapError)) throw error;
      }
    }
    throw new UnwrapError();
  }

  /** The scope's domain key, made first if this is the scope's first use. */
  ensure(storage: Storage, scope: string): OpenDomainKey | Promise<OpenDomainKey> {
    const open = this.#current.get(scope);
    if (open !== undefined) return open;
    let making = this.#making.get(scope);
    if (making === undefined) {
      making = this.#makeFirst(storage, scope).finally(() => this.#making.delete(scope));
      this.#making.set(scope, making);
    }
    return making;
  }

  async #makeFirst(storage: Storage, scope: string): Promise<OpenDomainKey> {
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const { id, secret, change } = this.newDomainKey(scope, 'current');
      const unit = { head: undefined, expect: [], changes: [change], audit: undefined };
      if ((await storage.commit(unit)).kind === 'committed') return this.add(scope, id, secret, 'current');
      // The root key may just have been replaced; the next attempt wraps under its successor.
      secret.dispose();
    }
    throw new Error(`the domain key for ${scope} could not be stored`);
  }

  /** A fresh domain key and the row that stores it; it is open once it is added. */
  newDomainKey(
    scope: string,
    status: KeyStatus,
  ): { readonly id: string; readonly secret: Secret; readonly change: Change } {
    const id = randomHex(16);
    const bytes = randomBytes(32);
    const wrapped = this.wrap(rootScope, this.domainKeyBinding(id, scope), bytes);
    const row = { id, key_scope: scope, status, wrapped, created_at: this.#parts.clock.now() };
    return { id, secret: Secret.take(bytes), change: insert(domainKeyTable, row) };
  }

  /** Opens a key for wrapping, for verifying and for the writer; `secret` is disposed. */
  add(scope: string, id: string, secret: Secret, status: KeyStatus): OpenDomainKey {
    const isCurrent = status === 'current';
    const open = { id, scope, key: new DomainKey(secret) };
    this.#byId.set(id, open);
    if (isCurrent) this.#current.set(scope, open);
    this.#parts.protector.add(scope, id, open.key, isCurrent);
    secret.use((bytes) => this.#parts.writer?.protect(scope, id, copySecretBytes(bytes), isCurrent));
    secret.dispose();
    return open;
  }

  /** From here on what is written, by anyone, is wrapped and protected under this key. */
  activate(id: string): void {
    const open = this.#byId.get(id);
    if (open === undefined) throw new Error(`the domain key ${id} is not open`);
    this.#current.set(open.scope, open);
    this.#parts.protector.activate(id);
    this.#parts.writer?.activate(id);
  }

  /** Nothing that is wrapped under this key is stored any more from here on; it still opens what was. */
  bar(id: string): void {
    this.#parts.writer?.retire(id);
  }

  /** Zeroises a key under which nothing is left, but for what opens the markers and grant tokens that clients still hold. */
  forget(id: string): void {
    const open = this.#byId.get(id);
    if (open === undefined) return;
    this.#byId.delete(id);
    this.#parts.protector.forget(id);
    if (open.scope !== identityScope) {
      open.key.dispose();
      return;
    }
    open.key.keepMarkersAndGrantTokens();
    this.#forgotten.push(open);
  }

  /** The keys that pagination markers and grant tokens may be sealed under, the current one first. */
  markerKeys(): readonly DomainKey[] {
    return [...this.allOf(identityScope), ...this.#forgotten].map(({ key }) => key);
  }

  /** Zeroises every key; nothing opens from then on. */
  dispose(): void {
    for (const { id, key } of this.#byId.values()) {
      this.#parts.protector.forget(id);
      key.dispose();
    }
    for (const { key } of this.#forgotten) key.dispose();
    this.#byId.clear();
    this.#current.clear();
  }

  /** What a wrapped domain key is bound to. */
  domainKeyBinding(id: string, scope: string): BindingOf {
    return (rootKeyId) => encodeFields(['domain key', 1, this.#parts.installationId, rootKeyId, id, scope]);
  }

  #open(row: Row<typeof domainKeyTable>): void {
    try {
      const secret = this.unwrap(rootScope, this.domainKeyBinding(row.id, row.key_scope), row.wrapped);
      this.add(row.key_scope, row.id, secret, row.status as KeyStatus);
    } catch (error) {
      if (!(error instanceof UnwrapError)) throw error;
      throw new StartRefusal(
        `The domain key ${row.id} does not open under this installation's root key.`,
        'The database and the seal header belong to different installations, or one was changed: restore both from the same backup.',
      );
    }
  }
}
