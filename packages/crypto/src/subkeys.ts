import { equalConstantTime } from './constant-time.ts';
import { encodeFields } from './fields.ts';
import { openGrantToken, sealGrantToken } from './grant-token.ts';
import { HmacKey } from './hmac.ts';
import { deriveKey } from './kdf.ts';
import { TextSealer } from './sealed-text.ts';
import { encodeSecretBase64 } from './secret-base64.ts';
import { Secret } from './secret.ts';
import { unwrap, wrap } from './wrap.ts';

const subkeyBytes = 32;
const noBytes = Buffer.alloc(0);
/** The API's limit on a Marker or NextToken is 1,024 characters. */
const markerSealer = new TextSealer('keyhaven/marker/1', 'A marker', 1024);
/** A session token and a forwarded access token with a session token in it travel in headers, of which all take 32 KiB. */
const sessionTokenSealer = new TextSealer('keyhaven/session-token/1', 'A session token', 8192);
const forwardedAccessSealer = new TextSealer('keyhaven/forwarded-access/1', 'Forwarded access', 12_288);
/** 40 characters of Base64, as AWS's secret access keys have. */
const secretAccessKeyBytes = 30;
/** How many bytes a session token holds. */
export const maxSessionTokenBytes = sessionTokenSealer.maxPlaintextBytes;

/**
 * The labelled subkeys of one domain key (SP 800-108r1, Label `keyhaven/subkey/<purpose>/1`, no context). The domain
 * key itself is used for nothing else, so that what one purpose reveals says nothing about another.
 */
export class DomainKey implements Disposable {
  readonly #wrap: Secret;
  readonly #marker: Secret;
  readonly #session: Secret;
  readonly #forwardedAccess: Secret;
  readonly #grantToken: Secret;
  readonly #rowIntegrity: HmacKey;

  /** Derives the subkeys from a 32-byte secret, which stays the caller's to dispose. Throws a RangeError otherwise. */
  constructor(domainKey: Secret) {
    if (domainKey.length !== 32) throw new RangeError('A domain key has 32 bytes');
    this.#wrap = deriveKey(domainKey, 'keyhaven/subkey/wrap/1', noBytes, subkeyBytes);
    this.#marker = deriveKey(domainKey, 'keyhaven/subkey/marker/1', noBytes, subkeyBytes);
    this.#session = deriveKey(domainKey, 'keyhaven/subkey/session-token/1', noBytes, subkeyBytes);
    this.#forwardedAccess = deriveKey(domainKey, 'keyhaven/subkey/forwarded-access/1', noBytes, subkeyBytes);
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
    return markerSealer.seal(this.#marker, plaintext);
  }

  /** What `sealMarker` sealed; undefined for any other text, another spelling of the same bytes included. */
  openMarker(text: string): Buffer | undefined {
    return markerSealer.open(this.#marker, text);
  }

  /** A session token of at most 8,192 characters of base64url; throws a RangeError for more than `maxSessionTokenBytes`. */
  sealSessionToken(plaintext: Buffer): string {
    return sessionTokenSealer.seal(this.#session, plaintext);
  }

  /** What `sealSessionToken` sealed; undefined for any other text, another spelling of the same bytes included. */
  openSessionToken(text: string): Buffer | undefined {
    return sessionTokenSealer.open(this.#session, text);
  }

  /**
   * The secret access key of a session's access key: 40 characters of Base64, made of nothing but this key and the access key id
   * (SP 800-108r1, Label `keyhaven/session-secret/1`, Context the id), so that no token holds it. The caller's to dispose.
   */
  sessionSecret(accessKeyId: string): Secret {
    const context = encodeFields([accessKeyId]);
    using derived = deriveKey(this.#session, 'keyhaven/session-secret/1', context, secretAccessKeyBytes);
    return Secret.take(derived.use(encodeSecretBase64));
  }

  /** A token of at most 12,288 characters that lets a service act for a user; throws a RangeError where that does not do. */
  sealForwardedAccess(plaintext: Buffer): string {
    return forwardedAccessSealer.seal(this.#forwardedAccess, plaintext);
  }

  /** What `sealForwardedAccess` sealed; undefined for any other text. */
  openForwardedAccess(text: string): Buffer | undefined {
    return forwardedAccessSealer.open(this.#forwardedAccess, text);
  }

  /** A grant token that only this domain key opens. Throws a RangeError if the plaintext has more than 301 bytes. */
  sealGrantToken(plaintext: Buffer): string {
    return sealGrantToken(this.#grantToken, plaintext);
  }

  /** What `sealGrantToken` sealed; undefined for any other text. */
  openGrantToken(text: string): Buffer | undefined {
    return openGrantToken(this.#grantToken, text);
  }

  /**
   * Zeroises all subkeys but those for what clients hold for long: a retired key wraps and protects nothing any more. Sessions and
   * forwarded access end with it: whoever has the key could make them, and it may be retired because somebody has it.
   */
  keepMarkersAndGrantTokens(): void {
    this.#wrap.dispose();
    this.#session.dispose();
    this.#forwardedAccess.dispose();
    this.#rowIntegrity.dispose();
  }

  /** Zeroises all subkeys; every method throws from then on. */
  dispose(): void {
    this.#wrap.dispose();
    this.#marker.dispose();
    this.#session.dispose();
    this.#forwardedAccess.dispose();
    this.#grantToken.dispose();
    this.#rowIntegrity.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
