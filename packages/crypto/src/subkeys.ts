import { equalConstantTime } from './constant-time.ts';
import { openGrantToken, sealGrantToken } from './grant-token.ts';
import { HmacKey } from './hmac.ts';
import { deriveKey } from './kdf.ts';
import { sealedOverheadBytes, Sealer } from './sealed-bytes.ts';
import type { Secret } from './secret.ts';
import { unwrap, wrap } from './wrap.ts';

const subkeyBytes = 32;
const noBytes = Buffer.alloc(0);
const markerSealer = new Sealer('keyhaven/marker/1');
/** The API's limit on a Marker or NextToken is 1,024 characters, six bits each in base64url. */
const maxMarkerCharacters = 1024;
const maxMarkerPlaintextBytes = (maxMarkerCharacters / 4) * 3 - sealedOverheadBytes;

/**
 * The labelled subkeys of one domain key (SP 800-108r1, Label `keyhaven/subkey/<purpose>/1`, no context). The domain
 * key itself is used for nothing else, so that what one purpose reveals says nothing about another.
 */
export class DomainKey implements Disposable {
  readonly #wrap: Secret;
  readonly #marker: Secret;
  readonly #grantToken: Secret;
  readonly #rowIntegrity: HmacKey;

  /** Derives the subkeys from a 32-byte secret, which stays the caller's to dispose. Throws a RangeError otherwise. */
  constructor(domainKey: Secret) {
    if (domainKey.length !== 32) throw new RangeError('A domain key has 32 bytes');
    this.#wrap = deriveKey(domainKey, 'keyhaven/subkey/wrap/1', noBytes, subkeyBytes);
    this.#marker = deriveKey(domainKey, 'keyhaven/subkey/marker/1', noBytes, subkeyBytes);
    this.#grantToken = deriveKey(domainKey, 'keyhaven/subkey/grant-token/1', noBytes, subkeyBytes);
    using rowIntegrity = deriveKey(domainKey, 'keyhaven/subkey/row-integrity/1', noBytes, subkeyBytes);
    this.#rowIntegrity = rowIntegrity.use((bytes) => new HmacKey(bytes));
  }

  /** `wrap` under the wrap subkey. */
  wrap(aad: Buffer, plaintext: Secret | Buffer): Buffer {
    return wrap(this.#wrap, aad, plaintext);
  }

  /** Opens what `wrap` made under the same domain key and `aad`; throws an UnwrapError otherwise. */
  unwrap(aad: Buffer, wrapped: Buffer): Secret {
    return unwrap(this.#wrap, aad, wrapped);
  }

  /** The 32-byte HMAC-SHA-256 of a row encoded by `encodeFields`. */
  rowMac(fields: Buffer): Buffer {
    return this.#rowIntegrity.sign(fields);
  }

  /** Whether `mac` is the MAC of that row; in constant time. */
  verifyRowMac(fields: Buffer, mac: Buffer): boolean {
    return equalConstantTime(this.#rowIntegrity.sign(fields), mac);
  }

  /**
   * A pagination marker that only this domain key opens, as base64url of at most 1,024 characters.
   * Throws a RangeError if the plaintext has more than 723 bytes.
   */
  sealMarker(plaintext: Buffer): string {
    if (plaintext.length > maxMarkerPlaintextBytes) {
      throw new RangeError(`A marker holds at most ${maxMarkerPlaintextBytes} bytes`);
    }
    return markerSealer.seal(this.#marker, noBytes, plaintext).toString('base64url');
  }

  /** What `sealMarker` sealed; undefined for any other text, another spelling of the same bytes included. */
  openMarker(text: string): Buffer | undefined {
    if (text.length > maxMarkerCharacters) return undefined;
    const sealed = Buffer.from(text, 'base64url');
    if (sealed.toString('base64url') !== text) return undefined;
    return markerSealer.open(this.#marker, noBytes, sealed);
  }

  /** A grant token that only this domain key opens. Throws a RangeError if the plaintext has more than 301 bytes. */
  sealGrantToken(plaintext: Buffer): string {
    return sealGrantToken(this.#grantToken, plaintext);
  }

  /** What `sealGrantToken` sealed; undefined for any other text. */
  openGrantToken(text: string): Buffer | undefined {
    return openGrantToken(this.#grantToken, text);
  }

  /** Zeroises all subkeys but those for what clients hold: a retired key wraps and protects nothing any more. */
  keepMarkersAndGrantTokens(): void {
    this.#wrap.dispose();
    this.#rowIntegrity.dispose();
  }

  /** Zeroises all subkeys; every method throws from then on. */
  dispose(): void {
    this.#wrap.dispose();
    this.#marker.dispose();
    this.#grantToken.dispose();
    this.#rowIntegrity.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
