import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { noteSeenOperations } from '@keyhaven/testkit/seen-operations';

const bin = join(import.meta.dirname, '../../../packages/cli/bin/keyhaven.js');

/** A service in a process of its own, which can be killed. */
export interface ServedFolder {
  readonly url: string;
  readonly pid: number;
  /** What it wrote to standard error so far. */
  errorLines(): readonly string[];
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Resolves with the exit code once it ended by itself. */
  ended(): Promise<number | null>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** How a start was refused. */
export interface RefusedStart {
  readonly exitCode: number | null;
  readonly stderr: string;
}

/** How a service is started, where that matters. */
export interface ServeSettings {
  /** Any free port unless given. */
  readonly port?: number;
  /** Further flags of `keyhaven serve`. */
  readonly flags?: readonly string[];
  /** Flags of Node's own. */
  readonly nodeFlags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

function spawnService(dataDir: string, settings: ServeSettings = {}): ChildProcess {
  const { port = 0, flags = [], nodeFlags = [], environment = {} } = settings;
  const serve = [bin, 'serve', '--port', String(port), '--data-dir', dataDir];
  return spawn(process.execPath, [...nodeFlags, ...serve, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Stripping the types anew at each of hundreds of starts would be most of the time.
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'keyhaven-compile-cache'), ...environment },
  });
}

/** Serves what `keyhaven init` made, over plain HTTP. */
export const productionSettings: ServeSettings = {
  flags: ['--profile', 'production', '--allow-unsafe', 'plain-http'],
};

/** Starts `keyhaven serve` on a folder and waits until it listens. */
export async function serveFolder(dataDir: string, settings?: ServeSettings): Promise<ServedFolder> {
  const child = spawnService(dataDir, settings);
  const { stdout, stderr, pid } = child;
  if (stdout === null || stderr === null || pid === undefined)
    throw new Error('the service could not be spawned');
  const errors: string[] = [];
  createInterface({ input: stderr }).on('line', (line) => errors.push(line));
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: stdout }).on('line', (line) => {
      const found = /^listening on (.*)$/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    exited.then(([code]) => {
      reject(new Error(`the service ended with ${code ?? 'a signal'}: ${errors.join('\n')}`));
    }, reject);
  });
  return {
    url,
    pid,
    errorLines: () => errors,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async ended() {
      const [code] = await exited;
      return code;
    },
    async stop() {
      child.kill('SIGTERM');
      const [code] = await exited;
      noteSeenOperations(dataDir);
      return code;
    },
  };
}

/** Starts `keyhaven serve` on a folder that it must refuse, and answers what it said. */
export async function refusedStart(dataDir: string): Promise<RefusedStart> {
  const child = spawnService(dataDir);
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  child.stdout?.on('data', (chunk: Buffer) => {
    if (chunk.includes('listening on')) child.kill('SIGKILL');
  });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, stderr };
}

/** Starts `keyhaven serve` and kills it after a time at which it may still be starting. */
export async function killWhileStarting(dataDir: string, afterMs: number): Promise<void> {
  const child = spawnService(dataDir);
  const exited = once(child, 'exit');
  await wait(afterMs);
  child.kill('SIGKILL');
  await exited;
}

/** A port that is free now, for a service that comes back on the same one. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
