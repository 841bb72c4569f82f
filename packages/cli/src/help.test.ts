import { describe, expect, it } from 'vitest';
import { commandFamilies } from './command-families.ts';
import { run } from './scripted-service.test-support.ts';

const commands = [
  'init',
  'serve',
  'status',
  'unseal',
  'seal',
  'seal status',
  'seal change',
  'root rotate',
  'domain rotate',
  'account create',
  'account list',
  'account disable',
  'account enable',
  'account recover',
  'access-key list',
  'access-key disable',
  'control-policy set',
  'control-policy list',
  'control-policy remove',
  'backup',
  'doctor',
  'explain',
  'who-can',
  'jobs',
  'jobs hold',
  'jobs release',
  'destruction status',
  'attestation root',
  'attestation make',
];

describe('The help', () => {
  it('names every family of commands', async () => {
    const { exitCode, stdout } = await run(['--help']);
    expect(exitCode).toBe(0);
    for (const { name } of commandFamilies) expect(stdout).toMatch(new RegExp(`^  ${name} .*\\S`, 'm'));
  });

  it.each(commands)('of %s explains it, with examples that call it', async (words) => {
    const { exitCode, stdout, stderr } = await run([...words.split(' '), '--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(`Usage: keyhaven ${words} `);
    const [, examples = ''] = stdout.split('\nExamples:\n');
    expect(examples).toContain(`keyhaven ${words}`);
  });

  it.each(['root', 'domain', 'account', 'access-key', 'control-policy', 'destruction', 'attestation'])(
    'of %s is what it prints where no command follows, as wrong usage',
    async (name) => {
      const { exitCode, stdout, stderr } = await run([name]);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toContain(`Usage: keyhaven ${name}`);
    },
  );

  it('has no line that is wider than a hundred characters, examples apart', async () => {
    for (const words of commands) {
      const { stdout } = await run([...words.split(' '), '--help']);
      const [text = ''] = stdout.split('\nExamples:\n');
      for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
    }
  });
});
