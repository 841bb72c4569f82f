import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { BackupRefusal } from './backup-refusal.ts';
import { readIdentityFile } from './identity-file.ts';

const classic = await generateX25519Identity();
const hybrid = await generateHybridIdentity();

function written(text: string): string {
  const path = join(temporaryFolder(), 'identity.txt');
  writeFileSync(path, text);
  return path;
}

function textsOf(path: string): readonly string[] {
  return readIdentityFile(path).map((secret) => secret.use((bytes) => bytes.toString('latin1')));
}

describe('An identity file', () => {
  it('is read as age-keygen writes it, with comments and several identities', () => {
    const text = `# created: 2026-01-01\n# public key: age1...\n${classic}\r\n\n  ${hybrid}\n`;
    expect(textsOf(written(text))).toEqual([classic, hybrid]);
    expect(textsOf(written(classic))).toEqual([classic]);
  });

  it.each([
    ['is missing', undefined, 'cannot be read'],
    ['is empty', '', 'holds no identity'],
    ['holds comments only', '# nothing\n', 'holds no identity'],
    ['is protected by a passphrase', 'age-encryption.org/v1\n-> scrypt ...', 'itself encrypted'],
    ['is protected and armored', '-----BEGIN AGE ENCRYPTED FILE-----\n', 'itself encrypted'],
    ['holds the identity of a plugin', 'AGE-PLUGIN-YUBIKEY-1QQQQ', 'plugin'],
    ['holds something else beside an identity', `${classic}\nage`, 'no age identity'],
    ['holds an SSH key', '-----BEGIN OPENSSH PRIVATE KEY-----\nabc', 'no age identity'],
  ])('is refused where it %s, without repeating what it holds', (_what, text, reason) => {
    const path = text === undefined ? join(temporaryFolder(), 'none') : written(text);
    expect(() => readIdentityFile(path)).toThrow(BackupRefusal);
    try {
      readIdentityFile(path);
    } catch (error) {
      const { message, nextStep } = error as BackupRefusal;
      expect(message).toContain(reason);
      expect(message + nextStep).not.toContain(classic.slice(20, 40));
    }
  });

  it('is refused where it holds a recipient, which cannot decrypt', async () => {
    const path = written(await identityToRecipient(classic));
    expect(() => readIdentityFile(path)).toThrow('cannot decrypt');
  });
});
