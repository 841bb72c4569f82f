import {
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { wipe } from './wipe.ts';

describe('Wiping', () => {
  it('overwrites every byte of every file below before it removes it', async () => {
    const folder = temporaryFolder();
    const files = ['a', 'deep/er/b'].map((name) => join(folder, 'gone', name));
    mkdirSync(join(folder, 'gone/deep/er'), { recursive: true });
    const handles = files.map((path, index) => {
      writeFileSync(path, Buffer.alloc(1024 * 1024 * index + 77, 0xee));
      return openSync(path, 'r');
    });
    await wipe(join(folder, 'gone'));
    expect(existsSync(join(folder, 'gone'))).toBe(false);
    for (const [index, handle] of handles.entries()) {
      const bytes = Buffer.alloc(1024 * 1024 * 2);
      expect(readSync(handle, bytes)).toBe(1024 * 1024 * index + 77);
      expect(bytes.includes(0xee)).toBe(false);
    }
  });

  it('does nothing where nothing is', async () => {
    await wipe(join(temporaryFolder(), 'nothing'));
  });

  it('touches nothing that a link points to', async () => {
    const folder = temporaryFolder();
    const kept = join(folder, 'kept');
    writeFileSync(kept, 'kept');
    mkdirSync(join(folder, 'gone'));
    symlinkSync(kept, join(folder, 'gone/soft'));
    symlinkSync(folder, join(folder, 'gone/loop'));
    linkSync(kept, join(folder, 'gone/hard'));
    await wipe(join(folder, 'gone'));
    expect(existsSync(join(folder, 'gone'))).toBe(false);
    expect(readFileSync(kept, 'utf8')).toBe('kept');
  });
});
