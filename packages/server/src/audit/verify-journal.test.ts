import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nextChain } from './frame.ts';
import { Journal, type JournalPosition } from './journal.ts';
import { type JournalFlaw, JournalVerifier } from './verify-journal.ts';

const installationId = 'b8e3c7a4-3f43-4f36-9a0e-3c5f2f1f8f10';
const options = { describeCut: () => '{}', describeGap: () => '{}', segmentBytes: 700 };

let parent: string;
let folder: string;

beforeEach(async () => {
  parent = mkdtempSync(join(tmpdir(), 'keyhaven-verify-'));
  folder = join(parent, 'journal');
  await write(folder, installationId);
});
afterEach(() => {
  rmSync(parent, { recursive: true });
});

/** Four segments with a few lines each. */
async function write(path: string, id: string): Promise<void> {
  const journal = Journal.open(path, id, options);
  for (let n = 0; n < 16; n++) journal.append([record(n)]);
  await journal.close();
}

const record = (n: number) =>
  JSON.stringify({ eventId: `event ${n}`, eventName: 'Encrypt', text: 'ö\ufffd' });

async function verify(until?: JournalPosition): Promise<{
  readonly flaws: readonly JournalFlaw[];
  readonly verifier: JournalVerifier;
  readonly frames: readonly string[];
}> {
  const verifier = new JournalVerifier(folder, installationId);
  const flaws: JournalFlaw[] = [];
  const frames: string[] = [];
  for await (const piece of verifier.walk(until)) {
    flaws.push(...piece.flaws);
    frames.push(...piece.frames);
  }
  return { flaws, verifier, frames };
}

const briefly = (flaws: readonly JournalFlaw[]) =>
  flaws.map(({ kind, severity, place }) => `${severity} ${kind} ${place}`);

const path = (segment: number, of = folder) => join(of, `0000000${segment}.jsonl`);

function editLines(segment: number, edit: (lines: string[]) => string[]): void {
  const lines = readFileSync(path(segment), 'latin1').split('\n').slice(0, -1);
  writeFileSync(
    path(segment),
    edit(lines)
      .map((line) => `${line}\n`)
      .join(''),
    'latin1',
  );
}

/** The byte of a segment that its nth line begins at. */
function offsetOf(segment: number, line: number): number {
  const lines = readFileSync(path(segment), 'latin1').split('\n');
  return lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
}

describe('The verification of a journal', () => {
  it('finds nothing in a whole one, and gives every frame of every segment', async () => {
    const { flaws, verifier, frames } = await verify();
    expect(flaws).toEqual([]);
    expect(verifier.isIntact).toBe(true);
    expect(verifier.extent).toMatchObject({ segments: 4, lines: 20 });
    expect(verifier.extent.bytes).toBe([1, 2, 3, 4].reduce((sum, n) => sum + statSync(path(n)).size, 0));
    expect(frames.filter((frame) => frame.includes('Encrypt'))).toHaveLength(16);
  });

  it('finds nothing, and fails at nothing, where there is no folder', async () => {
    rmSync(folder, { recursive: true });
    expect((await verify()).flaws).toEqual([]);
  });

  it('names segment, line and byte of a record that was edited', async () => {
    const at = offsetOf(2, 3);
    editLines(2, (lines) => lines.map((line, n) => (n === 2 ? line.replace('Encrypt', 'Decrypt') : line)));
    const { flaws, verifier, frames } = await verify();
    expect(briefly(flaws)).toEqual([`damage journal-chain segment 2, line 3, byte ${at}`]);
    expect(verifier.isIntact).toBe(false);
    expect(frames.join('')).not.toContain('Decrypt');
  });

  it.each<readonly [string, (lines: string[]) => string[], number]>([
    ['a chain that was edited', (lines) => lines.map((line, n) => (n === 2 ? `0${line.slice(1)}` : line)), 3],
    [
      'the space behind a chain',
      (lines) => lines.map((line, n) => (n === 2 ? `${line.slice(0, 64)}_${line.slice(65)}` : line)),
      3,
    ],
    ['a line that was removed', (lines) => lines.filter((_line, n) => n !== 2), 3],
    ['lines that were swapped', ([a = '', b = '', c = '', d = '', ...rest]) => [a, b, d, c, ...rest], 3],
    [
      'a line that was added',
      (lines) => [...lines.slice(0, 2), `${'0'.repeat(64)} []`, ...lines.slice(2)],
      3,
    ],
    ['an empty line', (lines) => [...lines.slice(0, 2), '', ...lines.slice(2)], 3],
    ['a line that was repeated', (lines) => [...lines.slice(0, 3), ...lines.slice(2)], 4],
    [
      'a head that was edited',
      ([head = '', ...rest]) => [head.replace('"segment":2', '"segment":3'), ...rest],
      1,
    ],
    [
      'bytes that read as the same text',
      (lines) => lines.map((line, n) => (n === 2 ? line.replace('\xef\xbf\xbd', '\xff') : line)),
      3,
    ],
  ])('names the first line that does not follow, once: %s', async (_what, edit, line) => {
    editLines(2, edit);
    const at = offsetOf(2, line);
    expect(briefly((await verify()).flaws)).toEqual([
      `damage journal-chain segment 2, line ${line}, byte ${at}`,
    ]);
  });

  it('finds any byte that is changed to any other', async () => {
    const sizes = [1, 2, 3, 4].map((segment) => statSync(path(segment)).size);
    const place = fc.integer({ min: 0, max: sizes.reduce((sum, size) => sum + size, 0) - 1 });
    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (at, difference) => {
        let segment = 1;
        for (; at >= (sizes[segment - 1] ?? 0); segment++) at -= sizes[segment - 1] ?? 0;
        const before = readFileSync(path(segment));
        const changed = Buffer.from(before);
        changed[at] = (changed[at] ?? 0) ^ difference;
        writeFileSync(path(segment), changed);
        const { flaws } = await verify();
        writeFileSync(path(segment), before);
        expect(flaws, `byte ${at} of segment ${segment}`).not.toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('tells of each place where several are broken', async () => {
    for (const segment of [2, 4])
      editLines(segment, (lines) => lines.map((line, n) => (n === 1 ? line.replace('Encrypt', 'x') : line)));
    expect((await verify()).flaws.map(({ place }) => place.slice(0, 17))).toEqual([
      'segment 2, line 2',
      'segment 4, line 2',
    ]);
  });

  it.each([
    [1, 'segment 1'],
    [2, 'segment 2'],
  ])('names a segment that is missing: %s', async (segment, place) => {
    rmSync(path(segment));
    expect(briefly((await verify()).flaws)).toEqual([`damage journal-segment-missing ${place}`]);
  });

  it('names several segments that are missing, once', async () => {
    rmSync(path(2));
    rmSync(path(3));
    const { flaws } = await verify();
    expect(flaws.map(({ text }) => text)).toEqual(["The journal's segments 2 to 3 are missing."]);
  });

  it('names a segment of another installation, and goes on behind it', async () => {
    const other = join(parent, 'other');
    await write(other, '00000000-0000-4000-8000-000000000000');
    cpSync(path(2, other), path(2));
    expect(briefly((await verify()).flaws)).toEqual(['damage journal-foreign segment 2']);
  });

  it('names a segment under the number of another', async () => {
    renameSync(path(3), path(5));
    renameSync(path(4), path(3));
    renameSync(path(5), path(4));
    expect(briefly((await verify()).flaws)).toEqual([
      'damage journal-head segment 3',
      'damage journal-head segment 4',
    ]);
  });

  it('finds that the end of an earlier segment was removed', async () => {
    editLines(2, (lines) => lines.slice(0, -1));
    const { flaws } = await verify();
    expect(briefly(flaws)).toEqual(['damage journal-chain segment 3']);
    expect(flaws[0]?.text).toContain('does not follow the end of the one before it');
  });

  it('finds that an earlier segment ends within a line', async () => {
    const size = statSync(path(2)).size;
    truncateSync(path(2), size - 5);
    expect((await verify()).flaws.map(({ kind }) => kind)).toEqual(['journal-chain']);
  });

  it('warns of a torn tail, which a kill leaves', async () => {
    const at = statSync(path(4)).size;
    appendFileSync(path(4), 'half a li');
    expect(briefly((await verify()).flaws)).toEqual([
      `warning journal-torn-tail segment 4, line 6, byte ${at}`,
    ]);
  });

  it('tells a broken last line from a torn one', async () => {
    appendFileSync(path(4), `${'0'.repeat(64)} []\n`);
    expect((await verify()).flaws.map(({ kind, severity }) => `${severity} ${kind}`)).toEqual([
      'damage journal-chain',
    ]);
  });

  it('does not find lines that were removed from the end: the chain alone cannot tell', async () => {
    editLines(4, (lines) => lines.slice(0, -1));
    expect((await verify()).flaws).toEqual([]);
  });

  it('warns of a last segment that was begun and not used', async () => {
    const head = JSON.stringify([
      { kind: 'segment', segment: 5, installationId, previousChain: 'f'.repeat(64) },
    ]);
    writeFileSync(path(5), `${nextChain('f'.repeat(64), head)} ${head}\n`);
    expect(briefly((await verify()).flaws)).toEqual(['warning journal-abandoned-segment segment 5']);
  });

  it('warns of bytes that a start cut off', async () => {
    writeFileSync(join(folder, 'cut-1-300-1'), 'torn');
    writeFileSync(join(folder, 'cut-1-300.unrecorded'), 'torn');
    expect(briefly((await verify()).flaws)).toEqual([
      'warning journal-cut cut-1-300-1',
      'warning journal-cut cut-1-300.unrecorded',
    ]);
  });

  it('tells of a segment that cannot be read', async () => {
    rmSync(path(2));
    mkdirSync(path(2));
    expect((await verify()).flaws.map(({ kind }) => kind)).toContain('journal-unreadable');
  });
});

describe('The verification of a journal that is being written', () => {
  it('looks at nothing behind the position that it was given, and goes on from there', async () => {
    const until = { segment: 3, offset: offsetOf(3, 3) };
    const verifier = new JournalVerifier(folder, installationId);
    const walk = async (to: JournalPosition) => {
      const pieces = [];
      for await (const piece of verifier.walk(to)) pieces.push(piece);
      return {
        flaws: pieces.flatMap(({ flaws }) => flaws),
        frames: pieces.flatMap(({ frames }) => frames).length,
      };
    };
    appendFileSync(path(4), 'torn');
    expect(await walk(until)).toEqual({ flaws: [], frames: 12 });
    expect(await walk({ segment: 4, offset: offsetOf(4, 5) })).toEqual({ flaws: [], frames: 7 });
    expect(verifier.extent).toMatchObject({ segments: 4, lines: 19 });
  });

  it('finds that a segment is shorter than what was written', async () => {
    const until = { segment: 4, offset: statSync(path(4)).size };
    editLines(4, (lines) => lines.slice(0, -1));
    expect(briefly((await verify(until)).flaws)).toEqual(['damage journal-shortened segment 4']);
  });

  it('finds that the segment which is being written is missing', async () => {
    const until = { segment: 4, offset: statSync(path(4)).size };
    rmSync(path(4));
    expect(briefly((await verify(until)).flaws)).toEqual(['damage journal-segment-missing segment 4']);
  });
});

describe('A line', () => {
  it('may be longer than what is read at once', async () => {
    const journal = Journal.open(folder, installationId, { ...options, segmentBytes: 1e9 });
    const long = JSON.stringify({ eventId: 'long', text: 'x'.repeat(1_000_000) });
    journal.append([long]);
    journal.append([record(1)]);
    await journal.close();
    const { flaws, frames } = await verify();
    expect(flaws).toEqual([]);
    expect(frames.at(-2)).toBe(`[${long}]`);
  });

  it('is no frame where it has more than 64 MiB, and is not kept in memory', async () => {
    editLines(4, (lines) => lines.slice(0, 2));
    for (let n = 0; n < 65; n++) appendFileSync(path(4), 'x'.repeat(1024 * 1024));
    appendFileSync(path(4), '\n');
    expect((await verify()).flaws.map(({ kind, severity }) => `${severity} ${kind}`)).toEqual([
      'damage journal-chain',
    ]);
  });
});
