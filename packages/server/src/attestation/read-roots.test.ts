import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from '@keyhaven/crypto';
import { makeAttestationPki } from '@keyhaven/testkit/attestation';
import { afterAll, describe, expect, it } from 'vitest';
import { StartRefusal } from '../start-refusal.ts';
import { readRoots } from './read-roots.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const { root, authority, leaf } = await makeAttestationPki(now);
const folder = mkdtempSync(join(tmpdir(), 'keyhaven-roots-'));

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function fileOf(text: string, mode = 0o644): string {
  const file = join(folder, 'roots.pem');
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

function refusalOf(file: string, at = now): string {
  try {
    readRoots(file, at);
  } catch (error) {
    if (!(error instanceof StartRefusal)) throw error;
    expect(error.nextStep).not.toBe('');
    return error.message.replace(file, 'FILE').replace(folder, 'FOLDER');
  }
  throw new Error('nothing was refused');
}

describe('The attestation roots', () => {
  it("are AWS's published root where no file is named", () => {
    const roots = readRoots(undefined, now);
    expect(roots.map(sha256Hex)).toEqual([
      '641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b',
    ]);
  });

  it('are those of the file and no others, several of them in their order', () => {
    const roots = readRoots(fileOf(`${root.pem}${authority.pem}`), now);
    expect(roots.map((der) => der.toString('hex'))).toEqual(
      [root, authority].map(({ der }) => der.toString('hex')),
    );
  });

  it.each([
    ['that is empty', '', 'The attestation roots FILE hold no certificate, or a damaged one.'],
    [
      'with a private key',
      '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
      'The attestation roots FILE hold no certificate, or a damaged one.',
    ],
    [
      'with a damaged certificate after a good one',
      `${root.pem}${leaf.pem.replace(/\n[A-Za-z0-9+/]{64}\n/, '\n')}`,
      'The attestation roots FILE hold no certificate, or a damaged one.',
    ],
    [
      'with the certificate of no authority',
      `${root.pem}${leaf.pem}`,
      'The attestation roots FILE hold a certificate that is none of an authority whose key is P-384 and may sign certificates: CN=test hypervisor.',
    ],
    [
      'of more than 256 KiB',
      root.pem.padEnd(256 * 1024 + 1),
      'The attestation roots FILE are larger than 256 KiB.',
    ],
  ])('are refused in a file %s', (_, text, message) => {
    expect(refusalOf(fileOf(text))).toBe(message);
  });

  it('are refused when one has expired or is not valid yet', () => {
    const file = fileOf(root.pem);
    expect(refusalOf(file, now + 2 * 60 * 60 * 1000)).toBe(
      'The attestation roots FILE hold a certificate that has expired on 2026-01-01: CN=test root.',
    );
    expect(refusalOf(file, now - 2 * 60 * 60 * 1000)).toBe(
      'The attestation roots FILE hold a certificate that is not valid yet: CN=test root.',
    );
  });

  it('are refused in a file that is not there, or that is a folder', () => {
    expect(refusalOf(join(folder, 'none.pem'))).toBe('The attestation roots FILE are not there.');
    expect(refusalOf(folder)).toContain('cannot be read (EISDIR)');
  });

  it.each([0o664, 0o646, 0o666])('are refused in a file of mode %o, which others could change', (mode) => {
    expect(refusalOf(fileOf(root.pem, mode))).toBe(
      `The attestation roots FILE can be changed by other users (mode ${mode.toString(8)}).`,
    );
  });
});
