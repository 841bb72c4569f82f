import { readFileSync } from 'node:fs';
import { Secret } from '@keyhaven/crypto';
import { BackupRefusal } from './backup-refusal.ts';

const identity = /^AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]+$/;

/** The text of an identity, as a secret. */
export function takeIdentity(text: string): Secret {
  return Secret.take(Buffer.from(text, 'latin1'));
}

/**
 * The identities of an identity file as age-keygen writes it: one on a line, lines with `#` are comments.
 * Throws BackupRefusal, which repeats nothing of the file.
 */
export function readIdentityFile(path: string): readonly Secret[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new BackupRefusal(
      `The identity file ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      'Name the file that age-keygen wrote.',
    );
  }
  const text = bytes.toString('latin1');
  bytes.fill(0);
  if (/^(?:age-encryption\.org\/|-----BEGIN AGE ENCRYPTED FILE-----)/.test(text)) {
    throw new BackupRefusal(
      `The identity file ${path} is itself encrypted.`,
      'Decrypt it first with age -d, into a file that you remove afterwards.',
    );
  }
  const lines = text.split('\n').map((line) => line.trim());
  const given = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const unknown = given.findIndex((line) => !identity.test(line));
  if (unknown === -1 && given.length > 0) return given.map(takeIdentity);
  throw new BackupRefusal(
    `The identity file ${path} ${describe(given[unknown])}.`,
    'Give the file that age-keygen wrote: its secret line begins with AGE-SECRET-KEY-1 or AGE-SECRET-KEY-PQ-1.',
  );
}

function describe(line: string | undefined): string {
  if (line === undefined) return 'holds no identity';
  if (line.startsWith('age1')) return 'holds a recipient, which encrypts and cannot decrypt';
  if (line.startsWith('AGE-PLUGIN-')) return 'holds the identity of a plugin, which Keyhaven does not run';
  return 'holds a line that is no age identity';
}
