import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { KeyPairKind } from './key-pair-kind.ts';

let privateKeyObject: (key: OpenPrivateKey) => KeyObject;
let publicKeyObject: (key: OpenPublicKey) => KeyObject;

/**
 * A private key ready for use. OpenSSL holds it, in memory that it clears when the garbage collector has found the key
 * to be unused: disposing lets go of the key, and cannot make that happen at once.
 */
export class OpenPrivateKey implements Disposable {
  readonly kind: KeyPairKind;
  #key: KeyObject | undefined;

  /** Throws what OpenSSL throws unless the bytes are a private key (PKCS #8, DER). The caller zeroises his own bytes. */
  constructor(kind: KeyPairKind, pkcs8: Uint8Array) {
    this.kind = kind;
    this.#key = createPrivateKey({ key: bufferOver(pkcs8), format: 'der', type: 'pkcs8' });
  }

  static {
    privateKeyObject = (key) => {
      if (key.#key === undefined) throw new Error('The private key was disposed');
      return key.#key;
    };
  }

  dispose(): void {
    this.#key = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** A public key ready for use. */
export class OpenPublicKey {
  readonly kind: KeyPairKind;
  readonly #key: KeyObject;

  /** Throws what OpenSSL throws unless the bytes are a public key (SubjectPublicKeyInfo, DER). */
  constructor(kind: KeyPairKind, spki: Uint8Array) {
    this.kind = kind;
    this.#key = createPublicKey({ key: bufferOver(spki), format: 'der', type: 'spki' });
  }

  static {
    publicKeyObject = (key) => key.#key;
  }
}

/** The platform's key; throws an Error once disposed. For the schemes only; not exported from the package. */
export function platformPrivateKey(key: OpenPrivateKey): KeyObject {
  return privateKeyObject(key);
}

/** For the schemes only; not exported from the package. */
export function platformPublicKey(key: OpenPublicKey): KeyObject {
  return publicKeyObject(key);
}

/** Lends the canonical PKCS #8 of an open key to `fn`, and zeroises it after. Not exported from the package. */
export function usePkcs8<T>(key: OpenPrivateKey, fn: (pkcs8: Buffer) => T): T {
  const pkcs8 = privateKeyObject(key).export({ format: 'der', type: 'pkcs8' });
  try {
    return fn(pkcs8);
  } finally {
    pkcs8.fill(0);
  }
}

/** The SubjectPublicKeyInfo of an open key. Not exported from the package. */
export function exportSpki(key: OpenPublicKey): Buffer {
  return publicKeyObject(key).export({ format: 'der', type: 'spki' });
}

/**
 * The public key (SubjectPublicKeyInfo) of a private key (PKCS #8), as OpenSSL computes it; undefined where OpenSSL does not
 * take the private key. Not exported from the package.
 */
export function computePublicKey(pkcs8: Uint8Array): Buffer | undefined {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey({ key: bufferOver(pkcs8), format: 'der', type: 'pkcs8' });
  } catch {
    // What OpenSSL says of a key is not passed on: none of it may be of the key.
    return undefined;
  }
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
}

function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
