import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from './secret.ts';
import { unwrap, UnwrapError, wrap } from './wrap.ts';

const key = Secret.random(32);
const aad = Buffer.from('installation|key|1');

function reveal(secret: Secret): string {
  return secret.use((bytes) => bytes.toString('hex'));
}

describe('wrap', () => {
  it('round-trips any bytes under any associated data', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.uint8Array({ maxLength: 200 }), (bytes, data) => {
        const bound = Buffer.from(data);
        const wrapped = wrap(key, bound, Buffer.from(bytes));
        expect(wrapped.length).toBe(45 + bytes.length);
        expect(reveal(unwrap(key, bound, wrapped))).toBe(Buffer.from(bytes).toString('hex'));
      }),
    );
  });

  it('takes a Secret and leaves it usable', () => {
    const secret = Secret.random(32);
    expect(unwrap(key, aad, wrap(key, aad, secret)).equals(secret)).toBe(true);
  });

  it('never repeats a nonce or IV', () => {
    const wrapped = Array.from({ length: 500 }, () => wrap(key, aad, Buffer.alloc(4)));
    expect(new Set(wrapped.map((bytes) => bytes.toString('hex', 1, 17))).size).toBe(500);
    expect(new Set(wrapped.map((bytes) => bytes.toString('hex', 17, 29))).size).toBe(500);
  });

  it('refuses an all-zero and a disposed key', () => {
    const zero = Secret.take(Buffer.alloc(32));
    const dead = Secret.random(32);
    const wrapped = wrap(dead, aad, Buffer.from('x'));
    dead.dispose();
    expect(() => wrap(zero, aad, Buffer.from('x'))).toThrow(/all zero/);
    expect(() => unwrap(zero, aad, wrapped)).toThrow(/all zero/);
    expect(() => wrap(dead, aad, Buffer.from('x'))).toThrow(/disposed/);
    expect(() => unwrap(dead, aad, wrapped)).toThrow(/disposed/);
  });

  it('refuses to wrap a disposed secret', () => {
    const dead = Secret.random(32);
    dead.dispose();
    expect(() => wrap(key, aad, dead)).toThrow(/disposed/);
  });
});

describe('unwrap refuses with UnwrapError', () => {
  const wrapped = wrap(key, aad, Buffer.from('secret of twenty-two b'));

  it('every changed byte', () => {
    for (let at = 0; at < wrapped.length; at++) {
      const changed = Buffer.from(wrapped);
      changed[at] = (changed[at] ?? 0) ^ 0x80;
      expect(() => unwrap(key, aad, changed), `byte ${at}`).toThrow(UnwrapError);
    }
  });

  it('every truncation and an added byte', () => {
    for (let length = 0; length < wrapped.length; length++) {
      expect(() => unwrap(key, aad, wrapped.subarray(0, length))).toThrow(UnwrapError);
    }
    expect(() => unwrap(key, aad, Buffer.concat([wrapped, Buffer.of(0)]))).toThrow(UnwrapError);
  });

  it('another associated data and another key', () => {
    expect(() => unwrap(key, Buffer.from('installation|key|2'), wrapped)).toThrow(UnwrapError);
    expect(() => unwrap(key, Buffer.alloc(0), wrapped)).toThrow(UnwrapError);
    expect(() => unwrap(Secret.random(32), aad, wrapped)).toThrow(UnwrapError);
  });
});
