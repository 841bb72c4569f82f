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
import { type Keyring, regionScope } from '../domain-keys/keyring.ts';
import type { KeySpecRow } from '../keys/key-specs.ts';
import type { KeyAddress } from '../keys/kms-key.ts';
import type { KeyStore, MaterialReference, NewMaterial } from './port.ts';

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
  readonly #unwrapped = new LRUCache<string, Unwrapped>({
    max: 100_000,
    dispose: ({ secret }) => {
      secret.dispose();
    },
  });

  constructor(keyring: Keyring, installationId: string) {
    this.#keyring = keyring;
    this.#installationId = installationId;
  }

  generate(address: KeyAddress, spec: KeySpecRow): NewMaterial {
    return this.wrapMaterial(address, spec, randomHex(32), randomBytes(spec.materialBytes));
  }

  /** Wraps given material (a seed file's) as `generate` wraps its own. Zeroises `bytes`. */
  wrapMaterial(address: KeyAddress, spec: KeySpecRow, materialId: string, bytes: Buffer): NewMaterial {
    const { id, key } = this.#keyring.get(regionScope(address.region));
    const binding = bindingOf(this.#installationId, id, address, materialId, spec.name, 'AWS_KMS');
    const wrapped = key.wrap(binding, bytes);
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

  #material({ material, spec }: MaterialReference): Unwrapped {
    const known = this.#unwrapped.get(material.material_id);
    if (known !== undefined) return known;
    const { id, key } = this.#keyring.get(regionScope(material.region));
    const address = { accountId: material.account_id, region: material.region, keyId: material.key_id };
    const binding = bindingOf(this.#installationId, id, address, material.material_id, spec.name, 'AWS_KMS');
    using secret = key.unwrap(binding, Buffer.from(material.wrapped));
    const unwrapped = {
      secret: secret.use((bytes) => this.#slab.take(bytes)),
      id: Buffer.from(material.material_id, 'hex'),
    };
    this.#unwrapped.set(material.material_id, unwrapped);
    return unwrapped;
  }
}
