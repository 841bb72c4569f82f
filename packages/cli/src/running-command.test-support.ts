import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readEnvironment } from '@keyhaven/server/config';

const bin = fileURLToPath(new URL('../bin/keyhaven.js', import.meta.url));

export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `keyhaven` as a user runs it: a process of its own, with the pinned Node. */
export interface RunningCommand {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Resolves with the first line of standard output that matches; rejects if the command ends without it. */
  line(pattern: RegExp): Promise<string>;
  /** The same of standard error. */
  errorLine(pattern: RegExp): Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

/** Runs `keyhaven` with nothing of ours in its environment but what is given. */
export function runKeyhaven(
  args: readonly string[],
  environment: Record<string, string> = {},
): RunningCommand {
  const inherited = Object.entries(readEnvironment()).filter(([name]) => !name.startsWith('KEYHAVEN_'));
  const child = spawn(process.execPath, [bin, ...args], {
    env: { ...Object.fromEntries(inherited), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => {
      resolve({ exitCode, signal, stdout, stderr });
    });
  });
  const findLine = (stream: NodeJS.ReadableStream, read: () => string, pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = read()
          .split('\n')
          .slice(0, -1)
          .find((line) => pattern.test(line));
        if (found !== undefined) resolve(found);
      };
      stream.on('data', look);
      look();
      ended.then(() => {
        reject(new Error(`keyhaven ended without the line: ${stderr}`));
      }, reject);
    });
  return {
    pid: child.pid ?? 0,
    ended,
    line: (pattern) => findLine(child.stdout, () => stdout, pattern),
    errorLine: (pattern) => findLine(child.stderr, () => stderr, pattern),
    kill(signal) {
      child.kill(signal);
    },
  };
}
