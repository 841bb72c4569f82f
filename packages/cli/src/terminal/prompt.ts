import { createInterface } from 'node:readline/promises';
import { Secret } from '@keyhaven/crypto';
import { CommandFailure, exitCodes, refused } from '../command-failure.ts';
import { isInteractive, type Terminal } from './terminal.ts';

/** Longer than any passphrase or share. */
const mostBytes = 4096;

/** Asks for a line of text; an empty answer is `otherwise`. Throws CommandFailure at Ctrl-C and at the end of the input. */
export async function promptText(terminal: Terminal, question: string, otherwise = ''): Promise<string> {
  const hint = otherwise === '' ? '' : ` [${otherwise}]`;
  const lines = createInterface({ input: terminal.input, output: terminal.errors, terminal: true });
  const ended = new AbortController();
  lines.once('SIGINT', () => {
    ended.abort();
  });
  lines.once('close', () => {
    ended.abort();
  });
  try {
    const answer = await lines.question(`${question}${hint}: `, { signal: ended.signal });
    return answer.trim() === '' ? otherwise : answer.trim();
  } catch (error) {
    if (!ended.signal.aborted) throw error;
    throw interrupted(terminal);
  } finally {
    lines.close();
  }
}

/** Asks until the answer passes `check`, which answers what is wrong with it or undefined. */
export async function promptChecked(
  terminal: Terminal,
  question: string,
  otherwise: string,
  check: (answer: string) => string | undefined,
): Promise<string> {
  for (;;) {
    const answer = await promptText(terminal, question, otherwise);
    const wrong = check(answer);
    if (wrong === undefined) return answer;
    terminal.errors.write(`${wrong}\n`);
  }
}

/** Asks for a yes, which must be written out. Throws CommandFailure where there is nobody to ask. */
export async function confirm(terminal: Terminal, warning: string): Promise<void> {
  if (!isInteractive(terminal))
    throw new CommandFailure(
      'This asks for a confirmation, and there is no terminal to ask on.',
      'Give --yes if you are sure.',
      exitCodes.usage,
    );
  terminal.errors.write(`${warning}\n`);
  const answer = await promptText(terminal, 'Write yes to go on');
  if (answer !== 'yes') throw refused('Nothing was done.', 'Write yes in full, or give --yes.');
}

/** Asks for a secret, which is not shown while it is written. Throws CommandFailure at Ctrl-C and at the end of the input. */
export async function promptSecret(terminal: Terminal, question: string): Promise<Secret> {
  const { input, errors } = terminal;
  errors.write(`${question}: `);
  const line = new SecretLine();
  input.setRawMode?.(true);
  try {
    for (;;) {
      const chunk = await nextChunk(input);
      if (chunk === undefined) throw interrupted(terminal);
      const outcome = line.take(chunk);
      if (outcome === 'interrupted') throw interrupted(terminal);
      if (outcome === 'more') continue;
      // What was pasted behind the line is the answer to the next question.
      if (outcome.rest.length > 0) input.unshift(outcome.rest);
      errors.write('\n');
      return line.finish();
    }
  } finally {
    line.dispose();
    input.setRawMode?.(false);
    input.pause();
  }
}

const ctrlC = 0x03;
const ctrlD = 0x04;
const ctrlU = 0x15;
const escape = 0x1b;
const backspaces: ReadonlySet<number> = new Set([0x08, 0x7f]);
const lineEnds: ReadonlySet<number> = new Set([0x0a, 0x0d]);

/** A line of bytes in memory of its own, edited as a terminal in its ordinary mode would let it be. */
class SecretLine {
  readonly #bytes = Buffer.alloc(mostBytes);
  #length = 0;

  /** Zeroises the chunk. Answers what came behind the end of the line once that has come. */
  take(chunk: Buffer): 'more' | 'interrupted' | { readonly rest: Buffer } {
    try {
      for (const [index, byte] of chunk.entries()) {
        if (byte === ctrlC || (byte === ctrlD && this.#length === 0)) return 'interrupted';
        if (lineEnds.has(byte)) return { rest: Buffer.from(chunk.subarray(index + 1)) };
        // Keys such as the arrows send several bytes at once, which are no part of a passphrase.
        if (byte === escape) return 'more';
        this.#edit(byte);
      }
      return 'more';
    } finally {
      chunk.fill(0);
    }
  }

  finish(): Secret {
    return Secret.take(Buffer.from(this.#bytes.subarray(0, this.#length)));
  }

  dispose(): void {
    this.#bytes.fill(0);
  }

  #edit(byte: number): void {
    if (byte === ctrlU) this.#length = 0;
    else if (backspaces.has(byte)) this.#removeCharacter();
    else if (byte >= 0x20) {
      if (this.#length === mostBytes) throw refused(`This is longer than ${mostBytes} bytes.`, 'Give less.');
      this.#bytes[this.#length++] = byte;
    }
  }

  /** All bytes of it: in UTF-8 those after the first begin with the bits 10. */
  #removeCharacter(): void {
    while (this.#length > 0) {
      const byte = this.#bytes[--this.#length] ?? 0;
      if ((byte & 0xc0) !== 0x80) return;
    }
  }
}

function nextChunk(input: Terminal['input']): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      input.off('data', onData).off('end', onEnd).off('error', onError).pause();
      act();
    };
    const onData = (chunk: Buffer | string) => {
      settle(() => {
        resolve(typeof chunk === 'string' ? Buffer.from(chunk, 'utf8') : chunk);
      });
    };
    const onEnd = () => {
      settle(() => {
        resolve(undefined);
      });
    };
    const onError = (error: Error) => {
      settle(() => {
        reject(error);
      });
    };
    input.on('data', onData).on('end', onEnd).on('error', onError).resume();
    if (input.readableEnded) onEnd();
  });
}

function interrupted({ errors }: Terminal): CommandFailure {
  errors.write('\n');
  return new CommandFailure('Interrupted; nothing was done.', '', exitCodes.interrupted);
}
