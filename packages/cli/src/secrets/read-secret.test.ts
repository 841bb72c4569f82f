import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { fakeTerminal } from '../terminal/fake-terminal.test-support.ts';
import { readSecret, type SecretSource } from './read-secret.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyhaven-secret-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function textFrom(source: Partial<SecretSource>, answers?: readonly string[]): Promise<string> {
  const { terminal } = fakeTerminal(answers === undefined ? {} : { answers });
  const request = { what: 'passphrase', flags: '--passphrase-file', isNew: false };
  using secret = await readSecret({ file: undefined, fd: undefined, ...source }, request, terminal);
  return secret.use((bytes) => bytes.toString());
}

function pathWith(content: string | Buffer): string {
  const path = join(folder, 'secret');
  writeFileSync(path, content);
  return path;
}

describe('readSecret', () => {
  it('reads a file descriptor up to its end', async () => {
    const fd = openSync(pathWith('correct horse\n'), 'r');
    onTestFinished(() => {
      closeSync(fd);
    });
    expect(await textFrom({ fd })).toBe('correct horse');
  });

  it('reads a pipe whose writer is slow, as the shell makes them: <(pass show keyhaven)', async () => {
    const path = join(folder, 'pipe');
    expect(spawnSync('mkfifo', [path]).status).toBe(0);
    const writer = spawn('sh', ['-c', 'exec > "$0"; printf corr; printf "ect horse\\n"', path]);
    expect(await textFrom({ file: path })).toBe('correct horse');
    writer.kill();
  });

  it('takes a file descriptor before asking', async () => {
    const fd = openSync(pathWith('from the file'), 'r');
    onTestFinished(() => {
      closeSync(fd);
    });
    expect(await textFrom({ fd }, ['typed'])).toBe('from the file');
  });

  it('asks instead of showing on a terminal what standard input would be', async () => {
    expect(await textFrom({ file: '-' }, ['typed'])).toBe('typed');
  });

  it('takes 4,096 bytes and no more', async () => {
    expect(await textFrom({ file: pathWith('x'.repeat(4096)) })).toHaveLength(4096);
    await expect(textFrom({ file: pathWith('x'.repeat(4097)) })).rejects.toThrow('more than 4096 bytes');
  });

  it('refuses a folder, a missing file and an endless one, without naming what is in it', async () => {
    await expect(textFrom({ file: folder })).rejects.toMatchObject({ exitCode: 1 });
    await expect(textFrom({ file: join(folder, 'missing') })).rejects.toThrow('cannot be read');
    await expect(textFrom({ file: '/dev/zero' })).rejects.toThrow('more than 4096 bytes');
  });

  it('refuses an empty passphrase, typed or read', async () => {
    await expect(textFrom({}, [''])).rejects.toThrow('The passphrase is empty');
    await expect(textFrom({ file: pathWith('\r\n') })).rejects.toThrow('The passphrase is empty');
  });
});
