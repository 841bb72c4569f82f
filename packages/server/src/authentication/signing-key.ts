import { HmacKey, hmacSha256, secretMemory } from '@keyhaven/crypto';
import { LRUCache } from 'lru-cache';
import type { Credential } from './credential.ts';
import type { CredentialScope } from './credential-scope.ts';

interface DerivedKey {
  readonly credential: Credential;
  readonly key: HmacKey;
}

const mostKeys = 1024;

/**
 * Derived signing keys, so that a request costs one HMAC and not five. Nothing but the derived key is kept: every
 * signature is computed anew.
 *
 * An entry serves only the Credential object it was derived from. A source that replaces the object when the
 * secret or status changes thereby drops the old keys; the entry of a credential that is never used again is
 * zeroised when it falls out of the cache.
 */
export class SigningKeys {
  readonly #keys = new LRUCache<string, DerivedKey>({
    max: mostKeys,
    dispose: (entry) => entry.key.dispose(),
  });

  /**
   * Lends the key for this scope to `check`, which is synchronous and throws unless the signature holds.
   * A new key is kept only once a signature held under it, so that forged requests cannot push others out.
   */
  use(credential: Credential, scope: CredentialScope, check: (key: HmacKey) => void): void {
    // The scope's parts hold no slash, so the joined text is injective.
    const name = `${scope.accessKeyId}/${scope.text}`;
    const kept = this.#keys.get(name);
    if (kept?.credential === credential) {
      check(kept.key);
      return;
    }
    const key = deriveSigningKey(credential, scope);
    try {
      check(key);
    } catch (error) {
      key.dispose();
      throw error;
    }
    this.#keys.set(name, { credential, key });
  }

  /** Zeroises every derived key. */
  dispose(): void {
    this.#keys.clear();
  }
}

/** HMAC(HMAC(HMAC(HMAC("AWS4" + secret, date), region), service), "aws4_request"), intermediate keys zeroised. */
function deriveSigningKey(credential: Credential, scope: CredentialScope): HmacKey {
  const dateKey = credential.secret.use((secret) => {
    const prefixed = secretMemory(4 + secret.length);
    prefixed.write('AWS4', 'latin1');
    prefixed.set(secret, 4);
    return macAndZeroise(prefixed, scope.date);
  });
  const regionKey = macAndZeroise(dateKey, scope.region);
  const serviceKey = macAndZeroise(regionKey, scope.service);
  const signingKey = macAndZeroise(serviceKey, 'aws4_request');
  const key = new HmacKey(signingKey);
  signingKey.fill(0);
  return key;
}

function macAndZeroise(key: Buffer, message: string): Buffer {
  const mac = hmacSha256(key, Buffer.from(message, 'latin1'));
  key.fill(0);
  return mac;
}
