import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type Identity,
  openssl,
} from '../../../conformance/src/tls/certificates.ts';
import { findTlsIdentityFault, readCertificates } from './tls-identity.ts';

const day = 24 * 60 * 60 * 1000;

let authority: CertificateAuthority;
let server: Identity;
let other: Identity;

beforeAll(() => {
  authority = createCertificateAuthority();
  server = authority.issue('server', { days: 10 });
  other = authority.issue('other', { keyType: 'RSA' });
});

afterAll(() => {
  authority.remove();
});

const faultOf = (certificate: string, key: string) =>
  findTlsIdentityFault(Buffer.from(certificate), Buffer.from(key));

describe('a certificate file', () => {
  it('tells subject and validity of every certificate in it, in its order', () => {
    const [first, second, ...more] = readCertificates(Buffer.from(server.cert + authority.cert));
    expect(first?.subject).toBe('CN=server');
    expect((first?.validToMs ?? 0) - (first?.validFromMs ?? 0)).toBe(10 * day);
    expect(second?.subject).toBe('CN=Keyhaven test CA');
    expect(more).toEqual([]);
  });

  it.each([
    ['that is empty', ''],
    ['with other text only', 'no certificate\n'],
    ['with a certificate cut short', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'],
  ])('%s has none', (_, text) => {
    expect(readCertificates(Buffer.from(text))).toEqual([]);
  });

  it('with one damaged certificate has none, lest a bundle is taken in part', () => {
    const damaged = authority.cert.replace(/\n[A-Za-z0-9+/]{64}\n/, '\n');
    expect(readCertificates(Buffer.from(server.cert + damaged))).toEqual([]);
  });
});

describe('a certificate and a private key', () => {
  it('are a pair when the first certificate is of that key', () => {
    expect(faultOf(server.cert + authority.cert, server.key)).toBeUndefined();
    expect(faultOf(other.cert, other.key)).toBeUndefined();
  });

  it('are none when the key is of another certificate, in the same file or not', () => {
    expect(faultOf(server.cert, other.key)).toBe('key-of-another-certificate');
    expect(faultOf(authority.cert + server.cert, server.key)).toBe('key-of-another-certificate');
  });

  it('are none when either is not there', () => {
    expect(faultOf(server.key, server.key)).toBe('no-certificate');
    expect(faultOf(server.cert, server.cert)).toBe('no-private-key');
    expect(faultOf(server.cert, '')).toBe('no-private-key');
  });

  it.each([
    ['PKCS #8', ['pkey', '-aes256']],
    ['the older form', ['pkey', '-aes256', '-traditional']],
  ])('are none when the key is encrypted, in %s', (_, command) => {
    const file = `${server.keyFile}.encrypted`;
    openssl(...command, '-in', server.keyFile, '-out', file, '-passout', 'pass:a passphrase');
    expect(findTlsIdentityFault(Buffer.from(server.cert), readFileSync(file))).toBe('encrypted-private-key');
  });
});
