import { ReadableStream } from 'node:stream/web';
import type { Secret } from '@keyhaven/crypto';
import { BackupRefusal } from './backup-refusal.ts';
import { takeIdentity } from './identity-file.ts';
import type { Recipients } from './recipients.ts';

/*
 * The age format (https://age-encryption.org/v1), by its author's library, which is loaded only when a backup is made
 * or restored. Data is authenticated in chunks of 64 KiB, and the last chunk is marked: what was changed, reordered or
 * cut off is noticed at the latest at the end, so nothing that comes out counts before the end is reached.
 */

type Bytes = AsyncIterable<Uint8Array>;
type Source = Bytes | Iterable<Uint8Array>;

/** An identity for one file, and the recipient that belongs to it. */
export interface EphemeralIdentity {
  readonly identity: Secret;
  readonly recipient: string;
}

/** Throws BackupRefusal for a recipient that has the right form, and yet is none. */
export async function tryRecipients({ texts }: Recipients): Promise<void> {
  const { Encrypter } = await import('age-encryption');
  for (const text of texts) {
    try {
      const encrypter = new Encrypter();
      encrypter.addRecipient(text);
      await encrypter.encrypt(new Uint8Array(0));
    } catch {
      throw new BackupRefusal(
        `The recipient ${text.slice(0, 80)} is mistyped or damaged.`,
        'Copy it again from where age-keygen printed it.',
      );
    }
  }
}

export async function encryptTo(recipients: readonly string[], source: Source): Promise<Bytes> {
  const { Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return encrypter.encrypt(ReadableStream.from(source));
}

/**
 * What a file holds, piece by piece; it counts only once it has come to its end. Throws BackupRefusal, at once where no
 * identity opens the file.
 */
export async function decryptWith(
  identities: readonly Secret[],
  file: string,
  source: Source,
): Promise<Bytes> {
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  // The library takes text, and text cannot be zeroised: it is made as late as possible and kept nowhere else.
  for (const identity of identities)
    identity.use((bytes) => {
      decrypter.addIdentity(bytes.toString('latin1'));
    });
  try {
    return untilDamaged(file, await decrypter.decrypt(ReadableStream.from(source)));
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('no identity matched')) {
      throw new BackupRefusal(
        `None of the identities opens the backup ${file}.`,
        'Give the identity file of one of the recipients that the backup was made for.',
      );
    }
    throw asDamage(error, file);
  }
}

async function* untilDamaged(file: string, plaintext: Bytes): AsyncGenerator<Uint8Array> {
  try {
    yield* plaintext;
  } catch (error) {
    throw asDamage(error, file);
  }
}

/** Whatever the library says of the bytes; what the system says of the file is another matter. */
function asDamage(error: unknown, file: string): unknown {
  if (error instanceof Error && 'syscall' in error) return error;
  return new BackupRefusal(
    `The backup ${file} is damaged: it was changed, or cut off.`,
    'Take another copy of it, or an older backup.',
  );
}

/** For one file. Hybrid where the other recipients are, so that it is not the weakest of them. */
export async function makeEphemeralIdentity(isPostQuantum: boolean): Promise<EphemeralIdentity> {
  const { generateHybridIdentity, generateX25519Identity, identityToRecipient } =
    await import('age-encryption');
  const text = await (isPostQuantum ? generateHybridIdentity() : generateX25519Identity());
  return { identity: takeIdentity(text), recipient: await identityToRecipient(text) };
}
