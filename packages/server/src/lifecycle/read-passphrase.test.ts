import { chmodSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { readPassphrase } from './read-passphrase.ts';

function fileWith(content: string, mode = 0o600): string {
  const path = join(temporaryFolder(), 'passphrase');
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

function read(content: string): string | undefined {
  const secret = readPassphrase({ passphraseFd: undefined, passphraseFile: fileWith(content) });
  return secret?.use((bytes) => bytes.toString());
}

describe('The passphrase that a start reads', () => {
  it.each([
    ['word', 'word'],
    ['word\n', 'word'],
    ['word\r\n', 'word'],
    ['word\n\n', 'word\n'],
    ['two\nlines\n', 'two\nlines'],
    [' spaces ', ' spaces '],
    ['x'.repeat(4096), 'x'.repeat(4096)],
  ])('is the content of the file without a line feed at its end', (content, passphrase) => {
    expect(read(content)).toBe(passphrase);
  });

  it.each(['', '\n', 'x'.repeat(4097)])('is refused where it is empty or too long', (content) => {
    expect(() => read(content)).toThrow('holds no passphrase of 1 to 4096 bytes');
  });

  it('is read from a file descriptor, and the descriptor closed', () => {
    const passphraseFd = openSync(fileWith('word\n'), 'r');
    const secret = readPassphrase({ passphraseFd, passphraseFile: undefined });
    expect(secret?.use((bytes) => bytes.toString())).toBe('word');
    expect(() => readPassphrase({ passphraseFd, passphraseFile: undefined })).toThrow('cannot be read');
  });

  it('is none where none is named', () => {
    expect(readPassphrase({ passphraseFd: undefined, passphraseFile: undefined })).toBeUndefined();
  });

  it('is refused from a file that others can read, with the command that closes it', () => {
    const passphraseFile = fileWith('word', 0o640);
    expect(() => readPassphrase({ passphraseFd: undefined, passphraseFile })).toThrow(
      'can be read by other users of this machine',
    );
  });

  it('is refused where there is no such file', () => {
    expect(() => readPassphrase({ passphraseFd: undefined, passphraseFile: '/nonexistent' })).toThrow(
      'cannot be read from the file /nonexistent',
    );
  });
});
