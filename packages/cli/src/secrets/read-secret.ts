import { closeSync, openSync, read } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Secret } from '@keyhaven/crypto';
import { CommandFailure, exitCodes, refused } from '../command-failure.ts';
import { promptSecret } from '../terminal/prompt.ts';
import { isInteractive, type Terminal } from '../terminal/terminal.ts';

/** Longer than any passphrase or share; who gives more has named the wrong file. */
const mostBytes = 4096;

/** A writer at the other end of a pipe that does not block is waited for in steps of this length. */
const pipeStepMs = 20;

const readFile = promisify(read);

/** Where a secret is read from. At most one is given; with neither the user is asked. Never an argument: others see those. */
export interface SecretSource {
  /** `-` is standard input. */
  readonly file: string | undefined;
  readonly fd: number | undefined;
}

export interface SecretRequest {
  /** What it is, for questions and refusals: `passphrase`. */
  readonly what: string;
  /** The flags that name a source, for refusals: `--passphrase-file`. */
  readonly flags: string;
  /** A new secret is asked for twice, because nothing can tell that it is mistyped. */
  readonly isNew: boolean;
}

/** Reads a secret: its bytes without the line feed at their end. Throws CommandFailure. */
export async function readSecret(
  source: SecretSource,
  request: SecretRequest,
  terminal: Terminal,
): Promise<Secret> {
  const secret = await readFrom(source, request, terminal);
  if (secret.length > 0) return secret;
  secret.dispose();
  throw refused(`The ${request.what} is empty.`, 'Give one that is not.');
}

async function readFrom(
  { file, fd }: SecretSource,
  request: SecretRequest,
  terminal: Terminal,
): Promise<Secret> {
  const { what } = request;
  if (fd !== undefined) return readDescriptor(fd, `The file descriptor ${fd}`, what);
  if (file !== undefined && file !== '-') return readPath(file, what);
  if (isInteractive(terminal)) return ask(request, terminal);
  if (file === '-') return readStream(terminal.input, what);
  throw new CommandFailure(
    `The ${what} is asked for on a terminal, and there is none.`,
    `Name where it is read from with ${request.flags}.`,
    exitCodes.usage,
  );
}

async function ask({ what, isNew }: SecretRequest, terminal: Terminal): Promise<Secret> {
  for (;;) {
    const first = await promptSecret(terminal, isNew ? `New ${what}` : upperFirst(what));
    if (!isNew || first.length === 0) return first;
    const second = await promptSecret(terminal, `The same ${what} again`);
    const isSame = first.equals(second);
    second.dispose();
    if (isSame) return first;
    first.dispose();
    terminal.errors.write('These two differ.\n');
  }
}

async function readPath(path: string, what: string): Promise<Secret> {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    throw refused(`The file ${path} with the ${what} cannot be read.`, 'Name one that this user may read.');
  }
  try {
    return await readDescriptor(fd, `The file ${path}`, what);
  } finally {
    closeSync(fd);
  }
}

/** Up to its end: files, pipes and sockets alike. */
async function readDescriptor(fd: number, name: string, what: string): Promise<Secret> {
  const bytes = Buffer.alloc(mostBytes + 1);
  let length = 0;
  try {
    for (;;) {
      const count = await readSome(fd, bytes, length);
      if (count === 0) return takeLine(bytes.subarray(0, length));
      length += count;
      if (length > mostBytes) throw tooLong(name, what);
    }
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw refused(
      `${name} with the ${what} cannot be read.`,
      'Name a file or an open file descriptor that can be read.',
    );
  } finally {
    bytes.fill(0);
  }
}

async function readSome(fd: number, bytes: Buffer, at: number): Promise<number> {
  for (;;) {
    try {
      return (await readFile(fd, bytes, at, bytes.length - at, null)).bytesRead;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
      await delay(pipeStepMs);
    }
  }
}

async function readStream(input: Terminal['input'], what: string): Promise<Secret> {
  const bytes = Buffer.alloc(mostBytes);
  let length = 0;
  try {
    for await (const chunk of input as AsyncIterable<Buffer>) {
      if (length + chunk.length > mostBytes) throw tooLong('Standard input', what);
      bytes.set(chunk, length);
      length += chunk.length;
      chunk.fill(0);
    }
    return takeLine(bytes.subarray(0, length));
  } finally {
    bytes.fill(0);
  }
}

/** Without the line feed that editors and echo leave at the end, which nobody means. */
function takeLine(bytes: Buffer): Secret {
  const lineFeed = bytes.at(-1) === 0x0a ? 1 : 0;
  const carriageReturn = lineFeed === 1 && bytes.at(-2) === 0x0d ? 1 : 0;
  return Secret.take(bytes.subarray(0, bytes.length - lineFeed - carriageReturn));
}

function tooLong(name: string, what: string): CommandFailure {
  return refused(`${name} holds more than ${mostBytes} bytes, which no ${what} has.`, 'Name another.');
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
