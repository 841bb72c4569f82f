import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstChain, nextChain } from '../audit/frame.ts';
import type { JournalEnd } from '../audit/journal-end.ts';
import { Journal } from '../audit/journal.ts';
import { segmentPath } from '../audit/segment.ts';
import { temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { BackupRefusal } from './backup-refusal.ts';
import { type JournalRecord, readJournalFrom } from './read-journal.ts';

const installationId = '766b3f36-bc2f-458c-bf36-1798cfe2a54e';
const otherId = '00000000-0000-4000-8000-000000000000';
const describeNothing = { describeCut: () => '{"n":"cut"}', describeGap: () => '{"n":"gap"}' };

function openJournal(folder: string, { segmentBytes = 1_000_000, id = installationId } = {}): Journal {
  return Journal.open(folder, id, { ...describeNothing, segmentBytes });
}

/** A journal of numbered records, and its end after each of them. */
async function journalOf(records: number, options: { segmentBytes?: number; id?: string } = {}) {
  const folder = join(temporaryFolder(), 'journal');
  const journal = openJournal(folder, options);
  const ends = [journal.end];
  for (let n = 1; n <= records; n++) {
    journal.append([JSON.stringify({ n })]);
    ends.push(journal.end);
  }
  await journal.close();
  return { folder, ends, endAfter: (n: number) => ends[n] ?? journal.end };
}

async function read(folder: string, position: JournalEnd) {
  const numbers: unknown[] = [];
  const visit = (record: JournalRecord) => {
    if (record['kind'] !== 'segment') numbers.push(record['n']);
  };
  return { tail: await readJournalFrom(folder, installationId, position, visit), numbers };
}

async function refusalOf(folder: string, position: JournalEnd): Promise<string> {
  try {
    await read(folder, position);
  } catch (error) {
    if (error instanceof BackupRefusal) return error.message;
    throw error;
  }
  throw new Error('it was not refused');
}

function edit(path: string, change: (text: string) => string): void {
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

/** Writes the chain of every line from the first on anew, as whoever can write the journal can. */
function rechain(path: string): void {
  let chain = firstChain;
  edit(path, (text) =>
    text
      .split('\n')
      .map((line) => {
        if (line === '') return line;
        chain = nextChain(chain, line.slice(65));
        return `${chain} ${line.slice(65)}`;
      })
      .join('\n'),
  );
}

describe('Reading a journal from a position', () => {
  it('gives exactly the records behind it, whatever the segments', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 30 }),
        fc.nat(30),
        fc.integer({ min: 1, max: 3000 }),
        async (records, from, segmentBytes) => {
          const at = Math.min(from, records);
          const { folder, endAfter } = await journalOf(records, { segmentBytes });
          const { tail, numbers } = await read(folder, endAfter(at));
          expect(numbers).toEqual(Array.from({ length: records - at }, (_, index) => at + index + 1));
          expect(tail).toEqual({ end: endAfter(records), tornBytes: 0 });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('needs no segment from before the position', async () => {
    const { folder, endAfter } = await journalOf(20, { segmentBytes: 500 });
    const position = endAfter(15);
    expect(position.segment).toBeGreaterThan(2);
    for (let segment = 1; segment < position.segment; segment++) rmSync(segmentPath(folder, segment));
    expect((await read(folder, position)).numbers).toEqual([16, 17, 18, 19, 20]);
  });

  it('accepts a last line that a kill tore, and says how much of it there is', async () => {
    const { folder, endAfter } = await journalOf(5);
    appendFileSync(segmentPath(folder, 1), 'abcdef');
    const { tail, numbers } = await read(folder, endAfter(3));
    expect([numbers, tail]).toEqual([[4, 5], { end: endAfter(5), tornBytes: 6 }]);
  });

  it('passes over a last segment whose beginning failed, and over an empty one', async () => {
    const { folder, endAfter } = await journalOf(5);
    const head = { kind: 'segment', segment: 2, installationId, previousChain: endAfter(4).chain };
    const json = JSON.stringify([head]);
    writeFileSync(segmentPath(folder, 2), `${nextChain(endAfter(4).chain, json)} ${json}\n`);
    expect((await read(folder, endAfter(2))).tail.end).toEqual(endAfter(5));
    writeFileSync(segmentPath(folder, 2), '');
    expect((await read(folder, endAfter(2))).tail.end).toEqual(endAfter(5));
  });

  it('finds the position again after the journal was opened anew, torn and went on', async () => {
    const { folder, endAfter } = await journalOf(3);
    appendFileSync(segmentPath(folder, 1), 'torn');
    const journal = openJournal(folder);
    journal.append(['{"n":4}']);
    await journal.close();
    expect((await read(folder, endAfter(3))).numbers).toEqual(['cut', 4]);
  });
});

describe('A journal is refused', () => {
  it("where it is another installation's", async () => {
    const { folder, endAfter } = await journalOf(5, { id: otherId });
    expect(await refusalOf(folder, endAfter(2))).toContain("not the journal of this backup's installation");
  });

  it('where it ends before the position', async () => {
    const { folder, endAfter } = await journalOf(5);
    const position = endAfter(4);
    truncateSync(segmentPath(folder, 1), endAfter(3).offset);
    expect(await refusalOf(folder, position)).toContain('does not contain the position');
    const later = { ...position, segment: 2 };
    expect(await refusalOf(folder, later)).toContain('does not contain the position');
  });

  it('where the position is inside a line, or has another chain', async () => {
    const { folder, endAfter } = await journalOf(5);
    const position = endAfter(4);
    expect(await refusalOf(folder, { ...position, offset: position.offset - 1 })).toContain(
      'does not contain',
    );
    expect(await refusalOf(folder, { ...position, chain: firstChain })).toContain('does not contain');
  });

  it('where it begins after the position', async () => {
    const { folder, endAfter } = await journalOf(20, { segmentBytes: 500 });
    rmSync(segmentPath(folder, 1));
    expect(await refusalOf(folder, endAfter(1))).toContain('does not contain the position');
  });

  it('where it is the journal of a restore that went another way from the same position', async () => {
    const one = await journalOf(5);
    const two = await journalOf(5);
    expect(one.endAfter(3).chain).toBe(two.endAfter(3).chain);
    const journal = openJournal(two.folder);
    journal.append(['{"n":"other"}']);
    const position = journal.end;
    await journal.close();
    expect((await read(two.folder, position)).numbers).toEqual([]);
    const old = openJournal(one.folder);
    old.append(['{"n":"older"}']);
    await old.close();
    expect(await refusalOf(one.folder, position)).toContain('does not contain the position');
  });

  it('where a record behind the position was edited, and the line is named', async () => {
    const { folder, endAfter } = await journalOf(9);
    edit(segmentPath(folder, 1), (text) => text.replace('{"n":6}', '{"n":7}'));
    // The head is line 1.
    expect(await refusalOf(folder, endAfter(3))).toMatch(
      /line 7 of .*00000001\.jsonl does not follow the chain/,
    );
  });

  it('where a record before the position was edited, even with every chain written anew', async () => {
    const { folder, endAfter } = await journalOf(9);
    edit(segmentPath(folder, 1), (text) => text.replace('{"n":2}', '{"n":5}'));
    expect(await refusalOf(folder, endAfter(4))).toMatch(/line 3 of/);
    rechain(segmentPath(folder, 1));
    expect(await refusalOf(folder, endAfter(4))).toContain('does not contain the position');
  });

  it.each<readonly [string, RegExp, (text: string) => string]>([
    ['removed', /line 6 of/, (text) => text.replace(/.*\{"n":5\}.*\n/, '')],
    ['repeated', /line 7 of/, (text) => text.replace(/(.*\{"n":5\}.*\n)/, '$1$1')],
    ['moved', /line 6 of/, (text) => text.replace(/(.*\{"n":5\}.*\n)(.*\{"n":6\}.*\n)/, '$2$1')],
    ['torn in the middle', /line 6 of/, (text) => text.replace(/\{"n":5\}/, '{"n"\n:5}')],
    ['written with another separator', /line 6 of/, (text) => text.replace(/ \[\{"n":5\}/, '\t[{"n":5}')],
    ['given bytes that are no UTF-8', /line 6 of/, (text) => text.replace('{"n":5}', '{"\u00ff":5}')],
  ])('where a line was %s', async (_what, reason, change) => {
    const { folder, endAfter } = await journalOf(9);
    const path = segmentPath(folder, 1);
    writeFileSync(path, change(readFileSync(path, 'latin1')), 'latin1');
    expect(await refusalOf(folder, endAfter(3))).toMatch(reason);
  });

  it('where a segment in the middle is missing', async () => {
    const { folder, endAfter } = await journalOf(20, { segmentBytes: 500 });
    rmSync(segmentPath(folder, 3));
    expect(await refusalOf(folder, endAfter(1))).toMatch(/lacks the segment .*00000003/);
  });

  it('where a segment before the last is torn', async () => {
    const { folder, endAfter } = await journalOf(20, { segmentBytes: 500 });
    const path = segmentPath(folder, 2);
    truncateSync(path, statSync(path).size - 1);
    expect(await refusalOf(folder, endAfter(1))).toMatch(/line \d+ of .*00000002\.jsonl does not follow/);
  });

  it("where a later segment is another installation's", async () => {
    const { folder, endAfter } = await journalOf(20, { segmentBytes: 500 });
    edit(segmentPath(folder, 2), (text) => text.replace(installationId, otherId));
    expect(await refusalOf(folder, endAfter(1))).toMatch(/line 1 of .*00000002/);
  });

  it('where there is none, with where it probably is', async () => {
    const { folder, endAfter } = await journalOf(3);
    const above = join(folder, '..');
    expect(await refusalOf(above, endAfter(1))).toContain('holds no journal');
    await expect(read(above, endAfter(1))).rejects.toThrow(
      expect.objectContaining({ nextStep: expect.stringContaining(folder) as unknown }),
    );
    const empty = join(temporaryFolder(), 'empty');
    mkdirSync(empty);
    expect(await refusalOf(empty, endAfter(1))).toContain('holds no journal');
  });
});
