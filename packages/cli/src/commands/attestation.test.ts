import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyAttestationDocument } from '../../../server/src/attestation/verify-attestation-document.ts';
import { readRoots } from '../../../server/src/attestation/read-roots.ts';
import { readAttestationRoots } from '@keyhaven/crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runKeyhaven } from '../running-command.test-support.ts';
import { run } from '../scripted-service.test-support.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyhaven-attestation-'));
const at = (name: string) => join(folder, name);
const hour = 60 * 60 * 1000;

const generateKey = (modulusLength: number) =>
  crypto.subtle.generateKey(
    { name: 'RSA-OAEP', hash: 'SHA-256', modulusLength, publicExponent: Uint8Array.of(1, 0, 1) },
    true,
    ['encrypt', 'decrypt'],
  );
const pem = (label: string, der: ArrayBuffer) =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64')}\n-----END ${label}-----\n`;
const spkiOf = async ({ publicKey }: CryptoKeyPairLike) => crypto.subtle.exportKey('spki', publicKey);
type CryptoKeyPairLike = Awaited<ReturnType<typeof generateKey>>;

const keys = await generateKey(2048);
const spki = Buffer.from(await spkiOf(keys));

beforeAll(async () => {
  writeFileSync(at('enclave.pem'), pem('PUBLIC KEY', await spkiOf(keys)));
  writeFileSync(at('enclave.der'), spki);
  writeFileSync(
    at('enclave.key'),
    pem('PRIVATE KEY', await crypto.subtle.exportKey('pkcs8', keys.privateKey)),
  );
  writeFileSync(at('small.pem'), pem('PUBLIC KEY', await spkiOf(await generateKey(1024))));
  writeFileSync(at('app.eif'), 'abc');
  for (const name of ['root', 'other'])
    expect(await makeRoot(at(`${name}.pem`), at(`${name}.key`))).toMatchObject({ exitCode: 0, stderr: '' });
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const makeRoot = (out: string, keyOut: string, ...more: readonly string[]) =>
  run(['attestation', 'root', '--out', out, '--key-out', keyOut, ...more]);

const given = { '--root': at('root.pem'), '--root-key': at('root.key'), '--public-key': at('enclave.pem') };

const make = (out: string, more: readonly string[] = [], changes: Readonly<Record<string, string>> = {}) =>
  run([
    ...['attestation', 'make', '--out', out],
    ...Object.entries({ ...given, ...changes }).flat(),
    ...more,
  ]);

const verify = (document: Buffer, time = Date.now(), root = at('root.pem')) =>
  verifyAttestationDocument(document, readRoots(root, Date.now()), time);

let documents = 0;

/** What a document says that is made with those flags. */
async function madeWith(...more: readonly string[]) {
  documents += 1;
  const out = at(`document-${documents}`);
  expect(await make(out, more)).toMatchObject({ exitCode: 0, stderr: '' });
  return readFileSync(out);
}

describe('keyhaven attestation root', () => {
  it('makes a root that the service takes, and a key for this user alone', () => {
    expect(readRoots(at('root.pem'), Date.now())).toHaveLength(1);
    expect(readFileSync(at('root.key'), 'latin1')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    if (process.platform !== 'win32') expect(statSync(at('root.key')).mode & 0o777).toBe(0o600);
  });

  it('gives it the name and the validity that it is told', async () => {
    const { stdout } = await makeRoot(
      at('named.pem'),
      at('named.key'),
      '--name',
      'A root',
      '--valid-for',
      '1',
    );
    const [root] = readAttestationRoots(readFileSync(at('named.pem'), 'latin1'));
    expect(root).toMatchObject({ subject: 'CN=A root', isAuthority: true });
    const validToMs = root?.validToMs ?? 0;
    expect(validToMs - Date.now()).toBeLessThanOrEqual(24 * hour);
    expect(validToMs - Date.now()).toBeGreaterThan(23 * hour);
    const day = new Date(validToMs).toISOString().slice(0, 10);
    expect(stdout).toBe(`Root ${at('named.pem')}, its key ${at('named.key')}; valid until ${day}.\n`);
  });

  it('overwrites neither a certificate nor a key, and leaves nothing half made', async () => {
    const before = readFileSync(at('root.key'));
    const taken = await makeRoot(at('root.pem'), at('new.key'));
    expect(taken).toMatchObject({ exitCode: 1, stdout: '' });
    expect(taken.stderr).toContain(`${at('root.pem')} is there already and is not overwritten.`);
    expect(existsSync(at('new.key'))).toBe(false);
    expect((await makeRoot(at('new.pem'), at('root.key'))).stderr).toContain('is there already');
    expect(existsSync(at('new.pem'))).toBe(false);
    expect(readFileSync(at('root.key')).equals(before)).toBe(true);
  });

  it.each([
    [['--valid-for', '0'], 'It must be a whole number from 1 to 36500.'],
    [['--valid-for', '1.5'], 'It must be a whole number from 1 to 36500.'],
    [['--name', ''], 'A name is 1 to 64 ASCII characters.'],
    [['--name', 'a'.repeat(65)], 'A name is 1 to 64 ASCII characters.'],
  ])('refuses %j as wrong usage', async (more, rule) => {
    const { exitCode, stderr } = await makeRoot(at('x.pem'), at('x.key'), ...more);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(rule);
    expect(existsSync(at('x.pem'))).toBe(false);
  });

  it('needs both files', async () => {
    const { exitCode, stderr } = await run(['attestation', 'root', '--out', at('x.pem')]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--key-out <file>');
  });
});

describe('keyhaven attestation make', () => {
  it('makes a document that verifies under the root, with the key that it is given', async () => {
    expect(verify(await madeWith())).toMatchObject({
      moduleId: 'i-0123456789abcdef0-enc0123456789abcdef',
      publicKey: Uint8Array.from(spki),
      imageSha384: '0'.repeat(96),
    });
  });

  it('takes the public key in DER too', async () => {
    expect(await make(at('from-der'), [], { '--public-key': at('enclave.der') })).toMatchObject({
      exitCode: 0,
    });
    expect(verify(readFileSync(at('from-der')))).toMatchObject({ publicKey: Uint8Array.from(spki) });
  });

  it('measures an image as PCR0', async () => {
    // FIPS 180-4, "abc".
    const sha384 =
      'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7';
    expect(verify(await madeWith('--image', at('app.eif')))).toMatchObject({ imageSha384: sha384 });
  });

  it('says the registers that it is told, of an enclave or of a NitroTPM', async () => {
    const more = ['--pcr', `3=${'AB'.repeat(48)}`, '--pcr', `31=${'cd'.repeat(32)}`];
    const pcrs = new Map([
      [3, 'ab'.repeat(48)],
      [31, 'cd'.repeat(32)],
    ]);
    expect(verify(await madeWith(...more))).toMatchObject({ pcrs, imageSha384: undefined });
    expect(verify(await madeWith(...more, '--nitrotpm'))).toMatchObject({
      pcrs: new Map(),
      nitroTpmPcrs: pcrs,
    });
  });

  it('carries module id, user data and nonce', async () => {
    const document = await madeWith('--module-id', 'i-1-enc2', '--user-data', 'c0ffee', '--nonce', '00ff');
    expect(verify(document)).toMatchObject({ moduleId: 'i-1-enc2' });
    expect(document.includes(Buffer.from('user_data\x43\xc0\xff\xee', 'latin1'))).toBe(true);
    expect(document.includes(Buffer.from('nonce\x42\x00\xff', 'latin1'))).toBe(true);
  });

  it('is valid as long as it is told, three hours by default', async () => {
    const document = await madeWith();
    expect(verify(document, Date.now() + 2.9 * hour)).toHaveProperty('publicKey');
    expect(verify(document, Date.now() + 3.1 * hour)).toEqual({ fault: 'certificate not valid now' });
    const short = await madeWith('--valid-for', '1');
    expect(verify(short, Date.now() + 2 * 60_000)).toEqual({ fault: 'certificate not valid now' });
  });

  it('writes Base64 where it is asked to', async () => {
    const text = (await madeWith('--base64')).toString('latin1');
    expect(text).toMatch(/^[A-Za-z0-9+/]+={0,2}\n$/);
    expect(verify(Buffer.from(text, 'base64'))).toHaveProperty('publicKey');
  });

  it('makes none that another root vouches for', async () => {
    expect(verify(await madeWith(), Date.now(), at('other.pem'))).toEqual({ fault: 'unknown root' });
  });

  it('overwrites nothing', async () => {
    writeFileSync(at('taken'), 'mine');
    expect(await make(at('taken'))).toMatchObject({ exitCode: 1, stdout: '' });
    expect(readFileSync(at('taken'), 'utf8')).toBe('mine');
  });

  it.each([
    ['a root that is not there', '--root', 'none', 'The root FOLDER/none cannot be read.'],
    ['a root that is a key', '--root', 'root.key', 'holds no certificate of an authority in PEM.'],
    ['a root key that is a certificate', '--root-key', 'root.pem', 'holds no P-384 private key in PEM'],
    ['a root key that is RSA', '--root-key', 'enclave.key', 'holds no P-384 private key in PEM'],
    ['the key of another root', '--root-key', 'other.key', 'does not belong to the root FOLDER/root.pem.'],
    [
      'a private key as public key',
      '--public-key',
      'enclave.key',
      'holds no RSA public key of at least 2048 bits',
    ],
    ['a short public key', '--public-key', 'small.pem', 'holds no RSA public key of at least 2048 bits'],
    [
      'a certificate as public key',
      '--public-key',
      'root.pem',
      'holds no RSA public key of at least 2048 bits',
    ],
    ['a folder as public key', '--public-key', '', 'cannot be read.'],
    ['an image that is not there', '--image', 'none', 'The image FOLDER/none cannot be read.'],
  ])('refuses %s', async (_, flag, name, reason) => {
    const { exitCode, stdout, stderr } = await make(at('refused'), [], { [flag]: at(name) });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr.replaceAll(folder, 'FOLDER')).toContain(reason);
    expect(stderr.split('\n')).toHaveLength(3);
    expect(existsSync(at('refused'))).toBe(false);
  });

  it.each([
    [['--pcr', '32=' + 'aa'.repeat(48)], 'A register is its number, 0 to 31'],
    [['--pcr', '0=' + 'aa'.repeat(47)], 'A register is its number, 0 to 31'],
    [['--pcr', 'aa'.repeat(48)], 'A register is its number, 0 to 31'],
    [['--pcr', `1=${'aa'.repeat(48)}`, '--pcr', `1=${'aa'.repeat(48)}`], 'Register 1 is given twice.'],
    [['--image', at('app.eif'), '--pcr', `0=${'aa'.repeat(48)}`], '--image and --pcr 0 are both given'],
    [['--image', at('app.eif'), '--nitrotpm'], '--image and --nitrotpm are both given'],
    [['--nonce', 'abc'], 'It must be at most 512 bytes in hexadecimal'],
    [['--user-data', 'aa'.repeat(513)], 'It must be at most 512 bytes in hexadecimal'],
    [['--module-id', 'with space'], 'A module id is 1 to 256 visible ASCII characters.'],
    [['--valid-for', '525601'], 'It must be a whole number from 1 to 525600.'],
  ])('refuses %j as wrong usage', async (more, rule) => {
    const { exitCode, stdout, stderr } = await make(at('refused'), more);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(rule);
    expect(existsSync(at('refused'))).toBe(false);
  });

  it.each(['--root', '--root-key', '--public-key', '--out'])('needs %s', async (flag) => {
    const args = Object.entries({ ...given, '--out': at('refused') }).filter(([name]) => name !== flag);
    const { exitCode, stderr } = await run(['attestation', 'make', ...args.flat()]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`required option '${flag} <file>' not specified`);
  });
});

describe('keyhaven serve --attestation-roots', () => {
  it.each([
    ['that is not there', 'none.pem', 'The attestation roots FOLDER/none.pem are not there.'],
    [
      'without certificate',
      'app.eif',
      'The attestation roots FOLDER/app.eif hold no certificate, or a damaged one.',
    ],
  ])('does not start with a file %s, says what to do, and makes nothing', async (_, name, reason) => {
    const args = ['serve', '--attestation-roots', at(name), '--data-dir', at('data'), '--port', '0'];
    const { exitCode, stdout, stderr } = await runKeyhaven(args).ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr.replaceAll(folder, 'FOLDER')).toMatch(new RegExp(`^keyhaven: ${reason}\nGive .*\n$`));
    expect(existsSync(at('data'))).toBe(false);
  });
});
