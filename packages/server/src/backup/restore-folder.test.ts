import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SystemClock } from '../clock.ts';
import { openDataFolder } from '../installation/data-folder.ts';
import { FolderLock } from '../installation/folder-lock.ts';
import { temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { RestoreFolder } from './restore-folder.ts';

const clock = new SystemClock();
const take = (path: string) => RestoreFolder.take(path, clock);

describe('A folder to restore into', () => {
  it('is made for this user alone where it is absent', async () => {
    const path = join(temporaryFolder(), 'a/b');
    const target = await take(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    await target.abandon();
    expect(existsSync(path)).toBe(false);
  });

  it.each([[[]], [['lost+found']], [['lock', 'owner.json']]])(
    'may hold nothing of anybody: %j',
    async (names) => {
      const path = temporaryFolder();
      for (const name of names) writeFileSync(join(path, name), '');
      const target = await take(path);
      target.finish();
      expect(openDataFolder(path).path).toBe(path);
    },
  );

  it.each([['seal.json'], ['keyhaven.db'], ['journal'], ['notes.txt'], ['file-seal.key'], ['admin.sock']])(
    'is refused and left alone where it holds %s',
    async (name) => {
      const path = temporaryFolder();
      writeFileSync(join(path, name), 'precious');
      await expect(take(path)).rejects.toThrow('is not empty');
      expect(readdirSync(path)).toEqual([name]);
      expect(readFileSync(join(path, name), 'utf8')).toBe('precious');
    },
  );

  it('is refused to every service from the first step to the last', async () => {
    const path = temporaryFolder();
    const target = await take(path);
    writeFileSync(join(path, 'seal.json'), '{}');
    expect(() => openDataFolder(path)).toThrow('A restore into the folder');
    target.finish();
    expect(() => openDataFolder(path)).not.toThrow();
  });

  it('is cleared of what an earlier attempt left, and of nothing else', async () => {
    const path = temporaryFolder();
    await take(path);
    for (const name of ['keyhaven.db', 'seal.json.restored', 'seal.json', 'file-seal.key'])
      writeFileSync(join(path, name), 'half');
    mkdirSync(join(path, 'journal'));
    writeFileSync(join(path, 'journal/00000001.jsonl'), 'half');
    writeFileSync(join(path, 'notes.txt'), 'theirs');
    // The first attempt was killed: its lock went with its process.
    const copy = temporaryFolder();
    for (const name of readdirSync(path).filter((one) => !one.startsWith('lock') && one !== 'journal'))
      writeFileSync(join(copy, name), readFileSync(join(path, name)));
    const target = await take(copy);
    expect(readdirSync(copy).filter((name) => !/^lock|^owner/.test(name))).toEqual([
      'notes.txt',
      'restoring',
    ]);
    target.finish();
  });

  it('is empty again, and refuses no service, after an attempt that failed', async () => {
    const path = temporaryFolder();
    const target = await take(path);
    writeFileSync(join(path, 'keyhaven.db'), 'half');
    mkdirSync(join(path, 'journal'));
    await target.abandon();
    expect(readdirSync(path).filter((name) => !/^lock|^owner/.test(name))).toEqual([]);
    expect(() => openDataFolder(path)).not.toThrow();
  });

  it('is refused while another process or restore has it', async () => {
    const path = temporaryFolder();
    const lock = FolderLock.take(path, 'now', () => undefined);
    await expect(take(path)).rejects.toThrow('in use by');
    expect(existsSync(join(path, 'restoring'))).toBe(false);
    lock.release();
    const first = await take(path);
    await expect(take(path)).rejects.toThrow('in use by');
    expect(existsSync(join(path, 'restoring'))).toBe(true);
    first.finish();
  });
});
