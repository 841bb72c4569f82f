import { randomHex, Secret } from '@keyhaven/crypto';
import type { RootKeys } from '../rotation/rotate-root-key.ts';
import type { SealDescription } from '../seal/providers.ts';
import {
  composeHeader,
  openRootKeys,
  type RootKey,
  type RootKeyStatus,
  type SealHeader,
  writeSealHeader,
} from '../seal/seal-header.ts';

/**
 * The seal while it is open: the header, and the sealing key that changes it. Every change is composed from the header
 * itself, and is on the disk before it returns.
 */
export class OpenSeal implements RootKeys, Disposable {
  readonly #path: string;
  #header: SealHeader;
  #prepared:
    { readonly ticket: string; readonly seal: SealDescription; readonly sealingKey: Secret } | undefined;
  #sealingKey: Secret;

  /** Takes over `sealingKey`. */
  constructor(path: string, header: SealHeader, sealingKey: Secret) {
    this.#path = path;
    this.#header = header;
    this.#sealingKey = sealingKey;
  }

  get header(): SealHeader {
    return this.#header;
  }

  /** The root keys, opened anew: the caller's to dispose. Throws SealRefusal where the sealing key is another's. */
  openRootKeys(): readonly RootKey[] {
    return openRootKeys(this.#header, this.#sealingKey);
  }

  list(): readonly { readonly id: string; readonly status: RootKeyStatus }[] {
    return this.#header.rootKeys;
  }

  addIncoming(): { readonly id: string; readonly key: Secret } {
    const id = randomHex(16);
    const key = Secret.random(32);
    this.#change((keys) => [...keys, { id, status: 'incoming', key }]);
    return { id, key };
  }

  activate(id: string): void {
    this.#change((keys) =>
      keys.map((one) => ({ ...one, status: one.id === id ? ('current' as const) : ('retiring' as const) })),
    );
  }

  drop(id: string): void {
    this.#change((keys) => keys.filter((one) => one.id !== id));
  }

  /** Seals the same root keys anew. Takes over `sealingKey`; the old one opens no header of this folder any more. */
  changeSeal(seal: SealDescription, sealingKey: Secret): void {
    this.#write(seal, sealingKey, (keys) => keys);
    this.#sealingKey.dispose();
    this.#sealingKey = sealingKey;
  }

  /**
   * Holds a seal that is not put around anything yet, because its shares are still on their way to people; answers what
   * `adopt` takes. Takes over `sealingKey`. There is one at a time: the latest.
   */
  prepare(seal: SealDescription, sealingKey: Secret): string {
    this.#prepared?.sealingKey.dispose();
    const ticket = randomHex(16);
    this.#prepared = { ticket, seal, sealingKey };
    return ticket;
  }

  /** Seals the root keys by what was prepared; false where nothing is, under that ticket. */
  adopt(ticket: string): boolean {
    const prepared = this.#prepared;
    if (prepared?.ticket !== ticket) return false;
    this.#prepared = undefined;
    this.changeSeal(prepared.seal, prepared.sealingKey);
    return true;
  }

  dispose(): void {
    this.#prepared?.sealingKey.dispose();
    this.#sealingKey.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #change(edit: (keys: readonly RootKey[]) => readonly RootKey[]): void {
    this.#write(this.#header.seal, this.#sealingKey, edit);
  }

  #write(
    seal: SealDescription,
    sealingKey: Secret,
    edit: (keys: readonly RootKey[]) => readonly RootKey[],
  ): void {
    const rootKeys = this.openRootKeys();
    try {
      const { installationId } = this.#header;
      const header = composeHeader({ installationId, seal, sealingKey, rootKeys: edit(rootKeys) });
      writeSealHeader(this.#path, header);
      this.#header = header;
    } finally {
      for (const { key } of rootKeys) key.dispose();
    }
  }
}
