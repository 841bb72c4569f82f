import { sealedOverheadBytes, Sealer } from './sealed-bytes.ts';
import type { Secret } from './secret.ts';

const noBytes = Buffer.alloc(0);

/** Sealed bytes as text that clients carry: base64url without padding, of a bounded length. Not exported from the package. */
export class TextSealer {
  readonly #sealer: Sealer;
  readonly #name: string;
  readonly #maxCharacters: number;
  /** How many bytes fit. */
  readonly maxPlaintextBytes: number;

  /** `maxCharacters` is a multiple of four. */
  constructor(label: string, name: string, maxCharacters: number) {
    this.#sealer = new Sealer(label);
    this.#name = name;
    this.#maxCharacters = maxCharacters;
    this.maxPlaintextBytes = (maxCharacters / 4) * 3 - sealedOverheadBytes;
  }

  /** Throws a RangeError if the plaintext has more bytes than fit, an Error if `key` is disposed. */
  seal(key: Secret, plaintext: Buffer): string {
    if (plaintext.length > this.maxPlaintextBytes)
      throw new RangeError(`${this.#name} holds at most ${this.maxPlaintextBytes} bytes`);
    return this.#sealer.seal(key, noBytes, plaintext).toString('base64url');
  }

  /** What `seal` sealed; undefined for any other text, another spelling of the same bytes included. */
  open(key: Secret, text: string): Buffer | undefined {
    if (text.length > this.#maxCharacters) return undefined;
    const sealed = Buffer.from(text, 'base64url');
    if (sealed.toString('base64url') !== text) return undefined;
    return this.#sealer.open(key, noBytes, sealed);
  }
}
