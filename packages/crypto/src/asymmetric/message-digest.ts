import { hash } from 'node:crypto';
import type { MessageType } from './key-pair-kind.ts';

/** A hash function (FIPS 180-4, GB/T 32905) by its platform name. */
export interface MessageHash {
  readonly name: 'sha256' | 'sha384' | 'sha512' | 'sm3';
  readonly bytes: number;
}

export const sha256Hash: MessageHash = { name: 'sha256', bytes: 32 };
export const sha384Hash: MessageHash = { name: 'sha384', bytes: 48 };
export const sha512Hash: MessageHash = { name: 'sha512', bytes: 64 };

/** The message types of a signature over a digest: a message, or the digest itself. */
export function digestMessageTypes({ bytes }: MessageHash): ReadonlyMap<MessageType, number | undefined> {
  return new Map<MessageType, number | undefined>([
    ['RAW', undefined],
    ['DIGEST', bytes],
  ]);
}

/** The digest to sign. Throws a RangeError for another message type, or a digest of another length. */
export function messageDigest(
  { name, bytes }: MessageHash,
  messageType: MessageType,
  message: Uint8Array,
): Uint8Array {
  if (messageType === 'RAW') return hash(name, message, 'buffer');
  if (messageType !== 'DIGEST') throw new RangeError(`Not a message type of this signature: ${messageType}`);
  if (message.length !== bytes) throw new RangeError(`The digest does not have ${bytes} bytes`);
  return message;
}
