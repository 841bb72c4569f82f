import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { type TarEntry, TarReader, writeTar } from './tar.ts';

async function archived(files: readonly (readonly [string, Uint8Array])[]): Promise<Buffer> {
  const entries = files.map(([name, bytes]): TarEntry => ({
    name,
    bytes: bytes.length,
    modifiedAt: 1_700_000_000,
    content: () => [bytes.subarray(0, 3), bytes.subarray(3)],
  }));
  return written(entries);
}

async function written(entries: readonly TarEntry[]): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of writeTar(entries)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The bytes in pieces of the given sizes, over and over. */
async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield await Promise.resolve(bytes.subarray(at, at + size));
    at += size;
  }
}

async function readAll(source: AsyncIterable<Uint8Array>): Promise<[string, Buffer][]> {
  const reader = new TarReader(source);
  const files: [string, Buffer][] = [];
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
    const pieces: Uint8Array[] = [];
    for await (const piece of reader.content(entry.bytes)) pieces.push(Buffer.from(piece));
    files.push([entry.name, Buffer.concat(pieces)]);
  }
  await reader.end();
  return files;
}

const file = fc.tuple(fc.stringMatching(/^[a-z.]{1,20}$/), fc.uint8Array({ maxLength: 2000 }));

describe('A tar archive', () => {
  it('comes back as it was written, however its bytes are cut', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(file, { maxLength: 4 }), sizes, async (files, pieceSizes) => {
        const read = await readAll(cut(await archived(files), pieceSizes));
        expect(read).toEqual(files.map(([name, bytes]) => [name, Buffer.from(bytes)]));
      }),
    );
  });

  it('is one that the tar of the system unpacks', async () => {
    const folder = temporaryFolder();
    const bytes = Buffer.from('some bytes'.repeat(200));
    writeFileSync(
      join(folder, 'a.tar'),
      await archived([
        ['one', bytes],
        ['two', Buffer.alloc(0)],
      ]),
    );
    const { status, stderr } = spawnSync('tar', ['xf', 'a.tar'], { cwd: folder, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    expect(readFileSync(join(folder, 'one'))).toEqual(bytes);
    expect(readFileSync(join(folder, 'two'))).toHaveLength(0);
  });

  it('is refused where it is cut off anywhere before its end', async () => {
    const whole = await archived([['one', Buffer.alloc(600, 1)]]);
    const endOfEntry = 512 + 1024;
    for (const length of [0, 1, 511, 512, 700, endOfEntry - 1, endOfEntry, endOfEntry + 100])
      await expect(readAll(cut(whole.subarray(0, length), [100])), `${length} bytes`).rejects.toThrow(
        'cut off',
      );
  });

  it('is refused where its header has one changed byte', async () => {
    const whole = await archived([['one', Buffer.alloc(10)]]);
    // The last twelve bytes are padding, but the checksum covers them too.
    for (const at of [0, 50, 100, 124, 135, 148, 156, 257, 300, 511]) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(readAll(cut(changed, [512])), `byte ${at}`).rejects.toThrow(/ustar header|size|plain/);
    }
  });

  it('is refused where something follows its last entry', async () => {
    const whole = await archived([['one', Buffer.alloc(10)]]);
    const more = Buffer.concat([whole, Buffer.from('more')]);
    await expect(readAll(cut(more, [512]))).rejects.toThrow('follows the last entry');
  });

  it('is refused where it holds anything but plain files', async () => {
    const folder = temporaryFolder();
    spawnSync('sh', ['-c', 'mkdir d && ln -s /etc/passwd l && tar cf a.tar --format=ustar d l'], {
      cwd: folder,
    });
    await expect(readAll(cut(readFileSync(join(folder, 'a.tar')), [512]))).rejects.toThrow();
  });

  it('cannot be written with content of another length than announced', async () => {
    const entry = { name: 'x', bytes: 5, modifiedAt: 0, content: () => [Buffer.alloc(4)] };
    await expect(written([entry])).rejects.toThrow('changed while it was archived');
  });

  it('cannot hold a file of more than 8 GiB', async () => {
    const entry = { name: 'x', bytes: 8 ** 11, modifiedAt: 0, content: () => [] };
    await expect(written([entry])).rejects.toThrow('8 GiB');
  });
});
