import fc from 'fast-check';
import { expect, it } from 'vitest';
import { equalConstantTime } from './constant-time.ts';

it('agrees with byte equality for any two byte strings', () => {
  const bytes = fc.uint8Array({ maxLength: 3, max: 2 });
  fc.assert(
    fc.property(bytes, bytes, (a, b) => equalConstantTime(a, b) === Buffer.from(a).equals(b)),
    { numRuns: 2000 },
  );
});

it('refuses a prefix, an extension and the empty string instead of throwing', () => {
  const bytes = Buffer.from('abc');
  for (const other of ['ab', 'abcd', '']) expect(equalConstantTime(bytes, Buffer.from(other))).toBe(false);
});
