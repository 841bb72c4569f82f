import { describe, expect, it } from 'vitest';
import { readBlocks, readCommands, withoutChance } from './page.ts';

describe('readBlocks', () => {
  it('reads every fenced block with its language and line', () => {
    expect(readBlocks('a\n```sh\nls\n```\n\n```js\n1;\n2;\n```\n')).toEqual([
      { language: 'sh', text: 'ls', line: 2 },
      { language: 'js', text: '1;\n2;', line: 6 },
    ]);
  });

  it('leaves out one block under a comment that says it is not run', () => {
    const page = '<!-- not run: it does not end -->\n\n```sh\nserve\n```\n\n```sh\nls\n```\n';
    expect(readBlocks(page).map(({ text }) => text)).toEqual(['ls']);
  });

  it('refuses a block without an end', () => {
    expect(() => readBlocks('```sh\nls\n')).toThrow('the block in line 1 has no end');
  });
});

describe('readCommands', () => {
  it('tells commands, also those of several lines, from their output', () => {
    expect(readCommands('$ a \\\n    b\none\ntwo\n$ c\n$ d\nthree')).toEqual([
      { command: 'a \\\n    b', output: 'one\ntwo' },
      { command: 'c', output: '' },
      { command: 'd', output: 'three' },
    ]);
  });
});

describe('withoutChance', () => {
  it('replaces ids and times', () => {
    expect(withoutChance('key/0e7cb7fd-89a9-4a49-8bb8-2fd15c1bd4a1 at 2026-11-30T00:09:30.976Z')).toBe(
      'key/(id) at (time)',
    );
  });
});
