import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { linesOf } from './journal-lines.ts';

it('gives the lines of a file, with where each ends, and what is behind the last newline as a line that is not whole', () => {
  const path = join(temporaryFolder(), 'lines');
  const line = fc.oneof(
    fc.stringMatching(/^[a-z\u00e9]{0,40}$/),
    fc.integer({ min: 1, max: 3 }).map((n) => 'x'.repeat(n * 1024 * 1024 - 1)),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 5 }), fc.stringMatching(/^[a-z]{0,5}$/), (lines, torn) => {
      writeFileSync(path, lines.map((text) => `${text}\n`).join('') + torn);
      let end = 0;
      const expected = lines.map((text, index) => {
        end += Buffer.byteLength(text) + 1;
        return { text, number: index + 1, end, isWhole: true };
      });
      if (torn !== '')
        expected.push({ text: torn, number: lines.length + 1, end: end + torn.length, isWhole: false });
      const found = [...linesOf(path)].map(({ bytes, ...rest }) => ({
        text: bytes.toString('utf8'),
        ...rest,
      }));
      // Not `toEqual`: a failure would print megabytes.
      expect(JSON.stringify(found) === JSON.stringify(expected)).toBe(true);
    }),
    { numRuns: 50 },
  );
});
