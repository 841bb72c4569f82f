/*
 * The part of DER (X.690) that keys, signatures, SM2 ciphertexts and certificates are made of: tags of one byte and
 * definite lengths. What is read is a view of the bytes given, so that no copy of a secret is left behind.
 */
import { derTag } from './der-tags.ts';

class DerError extends Error {}

/** The tag number's bits where the number stands in further bytes (X.690, section 8.1.2.4). */
const severalBytes = 0x1f;

/** What `read` makes of the value that `bytes` are, with nothing after it; undefined if they are not DER, or not that. */
export function readDer<T>(bytes: Uint8Array, read: (reader: DerReader) => T): T | undefined {
  try {
    const reader = new DerReader(bytes);
    const value = read(reader);
    reader.end();
    return value;
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

/** Reads values one after the other. Its methods throw an error that only `readDer` knows. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The contents of the next value, which must have this tag. */
  contents(tag: number): Uint8Array {
    if (this.#next() !== tag) throw new DerError();
    const length = this.#length();
    const from = this.#at;
    if (length > this.#bytes.length - from) throw new DerError();
    this.#at = from + length;
    return this.#bytes.subarray(from, this.#at);
  }

  /** `contents`, or undefined where the next value has another tag or there is none. */
  optional(tag: number): Uint8Array | undefined {
    return this.#bytes[this.#at] === tag ? this.contents(tag) : undefined;
  }

  /** The contents of the next value, whatever it is, but for a tag of several bytes. */
  any(): Uint8Array {
    const tag = this.#bytes[this.#at] ?? 0;
    if ((tag & severalBytes) === severalBytes) throw new DerError();
    return this.contents(tag);
  }

  /** Whether the next value has this tag. */
  isNext(tag: number): boolean {
    return this.#bytes[this.#at] === tag;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** What `read` makes of the values inside the next one, all of them. */
  inside<T>(tag: number, read: (reader: DerReader) => T): T {
    const reader = new DerReader(this.contents(tag));
    const value = read(reader);
    reader.end();
    return value;
  }

  /** The magnitude of a non-negative INTEGER without leading zeros; empty for zero. */
  unsignedInteger(): Uint8Array {
    const contents = this.contents(derTag.integer);
    const [first, second] = contents;
    if (first === undefined || first >= 0x80) throw new DerError();
    if (first !== 0) return contents;
    if (second !== undefined && second < 0x80) throw new DerError();
    return contents.subarray(1);
  }

  /** The bytes of a BIT STRING whose last byte is whole. */
  bitString(tag: number = derTag.bitString): Uint8Array {
    const contents = this.contents(tag);
    if (contents[0] !== 0) throw new DerError();
    return contents.subarray(1);
  }

  /** `bitString`, or undefined where the next value has another tag or there is none. */
  optionalBitString(tag: number): Uint8Array | undefined {
    return this.#bytes[this.#at] === tag ? this.bitString(tag) : undefined;
  }

  /** Refuses what was read so far. */
  refuse(): never {
    throw new DerError();
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new DerError();
  }

  #next(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new DerError();
    return byte;
  }

  /** X.690, sections 8.1.3 and 10.1: the definite form in as few bytes as it takes. */
  #length(): number {
    const first = this.#next();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count < 1 || count > 3) throw new DerError();
    let length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + this.#next();
    if (length < 0x80 || length < 256 ** (count - 1)) throw new DerError();
    return length;
  }
}
