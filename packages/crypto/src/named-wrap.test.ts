import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameWrappingKey, readWrappingKey } from './named-wrap.ts';

const ids = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));

describe('A wrapped secret that names its wrapping key', () => {
  it('gives back the id and the bytes, whatever they are', () => {
    fc.assert(
      fc.property(ids, fc.uint8Array({ maxLength: 100 }), (id, wrapped) => {
        const read = readWrappingKey(nameWrappingKey(id, wrapped));
        expect(read.wrappingKeyId).toBe(id);
        expect(Buffer.compare(read.wrapped, wrapped)).toBe(0);
      }),
    );
  });

  it('has no id where it was wrapped before there were names', () => {
    expect(readWrappingKey(Buffer.from([1, 2, 3]))).toEqual({
      wrappingKeyId: undefined,
      wrapped: Buffer.from([1, 2, 3]),
    });
  });

  it.each(['', 'ab', 'g'.repeat(32), 'A'.repeat(32)])('refuses the id %j', (id) => {
    expect(() => nameWrappingKey(id, Buffer.alloc(1))).toThrow(RangeError);
  });
});
