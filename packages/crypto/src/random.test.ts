import { describe, expect, it } from 'vitest';
import { drawRandom, dropRandomPool, randomBytes, randomHex, randomUuid } from './random.ts';

describe('randomBytes', () => {
  it('returns different bytes each time, in memory of their own', () => {
    const first = randomBytes(32);
    expect(first.buffer.byteLength).toBe(32);
    expect(first.equals(randomBytes(32))).toBe(false);
  });
});

describe('drawRandom', () => {
  it('never repeats a nonce, across refills of the pool and drops', () => {
    const seen = new Set<string>();
    const target = Buffer.alloc(16);
    for (let i = 0; i < 5000; i++) {
      if (i % 777 === 0) dropRandomPool();
      drawRandom(target, 0, 16);
      seen.add(target.toString('hex'));
    }
    expect(seen.size).toBe(5000);
  });

  it('never yields the zero bytes of a wiped pool', () => {
    const target = Buffer.alloc(28);
    for (let i = 0; i < 2000; i++) {
      drawRandom(target, 0, 28);
      expect(target.subarray(0, 14).some((byte) => byte !== 0)).toBe(true);
      expect(target.subarray(14).some((byte) => byte !== 0)).toBe(true);
    }
  });

  it('writes only where it is told', () => {
    const target = Buffer.alloc(48);
    drawRandom(target, 16, 16);
    expect(target.subarray(0, 16).equals(Buffer.alloc(16))).toBe(true);
    expect(target.subarray(32).equals(Buffer.alloc(16))).toBe(true);
    expect(target.subarray(16, 32).equals(Buffer.alloc(16))).toBe(false);
  });

  it('fills targets larger than the pool to the end', () => {
    const target = Buffer.alloc(10_000);
    drawRandom(target, 0, target.length);
    expect(target.subarray(-16).equals(Buffer.alloc(16))).toBe(false);
  });

  it('refuses to write past the target with a RangeError', () => {
    const target = Buffer.alloc(16);
    for (const [offset, length] of [
      [1, 16],
      [0, 17],
      [-1, 4],
      [17, 0],
      [8, -1],
    ] as const) {
      expect(() => drawRandom(target, offset, length)).toThrow(RangeError);
    }
  });
});

it('makes version 4 UUIDs that do not repeat', () => {
  const uuids = Array.from({ length: 1000 }, randomUuid);
  expect(new Set(uuids).size).toBe(1000);
  for (const uuid of uuids) {
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});

it('makes hexadecimal identifiers of the length asked for', () => {
  expect(randomHex(32)).toMatch(/^[0-9a-f]{64}$/);
  expect(randomHex(32)).not.toBe(randomHex(32));
});
