import {
  SecretSlab,
  type Secret,
  decryptSymmetric,
  encodeFields,
  encryptSymmetric,
  randomBytes,
  randomHex,
} from '@keyhaven/crypto';
import { LRUCache } from 'lru-cache';
import { type BindingOf, type Keyring, regionScope } from '../domain-keys/keyring.ts';
import type { KeySpecRow } from '../keys/key-specs.ts';
import type { KeyAddress, MaterialRow } from '../keys/kms-key.ts';
import type { KeyStore, MaterialReference, NewMaterial } from './port.ts';

const addressOf = ({ account_id: accountId, region, key_id: keyId }: MaterialRow): KeyAddress => ({
  accountId,
  region,
  keyId,
});

/** What wrapped key material is bound to: it opens as this key's, under this id, and nowhere else. */
function bindingOf(
  installationId: string,
  domainKeyId: string,
  address: KeyAddress,
  materialId: string,
  keySpec: string,
  origin: string,
): Buffer {
  const { accountId, region, keyId } = address;
  return encodeFields([
    'key material',
    1,
    installationId,
    domainKeyId,
    accountId,
    region,
    keyId,
    materialId,
    keySpec,
    origin,
  ]);
}

interface Unwrapped {
  readonly secret: Secret;
  readonly id: Buffer;
}

/**
 * Key material wrapped in the database and used in this process. Unwrapped material is kept in a slab of its own,
 * by least recent use, and zeroised when it leaves.
 */
export class SoftwareKeyStore implements KeyStore {
  readonly #keyring: Keyring;
  readonly #installationId: string;
  readonly #slab = new SecretSlab();
  readonly #unwrapped: LRUCache<string, Unwrapped>;

  /** `mostInUse`: how many keys' material may be in memory at once; the least recently used leaves first. */
  constructor(keyring: Keyring, installationId: string, mostInUse = 100_000) {
    this.#keyring = keyring;
    this.#installationId = installationId;
    this.#unwrapped = new LRUCache<string, Unwrapped>({
      max: mostInUse,
      dispose: ({ secret }) => {
        secret.dispose();
      },
    });
  }

  generate(address: KeyAddress, spec: KeySpecRow): NewMaterial {
    return this.wrapMaterial(address, spec, randomHex(32), randomBytes(spec.materialBytes));
  }

  /** Wraps given material (a seed file's) as `generate` wraps its own. Zeroises `bytes`. */
  wrapMaterial(address: KeyAddress, spec: KeySpecRow, materialId: string, bytes: Buffer): NewMaterial {
    const binding = this.#bindingOf(address, materialId, spec.name);
    const wrapped = this.#keyring.wrap(regionScope(address.region), binding, bytes);
    bytes.fill(0);
    return { materialId, wrapped };
  }

  encrypt(reference: MaterialReference, plaintext: Uint8Array, aad: Buffer): Buffer {
    const { secret, id } = this.#material(reference);
    return encryptSymmetric(secret, id, plaintext, aad);
  }

  decrypt(reference: MaterialReference, blob: Buffer, aad: Buffer): Buffer | undefined {
    const { secret, id } = this.#material(reference);
    return decryptSymmetric(secret, id, blob, aad);
  }

  forget(materialId: string): void {
    this.#unwrapped.delete(materialId);
  }

  /** The row's key material, opened anew; throws UnwrapError unless it was wrapped for exactly this row. */
  unwrapMaterial(row: MaterialRow, keySpec: string): Secret {
    const scope = regionScope(row.region);
    return this.#keyring.unwrap(
      scope,
      this.#bindingOf(addressOf(row), row.material_id, keySpec),
      row.wrapped,
    );
  }

  /** The row's key material wrapped under its Region's current domain key. */
  rewrap(row: MaterialRow, keySpec: string): Buffer {
    using secret = this.unwrapMaterial(row, keySpec);
    const binding = this.#bindingOf(addressOf(row), row.material_id, keySpec);
    return this.#keyring.wrap(regionScope(row.region), binding, secret);
  }

  /** Zeroises all key material in use. */
  dispose(): void {
    this.#unwrapped.clear();
  }

  #bindingOf(address: KeyAddress, materialId: string, keySpec: string): BindingOf {
    return (wrappingKeyId) =>
      bindingOf(this.#installationId, wrappingKeyId, address, materialId, keySpec, 'AWS_KMS');
  }

  #material({ material, spec }: MaterialReference): Unwrapped {
    const known = this.#unwrapped.get(material.material_id);
    if (known !== undefined) return known;
    using secret = this.unwrapMaterial(material, spec.name);
    const unwrapped = {
      secret: secret.use((bytes) => this.#slab.take(bytes)),
      id: Buffer.from(material.material_id, 'hex'),
    };
    this.#unwrapped.set(material.material_id, unwrapped);
    return unwrapped;
  }
}
