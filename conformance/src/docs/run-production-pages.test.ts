import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findAwsCli } from '../clients/aws-cli.ts';
import { findOnPath } from '../clients/programs.ts';
import { isProductionPage, readBlocks, readCommands, withoutChance } from './page.ts';
import { expectShown, type Outcome, runShownCommands } from './shown-commands.ts';

/*
 * The pages about production are run from their first command to their last, each in a folder of its own that stands for the
 * root of a machine: they make an installation, start its service, and do to it what they describe.
 */

const root = join(import.meta.dirname, '../../..');
const pages = readdirSync(join(root, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, text: readFileSync(join(root, 'docs', name), 'utf8') }))
  .filter(({ text }) => isProductionPage(text));

const cli = (await findAwsCli(2)) ?? (await findAwsCli(1));
const needed = ['bash', 'curl', 'openssl', 'age-keygen'];
const canRun = cli !== undefined && needed.every((name) => findOnPath(name).length > 0);

/** The ports that the pages show, and the folders that they use, which only their machine has. */
const shownPorts = ['4599', '4600'];
const shownFolders = ['/var/lib/keyhaven', '/mnt/backups', '/root/keyhaven'];

const pageMs = 240_000;

/** Ports that are free now. */
async function freePorts(): Promise<readonly string[]> {
  const servers = await Promise.all(
    shownPorts.map(
      () =>
        new Promise<{ readonly port: string; readonly close: () => void }>((resolve) => {
          const server = createServer();
          server.listen(0, '127.0.0.1', () => {
            const address = server.address();
            const port = typeof address === 'object' && address !== null ? String(address.port) : '';
            resolve({ port, close: () => server.close() });
          });
        }),
    ),
  );
  for (const { close } of servers) close();
  return servers.map(({ port }) => port);
}

/** The command as docs/install.md puts it on the PATH. */
function installCommand(folder: string): string {
  const bin = join(folder, 'usr/local/bin');
  mkdirSync(bin, { recursive: true });
  const command = join(bin, 'keyhaven');
  const program = join(root, 'packages/cli/bin/keyhaven.js');
  writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' --disable-sigusr1 '${program}' "$@"\n`);
  chmodSync(command, 0o755);
  return bin;
}

function environmentOf(folder: string, port: string): Readonly<Record<string, string | undefined>> {
  const foreign = /^(?:AWS_|KEYHAVEN_|NODE_OPTIONS$)/;
  const inherited = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return {
    ...Object.fromEntries(inherited),
    PATH: `${installCommand(folder)}${delimiter}${process.env['PATH'] ?? ''}`,
    KEYHAVEN_PORT: port,
    AWS_CLI: cli?.path ?? '',
    AWS_CONFIG_FILE: '/dev/null',
    // Stripping the types anew for each command would be most of the time.
    NODE_COMPILE_CACHE: join(tmpdir(), 'keyhaven-compile-cache'),
    LC_ALL: 'C.UTF-8',
  };
}

async function runPage(commands: readonly string[]): Promise<readonly Outcome[]> {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-page-'));
  const ports = await freePorts();
  const put = (command: string) => {
    const withPorts = shownPorts.reduce((text, port, at) => text.replaceAll(port, ports[at] ?? ''), command);
    return shownFolders.reduce((text, path) => text.replaceAll(path, `${folder}${path}`), withPorts);
  };
  for (const path of shownFolders) mkdirSync(join(folder, path), { recursive: true, mode: 0o700 });
  try {
    const outcomes = await runShownCommands(commands.map(put), {
      prelude: 'umask 077; aws() { command "$AWS_CLI" "$@"; }\n',
      folder: join(folder, '/root/keyhaven'),
      environment: environmentOf(folder, ports[0] ?? ''),
      timeoutMs: pageMs - 10_000,
    });
    return outcomes.map(({ code, output }) => ({ code, output: output.replaceAll(folder, '') }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('The documentation', () => {
  it.skipIf(!canRun).each(pages)(
    'shows how to run it for real, with commands that do what it says: $name',
    async ({ text }) => {
      const shown = readBlocks(text)
        .filter(({ language }) => language === 'console')
        .flatMap((block) => readCommands(block.text));
      expectShown(shown, await runPage(shown.map(({ command }) => command)));
    },
    pageMs,
  );

  it('runs every command that a page about production shows, or says why not', () => {
    expect(pages.length).toBeGreaterThan(0);
    for (const { name, text } of pages) {
      const others = readBlocks(text).filter(({ language }) => !['console', 'ini'].includes(language));
      expect(others.map(({ line }) => `${name}, line ${line}`)).toEqual([]);
    }
  });
});

describe.skipIf(!canRun)('A wrong page', () => {
  const shown = (output: string) => [{ command: 'keyhaven --version', output }];

  it('is noticed by what a command writes', async () => {
    const outcomes = await runPage(['keyhaven --version']);
    expect(() => expectShown(shown('0.0.9'), outcomes)).toThrow('keyhaven --version');
    expect(withoutChance(outcomes[0]?.output ?? '')).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('is noticed by a command that fails, that never ends or that does not exist', async () => {
    const outcomes = await runPage(['keyhaven versions', 'keyhavn', 'exit 3', 'true']);
    expect(outcomes.map(({ code }) => code)).toEqual(['2', '127']);
    for (const [index, { output }] of outcomes.entries()) {
      const one = [{ command: 'it', output: output.replace(/^keyhaven: /, '') }];
      expect(() => expectShown(one, outcomes.slice(index))).toThrow();
    }
    expect(() => expectShown([{ command: 'true', output: '' }], [])).toThrow('was not reached');
  });
});
