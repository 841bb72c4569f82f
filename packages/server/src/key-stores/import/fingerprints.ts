import {
  encodeFields,
  equalConstantTime,
  hmacSha256,
  randomBytes,
  type Secret,
  secretMemory,
} from '@keyhaven/crypto';
import { type Keyring, regionScope } from '../../domain-keys/keyring.ts';
import { type FingerprintRow, fingerprintBinding } from '../../keys/import-bindings.ts';

const saltBytes = 32;
const macBytes = 32;

/**
 * Tell whether imported key material is what was imported before, when the material itself is gone: salt || HMAC-SHA-256
 * of the key id and the material under the salt, wrapped. docs/adr/0015-import-fingerprints.md says why.
 */
export class Fingerprints {
  readonly #keyring: Keyring;

  constructor(keyring: Keyring) {
    this.#keyring = keyring;
  }

  /** The fingerprint of key material, for the row that `own` names. */
  make(own: Omit<FingerprintRow, 'wrapped'>, material: Secret): FingerprintRow {
    const salt = randomBytes(saltBytes);
    const fingerprint = secretMemory(saltBytes + macBytes);
    fingerprint.set(salt);
    const mac = macOf(salt, own.key_id, material);
    fingerprint.set(mac, saltBytes);
    const wrapped = this.#keyring.wrap(regionScope(own.region), this.#bindingOf(own), fingerprint);
    for (const secret of [salt, mac, fingerprint]) secret.fill(0);
    return { ...own, wrapped };
  }

  /** Whether the row is the fingerprint of this key material; in constant time. */
  matches(row: FingerprintRow, material: Secret): boolean {
    using fingerprint = this.#open(row);
    return fingerprint.use((bytes) => {
      const mac = macOf(bytes.subarray(0, saltBytes), row.key_id, material);
      const isSame = equalConstantTime(mac, bytes.subarray(saltBytes));
      mac.fill(0);
      return isSame;
    });
  }

  #open(row: FingerprintRow): Secret {
    return this.#keyring.unwrap(regionScope(row.region), this.#bindingOf(row), row.wrapped);
  }

  #bindingOf(row: Omit<FingerprintRow, 'wrapped'>) {
    return fingerprintBinding(this.#keyring.installationId, row);
  }
}

/** The key id comes first, so that nothing shows that two keys have the same material. */
function macOf(salt: Uint8Array, keyId: string, material: Secret): Buffer {
  const prefix = encodeFields(['imported key material', 1, keyId]);
  return material.use((bytes) => {
    const message = secretMemory(prefix.length + bytes.length);
    message.set(prefix);
    message.set(bytes, prefix.length);
    const mac = hmacSha256(salt, message);
    message.fill(0);
    return mac;
  });
}
