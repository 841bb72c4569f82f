import { sealedOverheadBytes, Sealer } from './sealed-bytes.ts';
import type { Secret } from './secret.ts';

const sealer = new Sealer('keyhaven/grant-token/1');
const noBytes = Buffer.alloc(0);

/** Clients know grant tokens by how they begin: `AQpA` (CreateGrant, "Response Syntax", KMS API Reference). */
const prefix = Buffer.from('AQpA', 'base64url');
const lengthBytes = 2;
/** What is sealed has one length, whatever it holds: 351 bytes in all, which are 468 characters without padding. */
const paddedBytes = 303;
export const grantTokenCharacters = ((prefix.length + sealedOverheadBytes + paddedBytes) / 3) * 4;
/** What a grant token holds at most, in bytes. */
export const mostGrantTokenBytes = paddedBytes - lengthBytes;

/**
 * A grant token: base64url of a fixed prefix and of the sealed plaintext, which has its length (2 bytes, big-endian) before it
 * and zeros behind. Throws a RangeError for more than `mostGrantTokenBytes`. Not exported from the package.
 */
export function sealGrantToken(key: Secret, plaintext: Buffer): string {
  if (plaintext.length > mostGrantTokenBytes) {
    throw new RangeError(`A grant token holds at most ${mostGrantTokenBytes} bytes`);
  }
  const padded = Buffer.alloc(paddedBytes);
  padded.writeUInt16BE(plaintext.length);
  plaintext.copy(padded, lengthBytes);
  return Buffer.concat([prefix, sealer.seal(key, noBytes, padded)]).toString('base64url');
}

/** What `sealGrantToken` sealed under this key; undefined for any other text, another spelling of the same bytes included. */
export function openGrantToken(key: Secret, text: string): Buffer | undefined {
  if (text.length !== grantTokenCharacters) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text || !bytes.subarray(0, prefix.length).equals(prefix))
    return undefined;
  const padded = sealer.open(key, noBytes, bytes.subarray(prefix.length));
  return padded?.subarray(lengthBytes, lengthBytes + padded.readUInt16BE());
}
