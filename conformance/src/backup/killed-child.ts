import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';

/** When a child is killed: so long after it said something for the n-th time, whatever it said. */
export interface KillPoint {
  readonly lines: number;
  readonly afterMs: number;
}

/** Runs a script of this folder and kills it; answers what it said. One that ends by itself before is not killed. */
export async function killed(
  script: string,
  args: readonly string[],
  { lines, afterMs }: KillPoint,
): Promise<readonly string[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, script), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'keyhaven-compile-cache') },
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const said: string[] = [];
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')));
  const hasSaidEnough = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (said.push(line) === lines) resolve();
    });
  });
  await Promise.race([hasSaidEnough, exited]);
  await Promise.race([wait(afterMs), exited]);
  child.kill('SIGKILL');
  const [code] = await exited;
  if (code !== null && code !== 0) throw new Error(`the child ended with ${code}: ${errors}`);
  return said;
}
