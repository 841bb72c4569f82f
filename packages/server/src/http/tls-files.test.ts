import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type Identity,
  openssl,
} from '../../../../conformance/src/tls/certificates.ts';
import { StartRefusal } from '../start-refusal.ts';
import { startListener } from './running-listener.test-support.ts';
import { fingerprintTlsFiles, readTlsFiles } from './tls-files.ts';

let authority: CertificateAuthority;
let server: Identity;
let other: Identity;
let folder: string;
let files: { readonly certFile: string; readonly keyFile: string; readonly clientCaFile: string };

beforeAll(() => {
  authority = createCertificateAuthority();
  server = authority.issue('server', { days: 10 });
  other = authority.issue('other');
});

afterAll(() => {
  authority.remove();
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyhaven-tls-'));
  const at = (name: string) => join(folder, name);
  files = { certFile: at('cert.pem'), keyFile: at('key.pem'), clientCaFile: at('clients.pem') };
  writeFileSync(files.certFile, server.cert + authority.cert);
  writeFileSync(files.keyFile, server.key, { mode: 0o600 });
  writeFileSync(files.clientCaFile, authority.cert);
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function refusal(): StartRefusal {
  try {
    readTlsFiles(files);
  } catch (error) {
    if (error instanceof StartRefusal) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the files of TLS', () => {
  it('are taken when they belong together, with the shortest validity in the chain', () => {
    const { validFromMs, validToMs, clientCa } = readTlsFiles(files);
    expect(validToMs - validFromMs).toBe(10 * 24 * 60 * 60 * 1000);
    expect(clientCa?.toString()).toBe(authority.cert);
    expect(readTlsFiles({ ...files, clientCaFile: undefined }).clientCa).toBeUndefined();
  });

  it.each(['certFile', 'keyFile', 'clientCaFile'] as const)(
    'are refused when the %s is not there',
    (name) => {
      rmSync(files[name]);
      expect(refusal().message).toMatch(
        /^The TLS (?:certificate|private key|client CA) \/.*\.pem is not there\.$/,
      );
      expect(refusal().nextStep).toContain('PEM file');
    },
  );

  it('are refused when one is a folder', () => {
    files = { ...files, certFile: folder };
    expect(refusal().message).toContain('cannot be read (EISDIR)');
  });

  it.each(['644', '640', '604', '660', '602'])(
    'are refused when the key has mode %s and is our own',
    (mode) => {
      chmodSync(files.keyFile, parseInt(mode, 8));
      expect(refusal().message).toContain(`can be read or changed by other users (mode ${mode})`);
      expect(refusal().nextStep).toBe(`Run: chmod 600 ${files.keyFile}`);
    },
  );

  it.each(['600', '400'])('are taken when the key has mode %s', (mode) => {
    chmodSync(files.keyFile, parseInt(mode, 8));
    expect(readTlsFiles(files).key.toString()).toBe(server.key);
  });

  it('are refused when the key is of another certificate', () => {
    writeFileSync(files.keyFile, other.key);
    expect(refusal().message).toContain('does not belong to the first certificate');
  });

  it('are refused when the chain is in the wrong order', () => {
    writeFileSync(files.certFile, authority.cert + server.cert);
    expect(refusal().nextStep).toContain('the certificate of this service first');
  });

  it('are refused when the key is encrypted', () => {
    openssl('pkey', '-aes256', '-in', server.keyFile, '-out', files.keyFile, '-passout', 'pass:open sesame');
    expect(refusal().message).toMatch(/is encrypted\.$/);
    expect(refusal().nextStep).toContain('openssl pkey');
  });

  it.each([
    ['certFile', /holds no certificate/],
    ['keyFile', /holds no private key that can be read/],
    ['clientCaFile', /holds no certificate/],
  ] as const)('are refused when the %s is empty', (name, reason) => {
    writeFileSync(files[name], '');
    expect(refusal().message).toMatch(reason);
  });

  it('are refused with nothing of the key in the reason', () => {
    const damaged = server.key.replace(/^([A-Za-z0-9+/]{10})/m, 'AAAAAAAAAA');
    writeFileSync(files.keyFile, damaged);
    const told = `${refusal().message} ${refusal().nextStep}`;
    for (const line of damaged.split('\n').filter((text) => text.length > 10))
      expect(told).not.toContain(line);
  });

  it('are refused when OpenSSL finds the key too short', async () => {
    openssl(
      'req',
      '-x509',
      '-nodes',
      '-newkey',
      'rsa:1024',
      '-subj',
      '/CN=short',
      '-keyout',
      files.keyFile,
      '-out',
      files.certFile,
    );
    const tls = { ...files, alarm: { raise: () => undefined }, wallNow: Date.now };
    await expect(startListener({ tls })).rejects.toMatchObject({
      name: 'StartRefusal',
      message: expect.stringContaining('OpenSSL does not take') as string,
    });
  });
});

describe.skipIf(process.geteuid?.() !== 0)('Files of another user', () => {
  it.each(['640', '440', '600'])('may hold the key with mode %s: a group may be lent it', (mode) => {
    chmodSync(files.keyFile, parseInt(mode, 8));
    chownSync(files.keyFile, 12_345, 12_345);
    expect(readTlsFiles(files).key.toString()).toBe(server.key);
  });

  it.each(['644', '660', '604'])('may not hold the key with mode %s', (mode) => {
    chmodSync(files.keyFile, parseInt(mode, 8));
    chownSync(files.keyFile, 12_345, 12_345);
    expect(refusal().nextStep).toBe(`Run, as its owner: chmod 640 ${files.keyFile}`);
  });
});

describe('the fingerprint of the files', () => {
  it('is the same while nothing happens', () => {
    expect(fingerprintTlsFiles(files)).toBe(fingerprintTlsFiles(files));
  });

  it.each([
    ['a file is written', () => writeFileSync(files.certFile, other.cert)],
    ['a file gets other rights', () => chmodSync(files.keyFile, 0o400)],
    ['a file is removed', () => rmSync(files.clientCaFile)],
    [
      'a file is replaced by one of the same size and time',
      () => {
        const twin = join(folder, 'twin');
        copyFileSync(files.certFile, twin);
        utimesSync(twin, 1000, 1000);
        utimesSync(files.certFile, 1000, 1000);
        renameSync(twin, files.certFile);
      },
    ],
  ])('changes when %s', (_, change) => {
    const before = fingerprintTlsFiles(files);
    change();
    expect(fingerprintTlsFiles(files)).not.toBe(before);
  });
});
