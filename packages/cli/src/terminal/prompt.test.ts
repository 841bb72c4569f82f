import { describe, expect, it } from 'vitest';
import { CommandFailure } from '../command-failure.ts';
import { fakeTerminal } from './fake-terminal.test-support.ts';
import { confirm, promptChecked, promptSecret, promptText } from './prompt.ts';

/** What a person presses, key by key, and what comes of it. */
async function typed(...chunks: readonly (string | Buffer)[]): Promise<string> {
  const { terminal, input } = fakeTerminal({ answers: [] });
  const asked = promptSecret({ ...terminal, errors: fakeTerminal().terminal.errors }, 'Passphrase');
  for (const chunk of chunks) {
    input.write(chunk);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const secret = await asked;
  return secret.use((bytes) => bytes.toString());
}

describe('promptSecret', () => {
  it.each<[string, readonly string[], string]>([
    ['keys one by one', ['a', 'b', '\r'], 'ab'],
    ['a line feed as Enter', ['ab\n'], 'ab'],
    ['several bytes of one character apart', [], ''],
    ['backspace', ['abc\x7f\x7f\r'], 'a'],
    ['backspace over a character of several bytes', ['a€\x7f\r'], 'a'],
    ['backspace over nothing', ['\x7f\x08a\r'], 'a'],
    ['Ctrl-U, which begins anew', ['wrong\x15right\r'], 'right'],
    ['arrow keys and Escape, which mean nothing', ['a', '\x1b[D', '\x1b', 'b\r'], 'ab'],
    ['a tab and other control keys, which mean nothing', ['a\tb\x01\r'], 'ab'],
    ['Ctrl-D within a line, which means nothing', ['a\x04\r'], 'a'],
    ['spaces', [' a b \r'], ' a b '],
    ['nothing', ['\r'], ''],
  ])('takes %s', async (_what, keys, text) => {
    if (keys.length === 0) {
      const bytes = Buffer.from('€');
      expect(await typed(bytes.subarray(0, 1), bytes.subarray(1), '\r')).toBe('€');
    } else {
      expect(await typed(...keys)).toBe(text);
    }
  });

  it('leaves what is pasted behind the line to the next question', async () => {
    const { terminal, input } = fakeTerminal({ answers: [] });
    const quiet = { ...terminal, errors: fakeTerminal().terminal.errors };
    input.write('first\rsecond\rthird\r');
    for (const text of ['first', 'second', 'third']) {
      using secret = await promptSecret(quiet, 'Passphrase');
      expect(secret.use((bytes) => bytes.toString())).toBe(text);
    }
  });

  it('shows nothing of it', async () => {
    const { terminal, stdout, stderr } = fakeTerminal({ answers: ['hunter2'] });
    (await promptSecret(terminal, 'Passphrase')).dispose();
    expect(stdout() + stderr()).toBe('Passphrase: \n');
  });

  it('overwrites what came in from the terminal', async () => {
    const chunk = Buffer.from('hunter2\r');
    await typed(chunk);
    expect(chunk).toEqual(Buffer.alloc(8));
  });

  it.each([
    ['Ctrl-C', '\x03', 130],
    ['Ctrl-C within a line', 'ab\x03', 130],
    ['Ctrl-D', '\x04', 130],
    ['five thousand letters', `${'x'.repeat(5000)}\r`, 1],
  ])('fails at %s, and shows again what is written', async (_what, keys, exitCode) => {
    const fake = fakeTerminal({ answers: [] });
    const asked = promptSecret({ ...fake.terminal, errors: fakeTerminal().terminal.errors }, 'Passphrase');
    expect(fake.isRaw()).toBe(true);
    fake.input.write(keys);
    await expect(asked).rejects.toMatchObject({ exitCode });
    expect(fake.isRaw()).toBe(false);
  });
});

describe('promptText', () => {
  it('answers what is written, without the spaces around it', async () => {
    expect(await promptText(fakeTerminal({ answers: [' eu-west-2 '] }).terminal, 'Region')).toBe('eu-west-2');
  });

  it('answers the default where nothing is written, and shows it before', async () => {
    const { terminal, stderr } = fakeTerminal({ answers: [''] });
    expect(await promptText(terminal, 'Folder', './.keyhaven')).toBe('./.keyhaven');
    expect(stderr()).toContain('Folder [./.keyhaven]: ');
  });

  it.each([['\u0003'], [undefined]])('fails at Ctrl-C and at the end of the input: %j', async (answer) => {
    const { terminal } = fakeTerminal({ answers: answer === undefined ? [] : [answer] });
    await expect(promptText(terminal, 'Region')).rejects.toMatchObject({ exitCode: 130 });
  });

  it('is asked again until the answer is right', async () => {
    const { terminal, stderr } = fakeTerminal({ answers: ['x', '', '3'] });
    const check = (answer: string) => (/^\d$/.test(answer) ? undefined : 'A digit, please.');
    expect(await promptChecked(terminal, 'Number', '', check)).toBe('3');
    expect(stderr().match(/A digit, please\./g)).toHaveLength(2);
  });
});

describe('confirm', () => {
  it.each(['', 'y', 'YES', 'no', 'yes!'])('takes %j for a no', async (answer) => {
    await expect(confirm(fakeTerminal({ answers: [answer] }).terminal, 'Sure?')).rejects.toThrow(
      CommandFailure,
    );
  });

  it('does not take standard input for a person', async () => {
    await expect(confirm(fakeTerminal({ input: 'yes\n' }).terminal, 'Sure?')).rejects.toMatchObject({
      exitCode: 2,
    });
  });
});
