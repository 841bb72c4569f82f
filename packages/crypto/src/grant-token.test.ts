import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grantTokenCharacters, mostGrantTokenBytes, openGrantToken } from './grant-token.ts';
import { deriveKey } from './kdf.ts';
import { Secret } from './secret.ts';
import { DomainKey } from './subkeys.ts';

const domainKey = new DomainKey(Secret.random(32));
const aGrant = Buffer.from('["111122223333","us-east-1","key","grant"]');

describe('a grant token', () => {
  it('begins with AQpA and has 468 characters of base64url, however much it holds', () => {
    expect(grantTokenCharacters).toBe(468);
    for (const plaintext of [Buffer.alloc(0), aGrant, Buffer.alloc(mostGrantTokenBytes)])
      expect(domainKey.sealGrantToken(plaintext)).toMatch(/^AQpA[\w-]{464}$/);
  });

  it('round-trips whatever it may hold', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: mostGrantTokenBytes, size: 'max' }), (bytes) => {
        const token = domainKey.sealGrantToken(Buffer.from(bytes));
        expect(domainKey.openGrantToken(token)?.equals(bytes)).toBe(true);
      }),
    );
  });

  it('is another each time, and does not show what it holds', () => {
    const token = domainKey.sealGrantToken(aGrant);
    expect(domainKey.sealGrantToken(aGrant)).not.toBe(token);
    expect(Buffer.from(token, 'base64url').includes('us-east-1')).toBe(false);
  });

  it('refuses to hold more, with a RangeError', () => {
    expect(() => domainKey.sealGrantToken(Buffer.alloc(mostGrantTokenBytes + 1))).toThrow(RangeError);
  });

  it('does not open with any character changed, cut or added', () => {
    const token = domainKey.sealGrantToken(aGrant);
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === 'A' ? 'B' : 'A';
      expect(domainKey.openGrantToken(token.slice(0, at) + other + token.slice(at + 1))).toBeUndefined();
      expect(domainKey.openGrantToken(token.slice(0, at))).toBeUndefined();
    }
    for (const added of ['A', '=', ' ']) expect(domainKey.openGrantToken(token + added)).toBeUndefined();
  });

  it('does not open in another spelling of the same bytes', () => {
    let token = domainKey.sealGrantToken(aGrant);
    while (!/[-_]/.test(token)) token = domainKey.sealGrantToken(aGrant);
    const spelled = token.replaceAll('-', '+').replaceAll('_', '/');
    expect(domainKey.openGrantToken(spelled)).toBeUndefined();
  });

  it('opens neither under another domain key nor as a marker, and a marker is none', () => {
    const token = domainKey.sealGrantToken(aGrant);
    expect(new DomainKey(Secret.random(32)).openGrantToken(token)).toBeUndefined();
    expect(domainKey.openMarker(token)).toBeUndefined();
    const marker = domainKey.sealMarker(Buffer.alloc(306));
    expect(marker.length).toBe(grantTokenCharacters);
    expect(domainKey.openGrantToken(marker)).toBeUndefined();
    expect(domainKey.openGrantToken(`AQpA${marker.slice(4)}`)).toBeUndefined();
  });

  it('is sealed under the subkey of the label grant-token, and not under that of another purpose', () => {
    const secret = Secret.random(32);
    const token = new DomainKey(secret).sealGrantToken(aGrant);
    const subkey = (purpose: string) =>
      deriveKey(secret, `keyhaven/subkey/${purpose}/1`, Buffer.alloc(0), 32);
    expect(openGrantToken(subkey('grant-token'), token)?.toString()).toBe(aGrant.toString());
    expect(openGrantToken(subkey('marker'), token)).toBeUndefined();
  });
});
