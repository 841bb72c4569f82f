import { Secret } from '@keyhaven/crypto';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { formatShare, parseShare, type Share, shareBytes, shareDigest } from './share-text.ts';
import { isDisposed, isZero, refusalOf, reveal, secretMemoryOf, secretText } from './seal.test-support.ts';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

function share(part: Partial<Share> = {}): Share {
  const value = Secret.take(Buffer.from(Array.from({ length: shareBytes }, (_, at) => at * 7 + 1)));
  return { setId: '7K3MQ8ZP', number: 2, threshold: 3, value, ...part };
}

const line = formatShare(share());
const parse = (text: string) => parseShare(secretText(text));
const groupsAt = line.indexOf('7K3MQ8ZP') + 9;

afterEach(() => {
  vi.restoreAllMocks();
});

describe('The text of a share', () => {
  it('is one line that says what it is, in a form that never changes', () => {
    expect(line).toBe(
      'KEYHAVEN1-SHARE-2-NEEDS-3-SET-7K3MQ8ZP-0440-Y5GX-4GNK-4EA0-8X75-AQ33-D9RQ-GZW6-HPA9-Q8N9-P2VV-XHEC-TFDE-2QE6-B536-6P4X',
    );
    expect(line).toMatch(/^KEYHAVEN1-SHARE-2-NEEDS-3-SET-7K3MQ8ZP(?:-[0-9A-HJKMNP-TV-Z]{4}){16}$/);
  });

  it('is read again, whatever the share', () => {
    const any = fc.record({
      value: fc.uint8Array({ minLength: shareBytes, maxLength: shareBytes }),
      number: fc.integer({ min: 1, max: 64 }),
      threshold: fc.integer({ min: 2, max: 64 }),
      setId: fc.string({ unit: fc.constantFrom(...Array.from(alphabet)), minLength: 8, maxLength: 8 }),
    });
    fc.assert(
      fc.property(any, ({ value, ...label }) => {
        const { value: read, ...readLabel } = parse(
          formatShare({ ...label, value: Secret.take(Buffer.from(value)) }),
        );
        expect(readLabel).toEqual(label);
        expect(reveal(read)).toBe(Buffer.from(value).toString('hex'));
      }),
    );
  });

  it.each([
    ['small letters', line.toLowerCase()],
    ['spaces and an end of line', `  ${line.replaceAll('-', ' - ')}\r\n`],
    ['line breaks of a mail', line.replace(/.{40}/g, '$&\n')],
    ['no hyphens in the share', line.slice(0, groupsAt) + line.slice(groupsAt).replaceAll('-', '')],
    [
      'O for 0, I and l for 1',
      line.slice(0, groupsAt) + line.slice(groupsAt).replaceAll('0', 'O').replaceAll('1', 'l'),
    ],
  ])('is read with %s', (_what, text) => {
    expect(reveal(parse(text).value)).toBe(reveal(share().value));
  });

  it('is refused with any one character changed, and the refusal repeats nothing of it', async () => {
    const other = fc.tuple(
      fc.nat({ max: line.length - 1 }),
      fc.constantFrom(...Array.from(alphabet), 'U', '-', '*', ' '),
    );
    await fc.assert(
      fc.asyncProperty(other, async ([at, character]) => {
        const changed = line.slice(0, at) + character + line.slice(at + 1);
        fc.pre(changed !== line && !(changed[at] === ' ' && line[at] === '-' && at > groupsAt));
        const { message, nextStep } = await refusalOf(() => parse(changed));
        const groups = changed
          .slice(groupsAt)
          .split('-')
          .filter((group) => group.length >= 4);
        expect(groups.some((group) => `${message} ${nextStep}`.includes(group))).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('is refused with two characters or two groups in the wrong order', async () => {
    const groups = line.slice(groupsAt).split('-');
    for (let at = 0; at + 1 < groups.length; at++) {
      const swapped = groups.with(at, groups[at + 1] ?? '').with(at + 1, groups[at] ?? '');
      const text = line.slice(0, groupsAt) + swapped.join('-');
      expect((await refusalOf(() => parse(text))).message).toContain('checksum does not fit');
    }
    for (let at = groupsAt; at + 1 < line.length; at++) {
      const [a, b] = [line.charAt(at), line.charAt(at + 1)];
      if (a === b || a === '-' || b === '-') continue;
      const text = line.slice(0, at) + b + a + line.slice(at + 2);
      expect((await refusalOf(() => parse(text))).message).toContain('checksum does not fit');
    }
  });

  it.each([
    ['nothing', '', /no share of a Keyhaven seal/],
    ['spaces', ' \n ', /no share of a Keyhaven seal/],
    ['another text', 'correct-horse-battery-staple-and-so-on-and-on-', /no share of a Keyhaven seal/],
    ['a passphrase without hyphens', 'a'.repeat(100), /no share of a Keyhaven seal/],
    ['a share of a later form', line.replace('KEYHAVEN1', 'KEYHAVEN2'), /no share of a Keyhaven seal/],
    ['a share without its beginning', line.slice(10), /no share of a Keyhaven seal/],
    ['number 0', line.replace('SHARE-2', 'SHARE-0'), /no share of a Keyhaven seal/],
    ['number 100', line.replace('SHARE-2', 'SHARE-100'), /no share of a Keyhaven seal/],
    ['megabytes', line + 'A'.repeat(1_000_000), /no share of a Keyhaven seal/],
    ['a share without its end', line.slice(0, -4), /has 60 characters after its set; 64 belong there/],
    ['a share with one character more', `${line}A`, /has 65 characters/],
    ['a share and the next one', `${line}-${line}`, /has 160 characters/],
    ['a share with a letter that none has', line.replace(/.$/, 'U'), /none that shares are written with/],
    ['a share with a letter beyond ASCII', line.replace(/.$/, '\u00c9'), /none that shares are written with/],
    ['another number', line.replace('SHARE-2', 'SHARE-3'), /error in share 3: its checksum/],
    ['another threshold', line.replace('NEEDS-3', 'NEEDS-2'), /error in share 2: its checksum/],
    ['another set', line.replace('7K3MQ8ZP', '7K3MQ8ZQ'), /error in share 2: its checksum/],
  ])('is refused where it is %s', async (_what, text, sentence) => {
    const refusal = await refusalOf(() => parse(text));
    expect(refusal.message).toMatch(sentence);
    expect(refusal.nextStep).not.toBe('');
  });

  it('is left to its owner', () => {
    const text = secretText(line);
    parseShare(text);
    expect(isDisposed(text)).toBe(false);
  });

  it('leaves nothing of a refused share in the memory it was read in', async () => {
    const [own, ...scratch] = await secretMemoryOf(() =>
      refusalOf(() => parse(`${line.slice(0, -1)}${line.endsWith('A') ? 'B' : 'A'}`)),
    );
    // The first is the refused text itself, which is its owner's.
    expect(own?.toString()).toMatch(/^KEYHAVEN1/);
    expect(scratch.map(({ length }) => length)).toEqual([line.length, 40, 64, 69]);
    expect(scratch.every(isZero)).toBe(true);
  });
});

describe('The digest of a share', () => {
  it('tells apart value, number, threshold and set', () => {
    const digests = [
      share(),
      share({ number: 3 }),
      share({ threshold: 2 }),
      share({ setId: '7K3MQ8ZQ' }),
      share({ value: Secret.take(Buffer.alloc(shareBytes, 1)) }),
    ].map((one) => shareDigest(one).toString('hex'));
    expect(new Set(digests).size).toBe(5);
  });

  it('is SHA-256 over its own label, so that the checksum on paper says nothing of it', () => {
    expect(shareDigest(share()).toString('hex')).toBe(
      'cb7f076b615853fc68922685193de37194aee4f54af7fd717fed8596aeb06e65',
    );
  });
});
