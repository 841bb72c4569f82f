import { chmodSync, chownSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { StartRefusal } from '../start-refusal.ts';
import { temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { openDataFolder } from './data-folder.ts';

function folderWith(names: readonly string[], mode = 0o755): string {
  const folder = temporaryFolder();
  for (const name of names) writeFileSync(join(folder, name), '', { mode: 0o600 });
  chmodSync(folder, mode);
  return folder;
}

function refusalOf(folder: string): StartRefusal {
  try {
    openDataFolder(folder);
  } catch (error) {
    if (error instanceof StartRefusal) return error;
    throw error;
  }
  throw new Error('the folder was opened');
}

const modeOf = (folder: string) => statSync(folder).mode & 0o777;

describe('A data folder that others can read', () => {
  it.each([
    [[]],
    [['lost+found']],
    [['lock']],
    [['lock', 'owner.json', 'file-seal.key', 'keyhaven.db', 'seal.json.new']],
    [['seal.json', 'notes.txt']],
    [['backup-scratch', 'migration-scratch', 'before-migration-1-2-20260102T030405.678Z']],
  ])('is closed to them where it is ours: %j', (names) => {
    const folder = folderWith(names);
    openDataFolder(folder);
    expect(modeOf(folder)).toBe(0o700);
  });

  it.each([
    [['lock', 'letter.txt']],
    [['lock', 'journal', 'index.html']],
    [['keyhaven.db', 'file-seal.key', 'photos']],
    [['letter.txt']],
  ])('is refused and left as it is where it holds other things: %j', (names) => {
    const folder = folderWith(names);
    expect(refusalOf(folder).message).toContain('holds files of others and can be read by other users');
    expect(modeOf(folder)).toBe(0o755);
  });
});

describe.skipIf(process.getuid?.() !== 0)('Files of another user', () => {
  const stranger = 65_534;

  it.each(['seal.json', 'file-seal.key', 'keyhaven.db', 'keyhaven.db-wal'])(
    'are refused before anything is changed: %s',
    (name) => {
      const folder = folderWith(['seal.json', name]);
      chownSync(join(folder, name), stranger, stranger);
      const { message, nextStep } = refusalOf(folder);
      expect(message).toBe(
        `${join(folder, name)} belongs to the user with id 65534, but this process runs as 0.`,
      );
      expect(nextStep).toContain(`chown 0 ${join(folder, name)}`);
      expect(modeOf(folder)).toBe(0o755);
    },
  );

  it('are refused where the folder itself is theirs', () => {
    const folder = join(temporaryFolder(), 'data');
    mkdirSync(folder, { mode: 0o755 });
    chownSync(folder, stranger, stranger);
    expect(refusalOf(folder).message).toContain(`${folder} belongs to the user with id 65534`);
    expect(modeOf(folder)).toBe(0o755);
  });
});

describe('A process', () => {
  it('is refused a folder of any other user, be that root', () => {
    const folder = folderWith([]);
    const owner = statSync(folder).uid;
    const spy = vi.spyOn(process, 'getuid').mockReturnValue(owner + 1);
    onTestFinished(() => {
      spy.mockRestore();
    });
    expect(refusalOf(folder).nextStep).toContain(`chown ${owner + 1} ${folder}`);
  });
});

describe('A data folder that is not there', () => {
  it('is made with whatever is missing above it', () => {
    const folder = join(temporaryFolder(), 'a', 'b');
    expect(openDataFolder(folder).path).toBe(folder);
    expect(modeOf(folder)).toBe(0o700);
  });

  it.skipIf(process.platform !== 'linux')('is refused where the file system permits none', () => {
    expect(refusalOf('/proc/keyhaven-nope').message).toContain('cannot be made or written');
  });
});

describe('A data folder with half a restore in it', () => {
  it('is refused with what to do, and is not touched', () => {
    const folder = folderWith(['restoring', 'seal.json', 'keyhaven.db']);
    const { message, nextStep } = refusalOf(folder);
    expect(message).toContain('was cut short');
    expect(nextStep).toContain('keyhaven restore');
    expect(modeOf(folder)).toBe(0o755);
  });

  it('is opened to whoever restores into it', () => {
    expect(openDataFolder(folderWith(['restoring']), 'restore').path).toContain('keyhaven-test-');
  });
});
