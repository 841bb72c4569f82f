import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Secret } from '@keyhaven/crypto';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeTerminal } from '../terminal/fake-terminal.test-support.ts';
import { addSealOptions, enterSeal } from './enter-seal.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyhaven-enter-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function fileWith(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const textOf = (secret: Secret | undefined) => secret?.use((bytes) => bytes.toString());

async function enter(
  args: readonly string[],
  needs: Parameters<ReturnType<typeof enterSeal>>[0],
  answers?: readonly string[],
) {
  const command = new Command('doctor');
  addSealOptions(command);
  command.parse(args, { from: 'user' });
  const fake = fakeTerminal(answers === undefined ? {} : { answers });
  const { passphrase, shares = [] } = await enterSeal(command, fake.terminal, () => undefined)(needs);
  return { passphrase: textOf(passphrase), shares: shares.map(textOf), asked: fake.stderr() };
}

const twoShares = { automatic: false, by: 'shares', threshold: 2 } as const;
const onePassphrase = { automatic: false, by: 'passphrase' } as const;

describe('What opens a seal where no service runs', () => {
  it('is read from the files of the shares', async () => {
    const [one, two] = [fileWith('1', 'S-1\n'), fileWith('2', 'S-2\n')];
    const entered = await enter(['--share-file', one, '--share-file', two], twoShares);
    expect(entered).toEqual({ passphrase: undefined, shares: ['S-1', 'S-2'], asked: '' });
  });

  it('is asked for where there are fewer files than are needed', async () => {
    const entered = await enter(['--share-file', fileWith('1', 'S-1')], twoShares, ['S-3']);
    expect(entered.shares).toEqual(['S-1', 'S-3']);
    expect(entered.asked).toBe('Share 2 of 2: \n');
  });

  it('is read from the file of a passphrase', async () => {
    const entered = await enter(['--passphrase-file', fileWith('p', 'correct horse\n')], onePassphrase);
    expect(entered.passphrase).toBe('correct horse');
  });

  it.each([
    [onePassphrase, /passphrase is asked for on a terminal, and there is none/],
    [twoShares, /share 1 of 2 is asked for on a terminal, and there is none/],
  ])('is refused where there is neither a file nor anybody to ask: %j', async (needs, message) => {
    await expect(enter([], needs)).rejects.toThrow(message);
  });
});
