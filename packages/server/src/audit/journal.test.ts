import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '@keyhaven/crypto';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StartRefusal } from '../start-refusal.ts';
import { temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { Journal, JournalUnwritableError } from './journal.ts';

const installationId = '7e9d4b52-93a4-4c07-8e5b-5d3c3a1f0c11';

function openJournal(folder: string, segmentBytes?: number): Journal {
  return Journal.open(folder, installationId, {
    describeCut: (cut) => JSON.stringify({ kind: 'cut', ...cut }),
    describeGap: (records) => JSON.stringify({ kind: 'gap', records }),
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
  });
}

const text = (n: number) => JSON.stringify({ n });
const firstSegment = (folder: string) => join(folder, '00000001.jsonl');

/** The journal's records, its chain verified over all segments, as someone with `sha256sum` would. */
function verifiedRecords(folder: string): readonly Record<string, unknown>[] {
  let chain = '0'.repeat(64);
  const records: Record<string, unknown>[] = [];
  for (const name of readdirSync(folder)
    .filter((file) => file.endsWith('.jsonl'))
    .sort()) {
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1)) {
      chain = sha256Hex(chain + line.slice(65));
      expect(line.slice(0, 64), name).toBe(chain);
      records.push(...(JSON.parse(line.slice(65)) as Record<string, unknown>[]));
    }
  }
  return records.filter(({ kind }) => kind !== 'segment');
}

const cutOf = (folder: string) => verifiedRecords(folder).filter(({ kind }) => kind === 'cut');
const numbers = (folder: string) => verifiedRecords(folder).flatMap(({ n }) => (n === undefined ? [] : [n]));

/** A folder with a journal of three frames in one segment, and where its last frame begins. */
async function threeFrames(): Promise<{ readonly folder: string; readonly lastAt: number }> {
  const folder = join(temporaryFolder(), 'journal');
  const journal = openJournal(folder);
  journal.append([text(1)]);
  journal.append([text(2), text(22)]);
  const lastAt = journal.position.offset;
  journal.append([text(3)]);
  await journal.close();
  return { folder, lastAt };
}

describe('A journal that was torn', () => {
  it('is cut at the last whole frame, whatever the length of what is left of the next, and tells of it', async () => {
    const { folder, lastAt } = await threeFrames();
    const whole = readFileSync(firstSegment(folder));
    for (let length = lastAt + 1; length < whole.length; length++) {
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
      writeFileSync(firstSegment(folder), whole.subarray(0, length));
      await openJournal(folder).close();
      const keptAs = `cut-1-${lastAt}-1`;
      expect(numbers(folder)).toEqual([1, 2, 22]);
      expect(cutOf(folder)).toEqual([{ kind: 'cut', cutBytes: length - lastAt, cutLines: 0, keptAs }]);
      expect(readFileSync(join(folder, keptAs))).toEqual(whole.subarray(lastAt, length));
      expect(readdirSync(folder)).toHaveLength(2);
    }
  });

  it('is not cut where it ends with a whole frame', async () => {
    const { folder, lastAt } = await threeFrames();
    truncateSync(firstSegment(folder), lastAt);
    await openJournal(folder).close();
    expect(numbers(folder)).toEqual([1, 2, 22]);
    expect(cutOf(folder)).toEqual([]);
  });

  it('keeps what was cut before, when it is torn at the same byte again', async () => {
    const { folder, lastAt } = await threeFrames();
    for (const torn of ['first', 'second']) {
      truncateSync(firstSegment(folder), lastAt);
      appendFileSync(firstSegment(folder), torn);
      await openJournal(folder).close();
    }
    expect(readFileSync(join(folder, `cut-1-${lastAt}-1`), 'utf8')).toBe('first');
    expect(readFileSync(join(folder, `cut-1-${lastAt}-2`), 'utf8')).toBe('second');
  });

  it('tells of a cut although the service was killed between the cut and its record', async () => {
    const { folder, lastAt } = await threeFrames();
    truncateSync(firstSegment(folder), lastAt);
    writeFileSync(join(folder, `cut-1-${lastAt}.unrecorded`), 'torn');
    await openJournal(folder).close();
    expect(cutOf(folder)).toEqual([{ kind: 'cut', cutBytes: 4, cutLines: 0, keptAs: `cut-1-${lastAt}-1` }]);
    await openJournal(folder).close();
    expect(cutOf(folder)).toHaveLength(1);
  });
});

describe('A journal that was changed', () => {
  it('keeps everything from the change on, whole lines told as such, whichever byte was changed', async () => {
    const { folder } = await threeFrames();
    const whole = readFileSync(firstSegment(folder));
    const changes = fc.record({ at: fc.nat(whole.length - 1), xor: fc.integer({ min: 1, max: 127 }) });
    await fc.assert(
      fc.asyncProperty(changes, async ({ at, xor }) => {
        rmSync(folder, { recursive: true });
        mkdirSync(folder);
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] ?? 0) ^ xor;
        writeFileSync(firstSegment(folder), changed);
        await openJournal(folder).close();
        const [cut] = cutOf(folder);
        expect(cut?.['cutLines']).toBeGreaterThanOrEqual(at === whole.length - 1 ? 0 : 1);
        const kept = readFileSync(join(folder, String(cut?.['keptAs'])));
        expect(kept.equals(changed.subarray(changed.length - kept.length))).toBe(true);
        expect(kept.length).toBeGreaterThanOrEqual(whole.length - at);
      }),
      { numRuns: 200 },
    );
  });

  it('is refused where it is that of another installation', async () => {
    const { folder } = await threeFrames();
    const open = () => Journal.open(folder, 'another', { describeCut: () => '', describeGap: () => '' });
    expect(open).toThrow(StartRefusal);
    expect(open).toThrow('belongs to another installation');
    expect(numbers(folder)).toEqual([1, 2, 22, 3]);
  });
});

describe('Segments of a journal', () => {
  const written = async (frames: number) => {
    const folder = join(temporaryFolder(), 'journal');
    const journal = openJournal(folder, 500);
    for (let n = 0; n < frames; n++) journal.append([text(n)]);
    await journal.close();
    return folder;
  };
  const segments = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.jsonl'));

  it('follow each other in one chain, over restarts too', async () => {
    const folder = await written(20);
    expect(segments(folder).length).toBeGreaterThan(2);
    const journal = openJournal(folder, 500);
    for (let n = 20; n < 40; n++) journal.append([text(n)]);
    await journal.close();
    expect(numbers(folder)).toEqual(Array.from({ length: 40 }, (_, n) => n));
  });

  it.each([
    ['is empty', ''],
    ['has a torn head', '0123456789abcdef'],
  ])('go on in the one before, where the last %s because of a kill', async (_what, content) => {
    const folder = await written(20);
    const count = segments(folder).length;
    writeFileSync(join(folder, `${String(count + 1).padStart(8, '0')}.jsonl`), content);
    const journal = openJournal(folder, 500);
    journal.append([text(20)]);
    await journal.close();
    expect(numbers(folder)).toEqual(Array.from({ length: 21 }, (_, n) => n));
  });

  it('go on in the one before, where it grew after the last could not be begun', async () => {
    const folder = join(temporaryFolder(), 'journal');
    const first = openJournal(folder, 500);
    for (let n = 0; segments(folder).length < 2; n++) first.append([text(n)]);
    await first.close();
    const head = readFileSync(join(folder, '00000002.jsonl'), 'utf8').split('\n')[0] ?? '';
    rmSync(join(folder, '00000002.jsonl'));
    const second = openJournal(folder);
    second.append([text(100)]);
    await second.close();
    writeFileSync(join(folder, '00000002.jsonl'), `${head}\n`);
    const third = openJournal(folder);
    third.append([text(101)]);
    await third.close();
    expect(segments(folder)).toHaveLength(1);
    expect(numbers(folder).slice(-2)).toEqual([100, 101]);
  });

  it('begin with the first, once more, where a kill left nothing of it', async () => {
    const folder = join(temporaryFolder(), 'journal');
    mkdirSync(folder);
    writeFileSync(firstSegment(folder), '');
    const journal = openJournal(folder);
    journal.append([text(1)]);
    await journal.close();
    expect(numbers(folder)).toEqual([1]);
  });
});

/** A file system of 64 KiB: the disk can be filled and freed. Undefined where this user may not mount one. */
function mountTinyDisk(): string | undefined {
  const folder = temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  onTestFinished(() => {
    execFileSync('umount', ['-l', folder]);
  });
  return folder;
}

/** Takes all space but a few bytes of the journal's last page. */
function fillDisk(disk: string): void {
  try {
    for (;;) appendFileSync(join(disk, 'filler'), Buffer.alloc(4096));
  } catch {
    // Full.
  }
}

describe('A journal on a full disk', () => {
  it('keeps the records in order until there is room, drops none, and leaves no half line', async ({
    skip,
  }) => {
    const disk = mountTinyDisk();
    if (disk === undefined) skip('a tiny file system needs the right to mount one');
    else {
      const folder = join(disk, 'journal');
      const journal = openJournal(folder);
      fillDisk(disk);
      const accepted: number[] = [];
      for (let n = 0; n < 1000; n++) {
        try {
          journal.append([text(n)]);
          accepted.push(n);
        } catch (error) {
          expect(error).toBeInstanceOf(JournalUnwritableError);
        }
      }
      expect(journal.isWritable).toBe(false);
      expect(() => {
        journal.assertWritable();
      }).toThrow(JournalUnwritableError);
      expect(numbers(folder)).toEqual(accepted);
      rmSync(join(disk, 'filler'));
      journal.assertWritable();
      journal.append([text(1000)]);
      await journal.close();
      expect(numbers(folder)).toEqual(Array.from({ length: 1001 }, (_, n) => n));
    }
  });

  it('goes on in the old segment until the next one can be begun', async ({ skip }) => {
    const disk = mountTinyDisk();
    if (disk === undefined) skip('a tiny file system needs the right to mount one');
    else {
      const folder = join(disk, 'journal');
      const journal = openJournal(folder, 1000);
      for (let n = 0; journal.position.offset < 1000; n++) journal.append([text(n)]);
      const { length } = numbers(folder);
      fillDisk(disk);
      for (let n = length; n < length + 50; n++) {
        expect(() => {
          journal.append([text(n)]);
        }).toThrow(JournalUnwritableError);
      }
      const copy = join(temporaryFolder(), 'journal');
      mkdirSync(copy);
      for (const name of readdirSync(folder)) copyFileSync(join(folder, name), join(copy, name));
      await openJournal(copy).close();
      expect(numbers(copy)).toHaveLength(length);
      rmSync(join(disk, 'filler'));
      journal.assertWritable();
      expect(journal.position.segment).toBe(2);
      await journal.close();
      expect(numbers(folder)).toEqual(Array.from({ length: length + 50 }, (_, n) => n));
    }
  });
});

describe('A journal that cannot be made durable', () => {
  it.skipIf(process.platform !== 'linux')('takes nothing more until the service is restarted', async () => {
    const { folder } = await threeFrames();
    const journal = openJournal(folder);
    const isJournal = (fd: string) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === firstSegment(folder);
      } catch {
        return false;
      }
    };
    // Without its file, the next fdatasync fails.
    closeSync(Number(readdirSync('/proc/self/fd').find(isJournal)));
    await expect(journal.sync()).rejects.toThrow('restart the service');
    expect(journal.isWritable).toBe(false);
    expect(() => {
      journal.assertWritable();
    }).toThrow('restart the service');
    await expect(journal.sync()).rejects.toThrow('restart the service');
  });
});
