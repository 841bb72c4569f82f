import { describe, expect, it } from 'vitest';
import { SecretSlab } from './secret-slab.ts';
import type { Secret } from './secret.ts';

function peek(secret: Secret): Buffer {
  return secret.use((bytes) => bytes);
}

function filled(byte: number): Buffer {
  return Buffer.alloc(32, byte);
}

describe('a SecretSlab', () => {
  it('copies into a slot and zeroises the original', () => {
    const original = filled(7);
    const secret = new SecretSlab().take(original);
    expect(original.equals(filled(0))).toBe(true);
    expect(secret.use((bytes) => bytes.equals(filled(7)))).toBe(true);
  });

  it('refuses any length but 32 bytes and leaves the argument alone', () => {
    for (const length of [0, 31, 33]) {
      const bytes = Buffer.alloc(length, 1);
      expect(() => new SecretSlab().take(bytes)).toThrow(RangeError);
      expect(bytes.every((byte) => byte === 1)).toBe(true);
    }
  });

  it('keeps all secrets apart in few blocks of memory, beyond one chunk', () => {
    const slab = new SecretSlab();
    const secrets = Array.from({ length: 2500 }, (_, i) => {
      const bytes = filled(0);
      bytes.writeUInt32BE(i);
      return slab.take(bytes);
    });
    const blocks = new Set(secrets.map((secret) => peek(secret).buffer));
    expect(blocks.size).toBe(3);
    expect(new Set(secrets.map((secret) => secret.use((bytes) => bytes.toString('hex')))).size).toBe(2500);
    expect(secrets.every((secret, i) => secret.use((bytes) => bytes.readUInt32BE()) === i)).toBe(true);
  });

  it('zeroises a slot before another secret gets it', () => {
    const slab = new SecretSlab();
    const first = slab.take(filled(0xaa));
    const slot = peek(first);
    const neighbour = slab.take(filled(0xbb));
    first.dispose();
    expect(slot.equals(filled(0))).toBe(true);
    const second = slab.take(filled(0xcc));
    expect(peek(second).byteOffset).toBe(slot.byteOffset);
    expect(() => first.use(() => 1)).toThrow(/disposed/);
    expect(neighbour.use((bytes) => bytes.equals(filled(0xbb)))).toBe(true);
  });

  it('does not hand out a slot twice after a double dispose', () => {
    const slab = new SecretSlab();
    const first = slab.take(filled(1));
    first.dispose();
    first.dispose();
    const second = slab.take(filled(2));
    const third = slab.take(filled(3));
    first.dispose();
    expect(second.use((bytes) => bytes.equals(filled(2)))).toBe(true);
    expect(third.use((bytes) => bytes.equals(filled(3)))).toBe(true);
  });

  it('does not hand out a slot that is still leased', () => {
    const slab = new SecretSlab();
    const first = slab.take(filled(1));
    const slot = peek(first);
    const lease = first.lease();
    first.dispose();
    const second = slab.take(filled(2));
    expect(slot.equals(filled(1))).toBe(true);
    lease[Symbol.dispose]();
    expect(slot.equals(filled(0))).toBe(true);
    expect(second.use((bytes) => bytes.equals(filled(2)))).toBe(true);
  });
});
