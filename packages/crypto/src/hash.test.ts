import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RunningSha256, sha256, sha256Hex } from './hash.ts';

it('gives the digests of FIPS 180-4 for bytes and for text', () => {
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(sha256Hex('abc')).toBe(abc);
  expect(sha256Hex(Buffer.from('abc'))).toBe(abc);
  expect(sha256('abc').toString('hex')).toBe(abc);
  expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});

it('hashes text as UTF-8', () => {
  expect(sha256Hex('caf\u00e9')).toBe(sha256Hex(Buffer.from('636166c3a9', 'hex')));
});

it('hashes pieces as it hashes the whole, however they are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (pieces) => {
      const running = new RunningSha256();
      for (const piece of pieces) running.update(piece);
      expect(running.digestHex()).toBe(sha256Hex(Buffer.concat(pieces)));
    }),
  );
});

it('gives no second digest, which would be of other bytes than the first', () => {
  const running = new RunningSha256();
  running.digestHex();
  expect(() => running.digestHex()).toThrow();
  expect(() => {
    running.update(Buffer.from('more'));
  }).toThrow();
});
