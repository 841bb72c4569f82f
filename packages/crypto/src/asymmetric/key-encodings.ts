import type { DerReader } from '../der/der-reader.ts';
import { readDer } from '../der/der-reader.ts';
import { contextTag, derTag } from '../der/der-tags.ts';
import {
  derBitString,
  derInteger,
  derOctetString,
  derSequence,
  type DerValue,
  encodeDer,
} from '../der/der-writer.ts';

/** What a PrivateKeyInfo carries, as views of its bytes. */
export interface PrivateKeyInfo {
  /** The contents of its OCTET STRING; each algorithm says what they are. */
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array | undefined;
}

const attributesTag = contextTag(0, 'constructed');
const publicKeyTag = contextTag(1, 'primitive');

/**
 * Reads a private key (PKCS #8, RFC 5208; OneAsymmetricKey, RFC 5958) of exactly this algorithm: the contents of its
 * AlgorithmIdentifier. Undefined for anything else. Attributes say nothing of the key itself (other software tells its
 * usage there) and are passed over.
 */
export function readPkcs8(pkcs8: Uint8Array, algorithm: Buffer): PrivateKeyInfo | undefined {
  return readDer(pkcs8, (reader) =>
    reader.inside(derTag.sequence, (info) => {
      const version = info.unsignedInteger();
      if (version.length > 1 || (version[0] ?? 0) > 1) info.refuse();
      readAlgorithm(info, algorithm);
      const privateKey = info.contents(derTag.octetString);
      info.optional(attributesTag);
      const publicKey = version.length === 1 ? info.optionalBitString(publicKeyTag) : undefined;
      return { privateKey, publicKey };
    }),
  );
}

/** A private key as PKCS #8 in its first version, in memory of its own, for the caller to zeroise. */
export function encodePkcs8(algorithm: Buffer, privateKey: Uint8Array | readonly DerValue[]): Buffer {
  return encodeDer(
    derSequence(derInteger(new Uint8Array(0)), algorithmValue(algorithm), derOctetString(privateKey)),
  );
}

/** The public key in a SubjectPublicKeyInfo of exactly this algorithm, as a view; undefined for anything else. */
export function readSpki(spki: Uint8Array, algorithm: Buffer): Uint8Array | undefined {
  return readDer(spki, (reader) =>
    reader.inside(derTag.sequence, (info) => {
      readAlgorithm(info, algorithm);
      return info.bitString();
    }),
  );
}

export function encodeSpki(algorithm: Buffer, publicKey: Uint8Array): Buffer {
  return encodeDer(derSequence(algorithmValue(algorithm), derBitString(publicKey)));
}

function readAlgorithm(reader: DerReader, algorithm: Buffer): void {
  if (!algorithm.equals(reader.contents(derTag.sequence))) reader.refuse();
}

function algorithmValue(algorithm: Buffer): DerValue {
  return { tag: derTag.sequence, contents: algorithm };
}
