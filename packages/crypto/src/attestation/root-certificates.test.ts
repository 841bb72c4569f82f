import { makeAttestationPki } from '@keyhaven/testkit/attestation';
import { describe, expect, it } from 'vitest';
import { readAttestationRoots } from './root-certificates.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const { root, authority, leaf } = await makeAttestationPki(now);

describe('A file of attestation roots', () => {
  it('tells subject, validity and use of every certificate, in its order', () => {
    const [first, second, ...more] = readAttestationRoots(`A note.\n${root.pem}${authority.pem}`);
    expect(first).toMatchObject({ subject: 'CN=test root', isAuthority: true, validToMs: now + 3_600_000 });
    expect(first?.der.equals(root.der)).toBe(true);
    expect(second).toMatchObject({ subject: 'CN=test authority', isAuthority: true });
    expect(more).toEqual([]);
  });

  it('says of the certificate of a signer that it is no authority', () => {
    expect(readAttestationRoots(leaf.pem)).toMatchObject([{ isAuthority: false }]);
  });

  it.each([
    ['that is empty', ''],
    ['with other text only', 'no certificate\n'],
    ['with a certificate cut short', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'],
    ['with a good one and a damaged one', `${root.pem}${leaf.pem.replace(/\n[A-Za-z0-9+/]{64}\n/, '\n')}`],
  ])('%s has none', (_, text) => {
    expect(readAttestationRoots(text)).toEqual([]);
  });
});
