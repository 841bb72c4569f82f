import { equal } from 'node:assert/strict';
import fc from 'fast-check';
import { findArn } from '../arn.ts';
import { compileGlob, countGlobSteps, matchesGlob } from '../glob/glob.ts';
import type { FuzzTarget } from './fuzz-target.test-support.ts';

const units = fc.constantFrom('a', 'b', ':', '\u{161}', '\u{6161}');
const patterns = fc.string({ unit: fc.oneof(units, fc.constantFrom('*', '?')), maxLength: 60 });
const texts = fc.string({ unit: units, maxLength: 80 });

/** The definition, in polynomial time: row by row, which beginnings of the text the pattern read so far matches. */
function matchesByDefinition(pattern: string, text: string): boolean {
  let reached = [true, ...Array.from(text, () => false)];
  for (const unit of pattern) {
    let before = false;
    reached = reached.map((isReached, at) => {
      if (unit === '*') return (before ||= isReached);
      return at > 0 && reached[at - 1] === true && (unit === '?' || unit === text.charAt(at - 1));
    });
  }
  return reached.at(-1) === true;
}

const arnPieces = fc.constantFrom(
  'arn',
  'aws',
  'aws-cn',
  'kms',
  'us-east-1',
  '111122223333',
  'key/a',
  '*',
  ':',
  '',
  ' ',
);

/** Of globs and ARNs. */
export const textTargets: readonly FuzzTarget[] = [
  {
    name: 'globs: they match what the definition says, within the bound of their steps',
    property: () =>
      fc.property(patterns, texts, (pattern, text) => {
        equal(matchesGlob(compileGlob(pattern), text), matchesByDefinition(pattern, text));
        const bound =
          4 * (pattern.length + text.length + 1) + Math.ceil(pattern.length / 32) * (text.length + 512);
        equal(countGlobSteps(pattern, text) <= bound, true);
      }),
  },
  {
    name: 'ARNs: what is taken apart can be put together again',
    property: () =>
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(arnPieces, { maxLength: 9 }).map((parts) => parts.join(':')),
        ),
        (text) => {
          const arn = findArn(text);
          if (arn === undefined) return;
          const { partition, service, region, accountId, resource } = arn;
          equal(['arn', partition, service, region, accountId, resource].join(':'), text);
        },
      ),
  },
];
