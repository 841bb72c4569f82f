import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningCommand, runKeyhaven } from '../running-command.test-support.ts';

let folder: string;
let running: RunningCommand[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyhaven-serve-'));
  running = [];
});
afterEach(async () => {
  for (const command of running) command.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  rmSync(folder, { recursive: true, force: true });
});

function serve(args: readonly string[] = [], environment: Record<string, string> = {}): RunningCommand {
  const command = runKeyhaven(['serve', '--data-dir', join(folder, 'data'), ...args], environment);
  running.push(command);
  return command;
}

const listening = /^listening on (http:\/\/127\.0\.0\.1:\d+)$/;

async function urlOf(command: RunningCommand): Promise<string> {
  return (await command.line(listening)).replace('listening on ', '');
}

describe('keyhaven serve', () => {
  it('prints what a developer needs and, last, the line with the port that --port 0 took', async () => {
    const command = serve(['--port', '0']);
    const url = await urlOf(command);
    expect(new URL(url).port).not.toBe('0');
    expect((await fetch(`${url}/health`)).status).toBe(200);
    command.kill('SIGTERM');
    const { stdout, stderr } = await command.ended;
    expect(stderr).toBe('');
    expect(stdout).toContain('Keyhaven 0.1.0');
    expect(stdout).toContain(join(folder, 'data'));
    expect(stdout).toContain(
      'export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=eu-west-2 AWS_PAGER= AWS_EC2_METADATA_DISABLED=true',
    );
    expect(stdout).toContain(`aws --endpoint-url ${url} kms create-key`);
    expect(stdout).toMatch(/development profile: well-known credentials, plain HTTP/);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(`listening on ${url}`);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends with exit code 0 at %s and lets go of its folder',
    async (signal) => {
      const command = serve(['--port', '0']);
      await urlOf(command);
      command.kill(signal);
      expect(await command.ended).toMatchObject({ exitCode: 0, signal: null });
      await urlOf(serve(['--port', '0']));
    },
  );

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)(
    'ends at once with exit code of a second %s while a request keeps it',
    async (signal, exitCode) => {
      const command = serve(['--port', '0']);
      const url = await urlOf(command);
      // A request whose body never ends: the service waits for it before it closes.
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{'));
        },
      });
      const abort = new AbortController();
      const request = fetch(url, {
        method: 'POST',
        body,
        duplex: 'half',
        signal: abort.signal,
      }).catch(() => undefined);
      await untilConnected(url);
      command.kill('SIGTERM');
      await untilRefused(url);
      command.kill(signal);
      expect(await command.ended).toMatchObject({ exitCode });
      abort.abort();
      await request;
    },
  );

  it('takes its options from the environment', async () => {
    const command = serve([], { KEYHAVEN_PORT: '0' });
    await urlOf(command);
  });

  it('refuses a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const { exitCode, stdout, stderr } = await serve(['--port', String(port)]).ended;
    other.close();
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^keyhaven: Port ${port} .* is taken .*\\n.*--port.*\\n$`));
  });

  it('refuses a data folder that cannot be made', async () => {
    writeFileSync(join(folder, 'file'), '');
    const command = runKeyhaven(['serve', '--port', '0', '--data-dir', join(folder, 'file', 'below')]);
    running.push(command);
    const { exitCode, stderr } = await command.ended;
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^keyhaven: The data folder .*below cannot be made or written.*\n.*--data-dir\.\n$/,
    );
  });

  it('refuses a folder that another process uses, and names that process', async () => {
    const owner = serve(['--port', '0']);
    await urlOf(owner);
    const { exitCode, stderr } = await serve(['--port', '0']).ended;
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`^keyhaven: The data folder .* is in use by process ${owner.pid}, .*\\n.*\\n$`),
    );
  });

  it('refuses a wrong seed file before it makes anything', async () => {
    const seed = join(folder, 'seed.yaml');
    writeFileSync(seed, 'accounts:\n  - id: 111122223333\n');
    const { exitCode, stderr } = await serve(['--port', '0', '--seed', seed]).ended;
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^keyhaven: The seed file .* is wrong in line 2: .*quote account ids.*\n.*\n$/);
    expect(readdirSync(folder)).toEqual(['seed.yaml']);
  });
});

/** Waits until the service has taken the request before: it answers another one. */
async function untilConnected(url: string): Promise<void> {
  await (await fetch(`${url}/health`)).arrayBuffer();
}

/** Waits until the service takes no more connections. */
async function untilRefused(url: string): Promise<void> {
  for (;;) {
    try {
      await (await fetch(`${url}/health`, { headers: { connection: 'close' } })).arrayBuffer();
    } catch {
      return;
    }
  }
}
