import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findOnPath } from '../clients/programs.ts';

const root = join(import.meta.dirname, '../../..');
const readDeployed = (name: string) => readFileSync(join(root, 'deploy', name), 'utf8');

/** Where the units expect the repository. */
const installed = '/opt/keyhaven';

const [systemdAnalyze] = findOnPath('systemd-analyze');

describe.skipIf(systemdAnalyze === undefined)('The systemd units', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'keyhaven-units-'));
    // Nothing is installed here: the program is looked for where it is, the Node that runs the tests in its place.
    const service = readDeployed('keyhaven.service')
      .replaceAll(`${installed}/node_modules/.bin/node`, process.execPath)
      .replaceAll(installed, root);
    writeFileSync(join(folder, 'keyhaven.service'), service);
    writeFileSync(join(folder, 'keyhaven.socket'), readDeployed('keyhaven.socket'));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function analyze(...args: readonly string[]) {
    const { status, stdout, stderr } = spawnSync(systemdAnalyze ?? '', args, {
      cwd: folder,
      encoding: 'utf8',
    });
    return { status, text: stdout + stderr };
  }

  it('hold nothing that systemd does not know', () => {
    // A unit of the machine itself may be at fault; only what is said of ours counts.
    const { text } = analyze('verify', './keyhaven.service', './keyhaven.socket');
    expect(text.split('\n').filter((line) => line.includes('keyhaven'))).toEqual([]);
  });

  it('are said to be at fault when they are', () => {
    writeFileSync(
      join(folder, 'broken.service'),
      '[Service]\nExecStart=/nowhere/keyhaven\nProtectEverything=yes\n',
    );
    const { text } = analyze('verify', './broken.service');
    expect(text).toContain('ProtectEverything');
    expect(text).toContain('/nowhere/keyhaven');
  });

  it('leave the service an exposure of at most 1.5 of 10', () => {
    const security = (threshold: number) =>
      analyze('security', '--offline=true', `--threshold=${threshold}`, './keyhaven.service');
    expect(security(15)).toMatchObject({ status: 0 });
    expect(security(1).status).not.toBe(0);
  });
});

describe('the files for a deployment', () => {
  it('start the command that there is', () => {
    const command = 'packages/cli/bin/keyhaven.js';
    expect(existsSync(join(root, command))).toBe(true);
    expect(readDeployed('keyhaven.service')).toMatch(
      new RegExp(
        `^ExecStart=${installed}/node_modules/\\.bin/node --disable-sigusr1 ${installed}/${command} serve `,
        'm',
      ),
    );
    expect(readDeployed('Containerfile')).toContain(`"--disable-sigusr1", "${installed}/${command}"]`);
  });

  it.each([
    'LimitCORE=0',
    'MemorySwapMax=0',
    'UnsetEnvironment=NODE_OPTIONS',
    'ExecReload=/bin/kill -HUP $MAINPID',
  ])('say %s', (line) => {
    expect(readDeployed('keyhaven.service').split('\n')).toContain(line);
  });

  it('copy the manifest of every workspace into the image, without which npm ci refuses', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      readonly packages: Readonly<Record<string, { readonly link?: boolean; readonly resolved?: string }>>;
    };
    const workspaces = Object.values(lock.packages).filter(({ link }) => link === true);
    const copied = [...readDeployed('Containerfile').matchAll(/^COPY (\S+?)(?:package\.json)? \S+$/gm)];
    const covers = (folder: string) => copied.some(([, from = '']) => `${folder}/`.startsWith(from));
    expect(workspaces.length).toBeGreaterThan(5);
    expect(workspaces.map(({ resolved = '' }) => resolved).filter((folder) => !covers(folder))).toEqual([]);
  });
});
