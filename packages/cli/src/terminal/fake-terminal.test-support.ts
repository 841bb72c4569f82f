import { PassThrough } from 'node:stream';
import type { Terminal } from './terminal.ts';

/** A terminal that a test writes on and looks at. */
export interface FakeTerminal {
  readonly terminal: Terminal;
  readonly input: PassThrough;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Whether what is written is shown while it is: false while a secret is asked for. */
  readonly isRaw: () => boolean;
}

/**
 * With `answers` there is someone who writes the next one, and Enter, whenever a question ends in a colon. Without them
 * there is nobody, and `input` is what standard input holds.
 */
export function fakeTerminal({
  answers,
  input: text = '',
}: { readonly answers?: readonly string[]; readonly input?: string } = {}): FakeTerminal {
  const input = new PassThrough();
  const output = new PassThrough();
  const errors = new PassThrough();
  let [stdout, stderr, isRaw] = ['', '', false];
  const left = [...(answers ?? [])];
  output.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  errors.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    if (answers === undefined || !chunk.toString().endsWith(': ')) return;
    const answer = left.shift();
    // Written once whoever asks has begun to listen.
    setImmediate(() => {
      if (answer === undefined) input.end();
      else input.write(`${answer}\r`);
    });
  });
  const isTTY = answers !== undefined;
  const setRawMode = (value: boolean) => {
    isRaw = value;
  };
  if (!isTTY) input.end(text);
  return {
    terminal: {
      input: Object.assign(input, { isTTY, setRawMode }),
      output,
      errors: Object.assign(errors, { isTTY }),
    },
    input,
    stdout: () => stdout,
    stderr: () => stderr,
    isRaw: () => isRaw,
  };
}
