import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hmacSha256, HmacKey } from './hmac.ts';

/** RFC 4231, section 4: key, data and HMAC-SHA-256 (test case 5 is truncated to 128 bits). */
const rfc4231: readonly (readonly [Buffer, Buffer, string])[] = [
  [
    Buffer.alloc(20, 0x0b),
    Buffer.from('Hi There'),
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  ],
  [
    Buffer.from('Jefe'),
    Buffer.from('what do ya want for nothing?'),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  [
    Buffer.alloc(20, 0xaa),
    Buffer.alloc(50, 0xdd),
    '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
  ],
  [
    Buffer.from(Array.from({ length: 25 }, (_, i) => i + 1)),
    Buffer.alloc(50, 0xcd),
    '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
  ],
  [Buffer.alloc(20, 0x0c), Buffer.from('Test With Truncation'), 'a3b6167473100ee06e0c796c2955552b'],
  [
    Buffer.alloc(131, 0xaa),
    Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First'),
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
  [
    Buffer.alloc(131, 0xaa),
    Buffer.from(
      'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be ' +
        'hashed before being used by the HMAC algorithm.',
    ),
    '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
  ],
];

function reference(key: Uint8Array, message: Uint8Array): string {
  return createHmac('sha256', key).update(message).digest('hex');
}

describe('HMAC-SHA-256', () => {
  it.each(rfc4231)('gives the answers of RFC 4231 (%#)', (key, message, mac) => {
    expect(hmacSha256(key, message).toString('hex').slice(0, mac.length)).toBe(mac);
    expect(new HmacKey(key).signHex(message).slice(0, mac.length)).toBe(mac);
    expect(new HmacKey(key).sign(message).toString('hex').slice(0, mac.length)).toBe(mac);
  });

  it('agrees with OpenSSL for keys of 0 to 200 bytes and messages of 0 to 3,000', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200, size: 'max' }),
        fc.uint8Array({ maxLength: 3000, size: 'max' }),
        (key, message) => {
          const expected = reference(key, message);
          using prepared = new HmacKey(key);
          expect(hmacSha256(key, message).toString('hex')).toBe(expected);
          expect(prepared.sign(message).toString('hex')).toBe(expected);
          expect(prepared.signHex(message)).toBe(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('agrees with OpenSSL at every length of key and around the sizes of block and scratch', () => {
    const bytes = Buffer.alloc(9000, 0x5a);
    for (let length = 0; length <= 200; length++) {
      expect(hmacSha256(bytes.subarray(0, length), bytes).toString('hex')).toBe(
        reference(bytes.subarray(0, length), bytes),
      );
    }
    const key = new HmacKey(bytes.subarray(0, 32));
    for (const length of [0, 1, 55, 56, 63, 64, 65, 4095, 4096, 4097, 9000]) {
      const message = bytes.subarray(0, length);
      expect(key.signHex(message)).toBe(reference(bytes.subarray(0, 32), message));
      expect(key.signHex(bytes, length)).toBe(key.signHex(message));
      expect(key.sign(bytes, length).toString('hex')).toBe(key.signHex(message));
    }
  });

  it('leaves its key and message as they were', () => {
    const key = Buffer.alloc(131, 3);
    const message = Buffer.alloc(100, 4);
    hmacSha256(key, message);
    new HmacKey(key).sign(message);
    expect(key.equals(Buffer.alloc(131, 3)) && message.equals(Buffer.alloc(100, 4))).toBe(true);
  });
});

describe('an HmacKey', () => {
  it('returns MACs that a later call does not overwrite', () => {
    const key = new HmacKey(Buffer.from('key'));
    const first = key.sign(Buffer.from('one'));
    key.sign(Buffer.from('two'));
    expect(first.toString('hex')).toBe(reference(Buffer.from('key'), Buffer.from('one')));
  });

  it('refuses a length beyond the message', () => {
    const key = new HmacKey(Buffer.from('key'));
    expect(() => key.sign(Buffer.alloc(3), 4)).toThrow(RangeError);
    expect(() => key.signHex(Buffer.alloc(3), -1)).toThrow(RangeError);
  });

  it('throws once disposed', () => {
    const key = new HmacKey(Buffer.from('key'));
    key.dispose();
    expect(() => key.sign(Buffer.alloc(1))).toThrow(/disposed/);
    expect(() => key.signHex(Buffer.alloc(1))).toThrow(/disposed/);
  });
});
