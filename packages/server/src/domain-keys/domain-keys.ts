import type { IntegrityStorage } from '../storage/integrity-storage.ts';
import { type Keyring, type OpenDomainKey, regionScope } from './keyring.ts';

/** The domain keys of Regions, made when a Region is first used. */
export class DomainKeys {
  readonly #keyring: Keyring;
  readonly #storage: IntegrityStorage;

  constructor(keyring: Keyring, storage: IntegrityStorage) {
    this.#keyring = keyring;
    this.#storage = storage;
  }

  forRegion(region: string): OpenDomainKey | Promise<OpenDomainKey> {
    return this.#keyring.ensure(this.#storage, regionScope(region));
  }
}
