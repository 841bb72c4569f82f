import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFields } from './fields.ts';
import { hmacSha256 } from './hmac.ts';
import { deriveKey } from './kdf.ts';
import { Secret } from './secret.ts';
import { DomainKey } from './subkeys.ts';
import { unwrap, UnwrapError, wrap } from './wrap.ts';

const secret = Secret.random(32);
const domainKey = new DomainKey(secret);
const row = encodeFields(['key', 'us-east-1', 7, null]);
const aad = Buffer.from('aad');

describe('a DomainKey', () => {
  it('wraps under the subkey of the label wrap and never under the domain key itself', () => {
    const wrapped = domainKey.wrap(aad, Buffer.from('material'));
    const subkey = deriveKey(secret, 'keyhaven/subkey/wrap/1', Buffer.alloc(0), 32);
    expect(unwrap(subkey, aad, wrapped).use(String)).toBe('material');
    expect(domainKey.unwrap(aad, wrap(subkey, aad, Buffer.from('m'))).use(String)).toBe('m');
    expect(() => unwrap(secret, aad, wrapped)).toThrow(UnwrapError);
  });

  it('gives the same answers when it is made again from the same secret', () => {
    const again = new DomainKey(secret);
    expect(again.verifyRowMac(row, domainKey.rowMac(row))).toBe(true);
    expect(again.unwrap(aad, domainKey.wrap(aad, Buffer.from('x'))).use(String)).toBe('x');
    expect(again.openMarker(domainKey.sealMarker(Buffer.from('m')))?.toString()).toBe('m');
  });

  it('makes row MACs of 32 bytes with the subkey of the label row-integrity', () => {
    const subkey = deriveKey(secret, 'keyhaven/subkey/row-integrity/1', Buffer.alloc(0), 32);
    expect(domainKey.rowMac(row).equals(subkey.use((bytes) => hmacSha256(bytes, row)))).toBe(true);
  });

  it('refuses a row MAC with a changed byte, of another length, row or domain key', () => {
    const mac = domainKey.rowMac(row);
    expect(domainKey.verifyRowMac(row, mac)).toBe(true);
    for (let at = 0; at < 32; at++) {
      const changed = Buffer.from(mac);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(domainKey.verifyRowMac(row, changed)).toBe(false);
    }
    expect(domainKey.verifyRowMac(row, mac.subarray(0, 16))).toBe(false);
    expect(domainKey.verifyRowMac(row, Buffer.alloc(0))).toBe(false);
    expect(domainKey.verifyRowMac(encodeFields(['key', 'us-east-1', 8, null]), mac)).toBe(false);
    expect(new DomainKey(Secret.random(32)).verifyRowMac(row, mac)).toBe(false);
  });

  it('refuses a secret that is all zero, disposed or of another length', () => {
    const dead = Secret.random(32);
    dead.dispose();
    expect(() => new DomainKey(Secret.take(Buffer.alloc(32)))).toThrow(/all zero/);
    expect(() => new DomainKey(dead)).toThrow(/disposed/);
    expect(() => new DomainKey(Secret.random(16))).toThrow(RangeError);
  });

  it('leaves its secret alive, and throws in every method once disposed itself', () => {
    const own = Secret.random(32);
    const mortal = new DomainKey(own);
    const wrapped = mortal.wrap(aad, Buffer.from('x'));
    const marker = mortal.sealMarker(Buffer.from('m'));
    mortal.dispose();
    expect(own.use((bytes) => bytes.length)).toBe(32);
    expect(() => mortal.wrap(aad, Buffer.from('x'))).toThrow(/disposed/);
    expect(() => mortal.unwrap(aad, wrapped)).toThrow(/disposed/);
    expect(() => mortal.rowMac(row)).toThrow(/disposed/);
    expect(() => mortal.verifyRowMac(row, Buffer.alloc(32))).toThrow(/disposed/);
    expect(() => mortal.sealMarker(Buffer.from('m'))).toThrow(/disposed/);
    expect(() => mortal.openMarker(marker)).toThrow(/disposed/);
    expect(() => mortal.sealGrantToken(Buffer.from('g'))).toThrow(/disposed/);
    expect(() => mortal.openGrantToken(domainKey.sealGrantToken(Buffer.from('g')))).toThrow(/disposed/);
  });

  it('opens markers and grant tokens and nothing else any more when only they are kept', () => {
    const retired = new DomainKey(secret);
    const wrapped = retired.wrap(aad, Buffer.from('x'));
    retired.keepMarkersAndGrantTokens();
    expect(retired.openMarker(domainKey.sealMarker(Buffer.from('m')))?.toString()).toBe('m');
    expect(retired.openGrantToken(domainKey.sealGrantToken(Buffer.from('g')))?.toString()).toBe('g');
    expect(() => retired.unwrap(aad, wrapped)).toThrow(/disposed/);
    expect(() => retired.rowMac(row)).toThrow(/disposed/);
  });
});

describe('a marker', () => {
  it('round-trips up to 723 bytes in at most 1,024 characters', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 723, size: 'max' }), (bytes) => {
        const marker = domainKey.sealMarker(Buffer.from(bytes));
        expect(marker).toMatch(/^[\w-]{1,1024}$/);
        expect(domainKey.openMarker(marker)?.equals(bytes)).toBe(true);
      }),
    );
    expect(domainKey.sealMarker(Buffer.alloc(723)).length).toBe(1024);
  });

  it('refuses a longer plaintext with a RangeError', () => {
    expect(() => domainKey.sealMarker(Buffer.alloc(724))).toThrow(RangeError);
  });

  it('does not show what it holds', () => {
    const marker = domainKey.sealMarker(Buffer.from('arn:aws:kms'));
    expect(Buffer.from(marker, 'base64url').includes('arn:aws')).toBe(false);
    expect(domainKey.sealMarker(Buffer.from('arn:aws:kms'))).not.toBe(marker);
  });

  it('refuses every changed character, truncation and addition', () => {
    const marker = domainKey.sealMarker(Buffer.from('position'));
    for (let at = 0; at < marker.length; at++) {
      const other = marker[at] === 'A' ? 'B' : 'A';
      expect(domainKey.openMarker(marker.slice(0, at) + other + marker.slice(at + 1))).toBeUndefined();
      expect(domainKey.openMarker(marker.slice(0, at))).toBeUndefined();
    }
    for (const added of ['A', '=', ' ', '\n', '!']) {
      expect(domainKey.openMarker(marker + added)).toBeUndefined();
    }
  });

  it('refuses another spelling of the same bytes', () => {
    const padded = Buffer.from(domainKey.sealMarker(Buffer.alloc(1)), 'base64url').toString('base64');
    expect(padded.endsWith('=')).toBe(true);
    expect(domainKey.openMarker(padded)).toBeUndefined();
  });

  it('refuses the marker of another domain key, a wrapped secret, and text that is none', () => {
    expect(
      domainKey.openMarker(new DomainKey(Secret.random(32)).sealMarker(Buffer.from('m'))),
    ).toBeUndefined();
    const wrapped = domainKey.wrap(Buffer.alloc(0), Buffer.from('m')).toString('base64url');
    for (const text of ['', 'x', '\u{1f511}', 'A'.repeat(2000), wrapped]) {
      expect(domainKey.openMarker(text)).toBeUndefined();
    }
  });
});
