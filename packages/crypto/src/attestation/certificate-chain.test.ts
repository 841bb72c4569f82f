import {
  type AttestationPki,
  digitalSignature,
  keyCertSign,
  makeAttestationPki,
  makeCertificate,
  type PkiChanges,
} from '@keyhaven/testkit/attestation';
import * as x509 from '@peculiar/x509';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findChainFault, mostAuthorities } from './certificate-chain.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const hour = 60 * 60 * 1000;
const pki = await makeAttestationPki(now);
const valid = { notBefore: new Date(now - hour), notAfter: new Date(now + hour) };

const chainOf = ({ root, authority, leaf }: AttestationPki) => ({
  certificate: leaf.der,
  cabundle: [root.der, authority.der],
});

const faultOf = (from: AttestationPki, at = now) => findChainFault(chainOf(from), [from.root.der], at);

async function faultWith(changes: PkiChanges): Promise<string | undefined> {
  return faultOf(await makeAttestationPki(now, changes));
}

const critical = (oid: string) => [new x509.Extension(oid, true, Buffer.from('0500', 'hex'))];

describe('A chain of certificates', () => {
  it('is taken from a trusted root to the certificate that signs', () => {
    expect(faultOf(pki)).toBeUndefined();
    const others = [pki.leaf.der, pki.root.der];
    expect(findChainFault(chainOf(pki), others, now)).toBeUndefined();
  });

  it('may have the root alone as its authority', async () => {
    const leaf = await makeCertificate({
      name: 'leaf',
      issuer: pki.root,
      ...valid,
      isCa: undefined,
      keyUsage: digitalSignature,
    });
    const chain = { certificate: leaf.der, cabundle: [pki.root.der] };
    expect(findChainFault(chain, [pki.root.der], now)).toBeUndefined();
  });

  it('is valid from the first to the last moment of every certificate', () => {
    expect(faultOf(pki, now - hour)).toBeUndefined();
    expect(faultOf(pki, now + hour)).toBeUndefined();
    expect(faultOf(pki, now - hour - 1)).toBe('certificate not valid now');
    expect(faultOf(pki, now + hour + 1)).toBe('certificate not valid now');
  });

  it.each(['root', 'authority', 'leaf'] as const)(
    'is refused where the %s alone has expired',
    async (part) => {
      const changes = { [part]: { notAfter: new Date(now - 1000) } };
      expect(await faultWith(changes)).toBe('certificate not valid now');
    },
  );

  it('is refused under a root that is not trusted, whatever it calls itself', async () => {
    const twin = await makeAttestationPki(now);
    expect(findChainFault(chainOf(twin), [pki.root.der], now)).toBe('unknown root');
    expect(findChainFault(chainOf(pki), [], now)).toBe('unknown root');
    expect(findChainFault({ certificate: pki.leaf.der, cabundle: [] }, [pki.root.der], now)).toBe(
      'unknown root',
    );
  });

  it('is refused where the root stands elsewhere than first', () => {
    const chain = { certificate: pki.leaf.der, cabundle: [pki.authority.der, pki.root.der] };
    expect(findChainFault(chain, [pki.root.der], now)).toBe('unknown root');
  });

  it('is refused where a link is missing, doubled or of another chain', async () => {
    const twin = await makeAttestationPki(now, { under: pki.root });
    const broken = (certificate: Buffer, ...cabundle: readonly Buffer[]) =>
      findChainFault({ certificate, cabundle }, [pki.root.der], now);
    expect(broken(pki.leaf.der, pki.root.der)).toBe('broken chain');
    expect(broken(pki.leaf.der, pki.root.der, pki.authority.der, pki.authority.der)).toBe('broken chain');
    expect(broken(twin.leaf.der, pki.root.der, pki.authority.der)).toBe('broken chain');
    expect(broken(pki.leaf.der, pki.root.der, twin.authority.der)).toBe('broken chain');
    expect(broken(pki.authority.der, pki.root.der)).toBe('broken chain');
    expect(broken(pki.root.der, pki.root.der)).toBe('broken chain');
  });

  it.each<readonly [string, PkiChanges]>([
    ['an authority that is none by its basic constraints', { authority: { isCa: false } }],
    ['an authority without basic constraints', { authority: { isCa: undefined } }],
    ['an authority that may not sign certificates', { authority: { keyUsage: digitalSignature } }],
    ['an authority without key usage', { authority: { keyUsage: undefined } }],
    ['a root that is no authority', { root: { isCa: false } }],
    ['a root that may not sign certificates', { root: { keyUsage: digitalSignature } }],
    ['a root below which no authority may stand', { root: { pathLength: 0 } }],
    ['a signer that calls another name its issuer', { leaf: { issuerName: 'test root' } }],
    ['a signer that may not sign', { leaf: { keyUsage: keyCertSign } }],
    ['a signer without key usage', { leaf: { keyUsage: undefined } }],
    ['a signer that is an authority', { leaf: { isCa: true } }],
    ['a critical extension that nobody knows', { authority: { extensions: critical('1.2.3.4') } }],
    ['name constraints, which are not evaluated', { root: { extensions: critical('2.5.29.30') } }],
  ])('is refused with %s', async (_, changes) => {
    expect(await faultWith(changes)).toBe('broken chain');
  });

  it.each<readonly [string, PkiChanges]>([
    ['a signer of another curve', { leaf: { curve: 'P-256' } }],
    ['an authority of another curve', { authority: { curve: 'P-256' } }],
    ['a signature with another hash', { leaf: { hash: 'SHA-256' } }],
    ['an extension twice', { leaf: { extensions: [...critical('1.2.3'), ...critical('1.2.3')] } }],
  ])('is refused with %s', async (_, changes) => {
    expect(await faultWith(changes)).toBe('unreadable certificate');
  });

  it('is taken with an extension that is not critical', async () => {
    const extensions = [new x509.Extension('1.2.3.4', false, Buffer.from('0500', 'hex'))];
    expect(await faultWith({ leaf: { extensions }, authority: { extensions } })).toBeUndefined();
  });

  it('is refused where a certificate is PEM, or has a byte after it', () => {
    const cabundle = [pki.root.der, pki.authority.der];
    for (const certificate of [Buffer.from(pki.leaf.pem), Buffer.concat([pki.leaf.der, Buffer.from([0])])])
      expect(findChainFault({ certificate, cabundle }, [pki.root.der], now)).toBe('unreadable certificate');
  });

  it('is refused where it is longer than any that is known, before it is read', () => {
    const cabundle = [pki.root.der, ...Array.from({ length: mostAuthorities }, () => Buffer.from('?'))];
    expect(findChainFault({ certificate: pki.leaf.der, cabundle }, [pki.root.der], now)).toBe('broken chain');
  });

  it('is refused after any change of its certificates, and throws for none', () => {
    const part = fc.constantFrom('authority', 'leaf' as const);
    fc.assert(
      fc.property(part, fc.nat(2000), fc.integer({ min: 1, max: 255 }), (name, place, change) => {
        const der = Buffer.from(pki[name].der);
        const at = place % der.length;
        der[at] = (der[at] ?? 0) ^ change;
        const changed = { ...pki, [name]: { ...pki[name], der } };
        expect(faultOf(changed)).toBeDefined();
      }),
      { numRuns: 1000 },
    );
  });
});
