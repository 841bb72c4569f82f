import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFields } from './fields.ts';
import { hmacSha256 } from './hmac.ts';
import { deriveKey } from './kdf.ts';
import { Secret } from './secret.ts';
import { DomainKey, maxSessionTokenBytes } from './subkeys.ts';
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

describe('a session token and forwarded access', () => {
  const seals = [
    ['a session token', 'SessionToken'],
    ['forwarded access', 'ForwardedAccess'],
  ] as const;

  it.each(seals)('%s round-trips whatever it holds', (_, name) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6000, size: 'max' }), (bytes) => {
        const token = domainKey[`seal${name}`](Buffer.from(bytes));
        expect(token).toMatch(/^[\w-]+$/);
        expect(domainKey[`open${name}`](token)?.equals(bytes)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it.each(seals)('%s is refused with any character changed, cut or added', (_, name) => {
    const token = domainKey[`seal${name}`](Buffer.from('who it speaks for'));
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === 'A' ? 'B' : 'A';
      expect(domainKey[`open${name}`](token.slice(0, at) + other + token.slice(at + 1))).toBeUndefined();
      expect(domainKey[`open${name}`](token.slice(0, at))).toBeUndefined();
    }
    for (const added of ['A', '=', ' ', '!']) expect(domainKey[`open${name}`](token + added)).toBeUndefined();
  });

  it('opens neither as the other, nor as a marker, nor under another domain key', () => {
    const session = domainKey.sealSessionToken(Buffer.from('m'));
    const forwarded = domainKey.sealForwardedAccess(Buffer.from('m'));
    const marker = domainKey.sealMarker(Buffer.from('m'));
    expect(domainKey.openForwardedAccess(session)).toBeUndefined();
    expect(domainKey.openMarker(session)).toBeUndefined();
    for (const token of [forwarded, marker]) expect(domainKey.openSessionToken(token)).toBeUndefined();
    expect(domainKey.openForwardedAccess(marker)).toBeUndefined();
    const other = new DomainKey(Secret.random(32));
    expect(other.openSessionToken(session)).toBeUndefined();
    expect(other.openForwardedAccess(forwarded)).toBeUndefined();
  });

  it('holds at most maxSessionTokenBytes, in 8,192 characters, and forwarded access has room for such a token', () => {
    const longest = domainKey.sealSessionToken(Buffer.alloc(maxSessionTokenBytes));
    expect(longest.length).toBe(8192);
    expect(() => domainKey.sealSessionToken(Buffer.alloc(maxSessionTokenBytes + 1))).toThrow(RangeError);
    expect(domainKey.openSessionToken('A'.repeat(8196))).toBeUndefined();
    expect(domainKey.sealForwardedAccess(Buffer.from(longest)).length).toBeLessThan(12_288 - 1024);
  });

  it('opens no more once only markers and grant tokens are kept', () => {
    const retired = new DomainKey(secret);
    const session = retired.sealSessionToken(Buffer.from('m'));
    const forwarded = retired.sealForwardedAccess(Buffer.from('m'));
    retired.keepMarkersAndGrantTokens();
    expect(() => retired.openSessionToken(session)).toThrow(/disposed/);
    expect(() => retired.openForwardedAccess(forwarded)).toThrow(/disposed/);
    expect(() => retired.sessionSecret('ASIAEXAMPLE')).toThrow(/disposed/);
  });
});

describe('the secret access key of a session', () => {
  it('is 40 characters of Base64, the KDF of the session-token subkey and the access key id', () => {
    const subkey = deriveKey(secret, 'keyhaven/subkey/session-token/1', Buffer.alloc(0), 32);
    const context = encodeFields(['ASIAEXAMPLE']);
    const expected = deriveKey(subkey, 'keyhaven/session-secret/1', context, 30).use((bytes) =>
      Buffer.from(bytes).toString('base64'),
    );
    const answered = domainKey.sessionSecret('ASIAEXAMPLE').use(String);
    expect(answered).toBe(expected);
    expect(answered).toMatch(/^[A-Za-z0-9+/]{40}$/);
    expect(new DomainKey(secret).sessionSecret('ASIAEXAMPLE').use(String)).toBe(expected);
  });

  it('is another for another access key id and for another domain key', () => {
    const own = domainKey.sessionSecret('ASIAEXAMPLE');
    expect(own.equals(domainKey.sessionSecret('ASIAEXAMPLF'))).toBe(false);
    expect(own.equals(new DomainKey(Secret.random(32)).sessionSecret('ASIAEXAMPLE'))).toBe(false);
  });
});
