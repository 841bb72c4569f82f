import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/* What an operator meets and looks up: whoever adds an alarm or an act adds its line to docs/operations.md. */

const root = join(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/operations.md'), 'utf8');
const sources = globSync('packages/server/src/**/*.ts', { cwd: root })
  .filter((path) => !/\.(?:test|test-support)\.ts$/.test(path))
  .map((path) => readFileSync(join(root, path), 'utf8'));

/** Every text that stands in the group of the pattern, in any source. */
function found(pattern: RegExp): readonly string[] {
  return [...new Set(sources.flatMap((text) => [...text.matchAll(pattern)].map(([, one = '']) => one)))];
}

/** Names that the page has in code marks, what may follow a colon left out. */
const named = new Set([...page.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text.replace(/:.*$/, '')));

function unnamed(names: readonly string[]): readonly string[] {
  return names.filter((name) => !named.has(name.replace(/:.*$/, '')));
}

describe('The page about operation names', () => {
  it('every alarm', () => {
    const alarms = found(/(?:\.raise\(\s*|\balarm: )'([^']+)'/g);
    expect(alarms.length).toBeGreaterThan(15);
    expect(unnamed(alarms)).toEqual([]);
  });

  it('the event of every act of administration', () => {
    const events = found(/\beventName: '([^']+)',$/gm);
    expect(events.length).toBeGreaterThan(15);
    expect(unnamed(events)).toEqual([]);
  });

  it('not just anything', () => {
    expect(unnamed(['integrity failure', 'no such alarm'])).toEqual(['no such alarm']);
  });
});
