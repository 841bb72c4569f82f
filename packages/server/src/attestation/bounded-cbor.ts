import { decode, Tokenizer } from 'cborg';

/** What a document may consist of: an item for each member, register and certificate, with much to spare. */
const mostItems = 512;

const options = {
  strict: true,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  useMaps: true,
  rejectDuplicateMapKeys: true,
} as const;

/** Counts the items, which bounds how deeply they can be nested, too. */
class BoundedTokenizer extends Tokenizer {
  #items = 0;

  override next(): ReturnType<Tokenizer['next']> {
    this.#items += 1;
    if (this.#items > mostItems) throw new Error('There are too many items');
    return super.next();
  }
}

/**
 * The one CBOR item (RFC 8949) that the bytes are, or undefined: numbers in their shortest form, no map with a key twice,
 * no tag, nothing after it. Maps are Maps and byte strings Uint8Arrays in memory of their own. Maps and arrays may be of indefinite length,
 * because the Nitro Secure Module writes such maps; strings may not.
 */
export function findCbor(bytes: Uint8Array): unknown {
  // Of a Buffer the library would cut views of the same memory.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return decode(plain, { ...options, tokenizer: new BoundedTokenizer(plain, options) });
  } catch {
    // Whatever the library says of it, it is not what an attestation document is made of.
    return undefined;
  }
}
