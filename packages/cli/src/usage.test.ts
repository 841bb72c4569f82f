import { describe, expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { type OptionSpec, optionTable } from '@keyhaven/server/config';
import { runKeyhaven } from './running-command.test-support.ts';

describe('keyhaven --help', () => {
  it('names the commands and the documentation', async () => {
    const { exitCode, stdout, stderr } = await runKeyhaven(['--help']).ended;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('serve');
    expect(stdout).toContain('docs/');
  });

  it('prints the version', async () => {
    const { exitCode, stdout } = await runKeyhaven(['--version']).ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${manifest.version}\n` });
  });

  it('is what a call without a command gets on standard error, as wrong usage', async () => {
    const { exitCode, stdout, stderr } = await runKeyhaven([]).ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('Usage: keyhaven');
  });
});

describe('keyhaven serve --help', () => {
  it('lists every option of the table with its environment variable and sentence', async () => {
    const { exitCode, stdout } = await runKeyhaven(['serve', '--help']).ended;
    expect(exitCode).toBe(0);
    const text = stdout.replaceAll(/\s+/g, ' ');
    for (const { flag, environment, doc, placeholder } of Object.values<OptionSpec>(optionTable)) {
      expect(text).toContain(`${flag} <${placeholder}> ${doc} [${environment}`);
    }
    expect(text).toContain('docs/');
  });
});

describe('keyhaven refuses', () => {
  it.each([
    [['serve', '--prot', '1'], "keyhaven: unknown option '--prot'\n(Did you mean --port?)\n"],
    [['sevre'], "keyhaven: unknown command 'sevre'\n(Did you mean serve?)\n"],
    [['serve', '--port'], "keyhaven: option '--port <number>' argument missing\n"],
    [['serve', 'here'], "keyhaven: too many arguments for 'serve'. Expected 0 arguments but got 1: here.\n"],
  ])('%j as wrong usage', async (args, stderr) => {
    expect(await runKeyhaven(args).ended).toMatchObject({ exitCode: 2, stdout: '', stderr });
  });

  it('a malformed port, with the rule and the next step, as wrong usage', async () => {
    const { exitCode, stdout, stderr } = await runKeyhaven(['serve', '--port', '99999']).ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toBe(
      'keyhaven: --port must be a whole number from 0 to 65535 (0 takes a free port), not "99999".\n' +
        'Give another value or leave the flag out (then it is 4599).\n',
    );
  });

  it('an address that others can reach, and says why', async () => {
    const { exitCode, stdout, stderr } = await runKeyhaven(['serve', '--host', '0.0.0.0']).ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/plain HTTP.*\n.*well-known credentials/);
    expect(stderr).toContain('--allow-unsafe plain-http --allow-unsafe well-known-credentials');
  });

  it('a malformed value in the environment, with exit code 1', async () => {
    const { exitCode, stderr } = await runKeyhaven(['serve'], { KEYHAVEN_PORT: 'many' }).ended;
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^keyhaven: KEYHAVEN_PORT must be a whole number .*\nGive it another value or unset it/,
    );
  });

  it('a KEYHAVEN_ variable that does not exist', async () => {
    expect(await runKeyhaven(['serve'], { KEYHAVEN_DATADIR: '/tmp' }).ended).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr:
        'keyhaven: Keyhaven has no environment variable KEYHAVEN_DATADIR.\nDid you mean KEYHAVEN_DATA_DIR?\n',
    });
  });
});
