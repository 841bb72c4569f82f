import { BackupRefusal } from './backup-refusal.ts';

/** Whom a backup is encrypted to: age recipients of one kind. */
export interface Recipients {
  readonly texts: readonly string[];
  /** All of them are hybrid ML-KEM-768 and X25519 recipients. */
  readonly arePostQuantum: boolean;
}

const bech32 = '[023456789acdefghjklmnpqrstuvwxyz]';
const x25519 = new RegExp(`^age1${bech32}{58}$`);
const hybrid = new RegExp(`^age1pq1${bech32}+$`);

/**
 * Sorts out what is given as recipients. Only those are taken whose identity a restore can read from a file, and only of
 * one kind: whoever breaks X25519 would open a backup through its weakest recipient. The reference implementation
 * refuses the mixture too. Throws BackupRefusal, which never repeats a secret identity.
 */
export function parseRecipients(given: readonly string[]): Recipients {
  const texts = [...new Set(given.map((text) => text.trim()))];
  if (texts.length === 0) {
    throw new BackupRefusal(
      'A backup needs at least one recipient to encrypt it to.',
      'Make one with keyhaven backup identity, keep it away from this machine, and name its recipient with --recipient age1...',
    );
  }
  for (const text of texts) refuseUnusable(text);
  const postQuantum = texts.filter((text) => hybrid.test(text)).length;
  if (postQuantum > 0 && postQuantum < texts.length) {
    throw new BackupRefusal(
      'The recipients mix post-quantum ones (age1pq1...) and X25519 ones (age1...); together they are as weak as the weaker kind.',
      'Name recipients of one kind.',
    );
  }
  return { texts, arePostQuantum: postQuantum > 0 };
}

function refuseUnusable(text: string): void {
  if (x25519.test(text) || hybrid.test(text)) return;
  if (/AGE-SECRET-KEY-/i.test(text)) {
    throw new BackupRefusal(
      'A secret age identity was given where a recipient belongs.',
      'Give its public part, which age-keygen -y prints; whoever saw this command line can open backups made for that identity.',
    );
  }
  const shown = JSON.stringify(text.slice(0, 80));
  if (/^(?:ssh-|ecdsa-|sk-|-----)/.test(text)) {
    throw new BackupRefusal(
      `The recipient ${shown} is an SSH or PEM key; a restore cannot read its other half.`,
      'Make an identity with keyhaven backup identity and give its recipient, age1...',
    );
  }
  throw new BackupRefusal(
    `${shown} is not an age recipient that a restore could open: those begin with age1 (X25519) or age1pq1 (post-quantum).`,
    'Give the recipient that age-keygen prints; recipients of plugins and hardware tokens do not work here.',
  );
}
