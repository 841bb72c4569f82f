import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findAwsCli } from '../clients/aws-cli.ts';
import { findOnPath } from '../clients/programs.ts';
import { type Outcome, runShownCommands } from './shown-commands.ts';

/*
 * Where the pages about production are run: a temporary folder stands for the root of a machine, this repository for
 * /opt/keyhaven, and free ports for those that are shown.
 */

const repository = join(import.meta.dirname, '../../..');
const shownRepository = '/opt/keyhaven';
const shownPorts = ['4599', '4600'];

/** The folders that the pages use; commands are typed in the first. */
const [home, ...others] = ['/etc/keyhaven', '/var/lib/keyhaven', '/mnt/backups'];

const cli = (await findAwsCli(2)) ?? (await findAwsCli(1));

/** Whether this machine has what the pages call. */
export const canRunPages =
  cli !== undefined && ['bash', 'curl', 'openssl', 'jq'].every((name) => findOnPath(name).length > 0);

/** How long a page may take. */
export const pageMs = 180_000;

/** Runs the commands of a page; what they wrote, with the names that the page shows. */
export async function runOnMachine(commands: readonly string[]): Promise<readonly Outcome[]> {
  const root = mkdtempSync(join(tmpdir(), 'keyhaven-page-'));
  const ports = await findFreePorts(shownPorts.length);
  const own = [
    [shownRepository, repository],
    ...[home, ...others].map((path) => [path, `${root}${path}`] as const),
    ...shownPorts.map((port, at) => [port, ports[at] ?? ''] as const),
  ] as const;
  for (const path of [home, ...others]) mkdirSync(join(root, path), { recursive: true, mode: 0o700 });
  try {
    const outcomes = await runShownCommands(
      commands.map((command) => own.reduce((text, [shown, real]) => text.replaceAll(shown, real), command)),
      {
        prelude: 'umask 077; aws() { command "$AWS_CLI" "$@"; }\n',
        folder: join(root, home),
        environment: environmentOf(ports[0] ?? ''),
        timeoutMs: pageMs - 10_000,
      },
    );
    return outcomes.map(({ code, output }) => ({
      code,
      output: own.reduce((text, [shown, real]) => text.replaceAll(real, shown), output),
    }));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function environmentOf(port: string): Readonly<Record<string, string | undefined>> {
  const foreign = /^(?:AWS_|KEYHAVEN_|NODE_OPTIONS$)/;
  const inherited = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return {
    ...Object.fromEntries(inherited),
    KEYHAVEN_PORT: port,
    AWS_CLI: cli?.path ?? '',
    AWS_CONFIG_FILE: '/dev/null',
    // Stripping the types anew for each command would be most of the time.
    NODE_COMPILE_CACHE: join(tmpdir(), 'keyhaven-compile-cache'),
    LC_ALL: 'C.UTF-8',
  };
}

/**
 * Free ports below those that systems give to whoever asks for any: between here and the start of the page's service, a test
 * beside this one cannot be given them.
 */
async function findFreePorts(count: number): Promise<readonly string[]> {
  const found: string[] = [];
  while (found.length < count) {
    const port = randomInt(10_000, 32_000);
    if (!found.includes(String(port)) && (await isFree(port))) found.push(String(port));
  }
  return found;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
