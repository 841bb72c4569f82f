import { readDer } from '../der/der-reader.ts';
import { derTag } from '../der/der-tags.ts';
import { derInteger, derSequence, encodeDer } from '../der/der-writer.ts';
import { readNumber, writeNumber } from './numbers.ts';

/** The two numbers of a signature by ECDSA or SM2. */
export interface EcdsaSignature {
  readonly r: bigint;
  readonly s: bigint;
}

/** ECDSA-Sig-Value (RFC 3279, section 2.2.3; ANS X9.62) as DER and nothing else; undefined unless both are in 1 … n - 1. */
export function readEcdsaSignature(signature: Uint8Array, order: bigint): EcdsaSignature | undefined {
  return readDer(signature, (reader) =>
    reader.inside(derTag.sequence, (value) => {
      const r = readNumber(value.unsignedInteger());
      const s = readNumber(value.unsignedInteger());
      return r > 0n && r < order && s > 0n && s < order ? { r, s } : value.refuse();
    }),
  );
}

export function encodeEcdsaSignature({ r, s }: EcdsaSignature, orderBytes: number): Buffer {
  const integers = [r, s].map((number) => {
    const bytes = Buffer.alloc(orderBytes);
    writeNumber(bytes, number);
    return derInteger(bytes);
  });
  return encodeDer(derSequence(...integers));
}
