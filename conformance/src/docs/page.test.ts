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

  it('leaves out no other block: not the next one, not one behind a text, and none of another language', () => {
    const page = '<!-- not run: a -->\n\n```\nb\n```\n\n<!-- not run: c -->\n\nBut:\n\n```\nd\n```\n';
    expect(readBlocks(page).map(({ text }) => text)).toEqual(['d']);
  });

  it('tells the comment right in front of a block', () => {
    const page = '<!-- a seed -->\n\n```yaml\na\n```\n\n```yaml\nb\n```\n';
    expect(readBlocks(page).map(({ note }) => note)).toEqual(['a seed', undefined]);
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
  it.each([
    ['key/0e7cb7fd-89a9-4a49-8bb8-2fd15c1bd4a1 at 2026-11-30T00:09:30.976Z', 'key/(id) at (time)'],
    ['until 2027-12-27', 'until (day)'],
    ['https://localhost:4599/ and 127.0.0.1:38123', 'https://localhost:(port)/ and 127.0.0.1:(port)'],
    [`Root key  ${'0a'.repeat(16)}\nSHA-256  ${'0a'.repeat(32)}`, 'Root key  (hex)\nSHA-256  (hex)'],
    ['Account            654386154050', 'Account  (account)'],
    ['Access key id  AKIARISZM5VDNAHFUTQ3', 'Access key id  (access key id)'],
    [`Secret access key  ${'+/aB'.repeat(10)}`, 'Secret access key  (secret)'],
    ['KEYHAVEN1-SHARE-1-NEEDS-2-SET-GYDP0955-DKD0', 'KEYHAVEN1-SHARE-1-NEEDS-2-SET-(share)'],
    ['Bytes          141130', 'Bytes  (size)'],
    ['Rows  12', 'Rows  (number)'],
    ['The 12 rows are, the 4 lines', 'The (number) rows are, the 4 lines'],
    [`eu-west-2  ${'0a'.repeat(16)}  4`, 'eu-west-2  (hex)  (number)'],
    ['keyhaven-backup-20261125T150303.996Z.age', 'keyhaven-backup-(time).age'],
    ['belongs to set AVW113QB, but', 'belongs to set (set), but'],
    ['\naws: [ERROR]: An error occurred', 'An error occurred'],
  ])('replaces what is another in each run: %s', (output, expected) => {
    expect(withoutChance(output)).toBe(expected);
  });

  it.each([
    'Encrypted to  nobody',
    'Domain keys wrapped anew  3',
    '1 of 2 shares entered; 1 more is needed.',
    'in /etc/keyhaven/credentials.ini',
    'Destroyed again  0 keys',
    'KEYHAVEN1-SHARE-1-NEEDS-2-SET-',
  ])('keeps what is the same: %s', (output) => {
    expect(withoutChance(output)).toBe(output);
  });
});
