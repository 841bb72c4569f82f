import { generateKeyPairSync } from 'node:crypto';
import { makeAttestationPki, makeCertificate, digitalSignature } from '@keyhaven/testkit/attestation';
import { describe, expect, it } from 'vitest';
import { signCose, verifyCoseSignature } from './cose-signature.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const { leaf, authority } = await makeAttestationPki(now);
const parts = { protectedHeader: Buffer.from('a1013822', 'hex'), payload: Buffer.from('payload') };
const signature = signCose(parts, leaf.pkcs8);

describe('A COSE signature', () => {
  it('is r and s of 96 bytes that verify under the certificate of its key', () => {
    expect(signature).toHaveLength(96);
    expect(verifyCoseSignature(parts, signature, leaf.der)).toBe(true);
  });

  it('is over Sig_structure with the context Signature1 and no external data, in ES384', async () => {
    const input = Buffer.concat([
      Buffer.from('846a5369676e61747572653144a10138224047', 'hex'),
      Buffer.from('payload'),
    ]);
    const algorithm = { name: 'ECDSA', hash: 'SHA-384' };
    const given = Uint8Array.from(signature);
    expect(await crypto.subtle.verify(algorithm, leaf.keys.publicKey, given, input)).toBe(true);
    const own = Buffer.from(await crypto.subtle.sign(algorithm, leaf.keys.privateKey, input));
    expect(verifyCoseSignature(parts, own, leaf.der)).toBe(true);
  });

  it.each([
    ['another payload', { ...parts, payload: Buffer.from('Payload') }],
    ['another header', { ...parts, protectedHeader: Buffer.from('a1013823', 'hex') }],
    [
      'bytes moved from one to the other',
      { protectedHeader: Buffer.from('a1013822', 'hex'), payload: Buffer.alloc(0) },
    ],
  ])('does not verify for %s', (_, other) => {
    expect(verifyCoseSignature(other, signature, leaf.der)).toBe(false);
  });

  it('does not verify under the certificate of another key, of another curve, or what is none', async () => {
    const p256 = await makeCertificate({
      name: 'P-256',
      issuer: authority,
      notBefore: new Date(now),
      notAfter: new Date(now),
      isCa: false,
      keyUsage: digitalSignature,
      curve: 'P-256',
    });
    for (const der of [authority.der, p256.der, Buffer.from('no certificate'), Buffer.alloc(0)])
      expect(verifyCoseSignature(parts, signature, der)).toBe(false);
  });

  it.each([0, 95, 97])('does not verify with %d bytes', (length) => {
    expect(
      verifyCoseSignature(parts, Buffer.concat([signature, signature]).subarray(0, length), leaf.der),
    ).toBe(false);
  });

  it('does not verify as zeros or as ones', () => {
    expect(verifyCoseSignature(parts, Buffer.alloc(96), leaf.der)).toBe(false);
    expect(verifyCoseSignature(parts, Buffer.alloc(96, 0xff), leaf.der)).toBe(false);
  });

  it('is not made with a key of another curve', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(() => signCose(parts, privateKey.export({ type: 'pkcs8', format: 'der' }))).toThrow('P-384');
  });
});
