import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encryptForRecipient } from '../cms-enveloped-data.ts';
import { isRecipientKey } from './recipient-key.ts';

const spki = { type: 'spki', format: 'der' } as const;
const rsa = (modulusLength: number, publicExponent = 65_537) =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey.export(spki);

const key2048 = rsa(2048);
const modulus = Buffer.from(
  createPublicKey({ key: key2048, ...spki }).export({ format: 'jwk' }).n ?? '',
  'base64url',
);

/** A key of that modulus and exponent, which nobody has the private half of. */
function keyOf(n: Buffer, e: Buffer): Buffer {
  const jwk = { kty: 'RSA', n: n.toString('base64url'), e: e.toString('base64url') };
  return createPublicKey({ key: jwk, format: 'jwk' }).export(spki);
}

const withLastByte = (byte: number) => Buffer.concat([modulus.subarray(0, -1), Buffer.from([byte])]);
const exponent = (digits: string) => Buffer.from(digits, 'hex');

describe('A reply can be encrypted to', () => {
  it.each([2048, 3072])('an RSA key of %d bits', (bits) => {
    const key = rsa(bits);
    expect(isRecipientKey(key)).toBe(true);
    expect(encryptForRecipient(key, Buffer.from('x')).length).toBeGreaterThan(bits / 8);
  });
});

describe('A reply cannot be encrypted to', () => {
  it.each<readonly [string, Buffer]>([
    ['an RSA key of 2,040 bits', rsa(2040)],
    ['an RSA key of 1,024 bits', rsa(1024)],
    ['an RSA key with the exponent 3', rsa(2048, 3)],
    ['an RSA key with the exponent 1, under which everyone reads', keyOf(modulus, exponent('01'))],
    ['an RSA key with an even exponent', keyOf(modulus, exponent('010002'))],
    ['an RSA key with an exponent of 2^256 or more', keyOf(modulus, Buffer.alloc(33, 0xff))],
    ['an RSA key with an even modulus', keyOf(withLastByte(0), exponent('010001'))],
    ['an RSA key for PSS', generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey.export(spki)],
    ['an EC key', generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export(spki)],
    ['an Ed25519 key', generateKeyPairSync('ed25519').publicKey.export(spki)],
    [
      'a key in PEM',
      Buffer.from(createPublicKey({ key: key2048, ...spki }).export({ ...spki, format: 'pem' })),
    ],
    [
      'a private key',
      generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'der' }),
    ],
    ['nothing', Buffer.alloc(0)],
  ])('%s', (_, key) => {
    expect(isRecipientKey(key)).toBe(false);
  });

  it('any bytes, and saying so throws nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(key2048.length - 1), (bytes, at) => {
        expect(isRecipientKey(bytes)).toBe(false);
        const changed = Buffer.from(key2048);
        changed[at] = (changed[at] ?? 0) ^ 0x81;
        // Another modulus is another key; what counts is that a key that is taken can be encrypted to.
        if (isRecipientKey(changed)) encryptForRecipient(changed, Buffer.from('x'));
      }),
      { numRuns: 100 },
    );
  });
});
