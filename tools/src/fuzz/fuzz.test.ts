import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FuzzTarget } from '../../../packages/policy/src/fuzz/fuzz-target.test-support.ts';
import { runTarget } from './run-target.ts';
import { fuzzTargets } from './targets.ts';

const seed = 20_121_017;

function fuzz(...args: readonly string[]) {
  const script = join(import.meta.dirname, '../fuzz.ts');
  return spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', timeout: 60_000 });
}

describe('What is fuzzed holds for a fixed set of inputs', () => {
  it.each(fuzzTargets.map((target) => [target.name, target] as const))('%s', async (_, target) => {
    expect(await runTarget(target, seed, 3_000)).toBeUndefined();
  });

  it('and every target has a name of its own', () => {
    expect(new Set(fuzzTargets.map(({ name }) => name)).size).toBe(fuzzTargets.length);
  });
});

describe('runTarget', () => {
  const failing: FuzzTarget = {
    name: 'fails for long texts',
    property: () =>
      fc.property(fc.string(), (text) => {
        if (text.length > 3) throw new Error('too long');
      }),
  };

  it('tells the seed and the smallest input of a failure, the same each time', async () => {
    const failure = await runTarget(failing, seed, 1_000);
    expect(failure).toMatchObject({ seed, reason: expect.stringContaining('too long') as string });
    expect(failure?.input).toMatch(/^\["....."?\]$/);
    expect(await runTarget(failing, seed, 1_000)).toMatchObject({ input: failure?.input });
  });
});

describe('npm run fuzz', () => {
  it('ends with 0 after the time that it is given, and prints its seeds', () => {
    const { status, stdout } = fuzz('--seconds', '0', '--inputs', '5', '--seed', '7');
    expect([status, stdout]).toEqual([0, 'seed 7\n']);
  });

  it('explains itself', () => {
    const { status, stdout } = fuzz('--help');
    expect([status, stdout]).toEqual([0, expect.stringContaining('--seconds N')]);
  });

  it.each([
    ['a time that is no number', ['--seconds', 'ten']],
    ['an unknown option', ['--forever']],
    ['a target that is not there', ['--target', 'nothing of the kind']],
  ])('refuses %s', (_, args) => {
    const { status, stderr } = fuzz(...args);
    expect([status, stderr]).toEqual([2, expect.stringContaining('Usage: npm run fuzz')]);
  });
});
