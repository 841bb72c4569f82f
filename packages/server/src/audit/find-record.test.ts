import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { findRequestRecord } from './find-record.ts';
import { Journal } from './journal.ts';
import { readLinesBackwards } from './lines-backwards.ts';
import { segmentPath } from './segment.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyhaven-find-record-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
});

async function backwards(content: string | Buffer, to = Infinity): Promise<readonly string[]> {
  const path = join(folder, 'lines');
  writeFileSync(path, content);
  const lines: string[] = [];
  for await (const line of readLinesBackwards(path, to)) lines.push(line.toString('utf8'));
  return lines;
}

/** Text of this length that no exchange of two pieces leaves as it is. */
const alphabetOf = (length: number): string =>
  Array.from({ length }, (_, index) => String.fromCharCode(97 + (index % 23))).join('');

describe('readLinesBackwards', () => {
  it('answers every whole line, the last one first, whatever their lengths', async () => {
    const line = fc.oneof(
      fc.string({ minLength: 1, unit: fc.constantFrom('a', 'b', 'ä', ' ') }),
      fc.integer({ min: 1, max: 300_000 }).map(alphabetOf),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
        expect(await backwards(lines.map((one) => `${one}\n`).join(''))).toEqual(lines.toReversed());
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ['an empty file', '', []],
    ['a torn end', 'a\nb\ntorn', ['b', 'a']],
    ['nothing but a torn line', 'torn', []],
    ['empty lines', '\n\na\n\n', ['a']],
  ])('leaves out what is no line: %s', async (_name, content, lines) => {
    expect(await backwards(content)).toEqual(lines);
  });

  it('begins before the byte that it is told', async () => {
    expect(await backwards('first\nsecond\nthird\n', 13)).toEqual(['second', 'first']);
  });
});

const describeNothing = { describeCut: () => '{}', describeGap: () => '{}' };

/** A journal whose segments hold few records each. */
function openJournal(): Journal {
  const journal = Journal.open(folder, 'installation', { ...describeNothing, segmentBytes: 400 });
  onTestFinished(() => journal.close());
  return journal;
}

const record = (requestId: string, more: object = {}) => JSON.stringify({ eventId: 'e', requestId, ...more });

describe('findRequestRecord', () => {
  it('finds a record in whichever segment, the latest of the same id first', async () => {
    const journal = openJournal();
    for (let number = 0; number < 40; number++) journal.append([record(`id-${number}`, { number })]);
    journal.append([record('id-7', { number: 'later' })]);
    expect(journal.position.segment).toBeGreaterThan(3);
    for (const number of [0, 20, 39])
      expect(await findRequestRecord(folder, `id-${number}`, journal.position)).toMatchObject({ number });
    expect(await findRequestRecord(folder, 'id-7', journal.position)).toMatchObject({ number: 'later' });
  });

  it('answers the first record of a frame: that of the Region in which the request was made', async () => {
    const journal = openJournal();
    journal.append([record('other'), record('id', { region: 'here' }), record('id', { region: 'there' })]);
    expect(await findRequestRecord(folder, 'id', journal.position)).toMatchObject({ region: 'here' });
  });

  it.each(['id', 'id-11', '', '"', 'e'])(
    'finds none where only a part, or another member, has the text: %j',
    async (id) => {
      const journal = openJournal();
      journal.append([record('id-1'), JSON.stringify({ requestParameters: { requestId: id } })]);
      expect(await findRequestRecord(folder, id, journal.position)).toBeUndefined();
    },
  );

  it('passes over what is no frame, and what is torn', async () => {
    const journal = openJournal();
    journal.append([record('id-1')]);
    const { segment, offset } = journal.position;
    const torn = `${'0'.repeat(64)} [{"requestId":"id-2"}\n${'0'.repeat(64)} [{"requestId":"id-3"}]`;
    writeFileSync(segmentPath(folder, segment), torn, { flag: 'a' });
    const end = { segment, offset: offset + torn.length };
    expect(await findRequestRecord(folder, 'id-2', end)).toBeUndefined();
    expect(await findRequestRecord(folder, 'id-3', end)).toBeUndefined();
    expect(await findRequestRecord(folder, 'id-1', end)).toBeDefined();
    truncateSync(segmentPath(folder, segment), offset);
  });
});
