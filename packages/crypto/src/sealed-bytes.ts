import { ivBytes, openGcm, sealGcm, tagBytes } from './aead.ts';
import { MessageKdf } from './kdf.ts';
import { drawRandom } from './random.ts';
import type { Secret } from './secret.ts';

const formatVersion = 1;
const nonceAt = 1;
const nonceBytes = 16;
const ivAt = nonceAt + nonceBytes;
const ciphertextAt = ivAt + ivBytes;
/** How many bytes longer than its plaintext a sealed value is. */
export const sealedOverheadBytes = ciphertextAt + tagBytes;

/**
 * Authenticated encryption for one purpose, which its label names: format version 1 || nonce (16) || IV (12) ||
 * ciphertext || tag (16). Each value is encrypted under a key of its own, SP 800-108r1 of the caller's key, the
 * label and the nonce, so that no invocation limit of GCM applies. The label ends in the version, so that a changed
 * version byte could not open either. Not exported from the package.
 */
export class Sealer {
  readonly #kdf: MessageKdf;

  constructor(label: string) {
    this.#kdf = new MessageKdf(label, nonceBytes);
  }

  /** Throws an Error if `key` is disposed or all zero. */
  seal(key: Secret, aad: Uint8Array, plaintext: Uint8Array): Buffer {
    const sealed = Buffer.alloc(sealedOverheadBytes + plaintext.length);
    sealed[0] = formatVersion;
    drawRandom(sealed, nonceAt, nonceBytes + ivBytes);
    const messageKey = this.#deriveKey(key, sealed);
    const { ciphertext, tag } = sealGcm(messageKey, sealed.subarray(ivAt, ciphertextAt), aad, plaintext);
    messageKey.fill(0);
    ciphertext.copy(sealed, ciphertextAt);
    tag.copy(sealed, ciphertextAt + ciphertext.length);
    return sealed;
  }

  /** The plaintext, for the caller to zeroise; undefined if anything at all does not fit. */
  open(key: Secret, aad: Uint8Array, sealed: Buffer): Buffer | undefined {
    if (sealed.length < sealedOverheadBytes || sealed[0] !== formatVersion) return undefined;
    const tagAt = sealed.length - tagBytes;
    const messageKey = this.#deriveKey(key, sealed);
    const iv = sealed.subarray(ivAt, ciphertextAt);
    const plaintext = openGcm(
      messageKey,
      iv,
      aad,
      sealed.subarray(ciphertextAt, tagAt),
      sealed.subarray(tagAt),
    );
    messageKey.fill(0);
    return plaintext;
  }

  #deriveKey(key: Secret, sealed: Buffer): Buffer {
    sealed.copy(this.#kdf.context, 0, nonceAt, ivAt);
    return key.use((bytes) => this.#kdf.derive(bytes));
  }
}
