import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCoreDumpLimit } from './read-process-facts.ts';

const script = join(import.meta.dirname, 'hardened.test-support.ts');

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyhaven-hygiene-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Resolves with what a process has written once that holds the text. */
function written(child: Child, text: string): Promise<string> {
  let all = '';
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        all += chunk;
        if (all.includes(text)) resolve(all);
      });
    }
    child.once('exit', () => {
      reject(new Error(`it ended without "${text}": ${all}`));
    });
  });
}

describe('SIGUSR1', () => {
  async function signal(args: readonly string[], awaited: string): Promise<string> {
    const child = spawn(process.execPath, ['--inspect-port=0', script, 'wait', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    try {
      await written(child, 'waiting');
      const told = written(child, awaited);
      child.kill('SIGUSR1');
      return await told;
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }

  it('opens the inspector of a process that does nothing about it', async () => {
    expect(await signal([], 'Debugger listening')).toContain('ws://127.0.0.1:');
  });

  it('opens no inspector once it is disabled', async () => {
    expect(await signal(['hardened'], 'open: ')).toBe('open: false\n');
  });
});

describe('a diagnostic report', () => {
  const report = (...args: readonly string[]) => {
    const { stdout } = spawnSync(process.execPath, [script, 'report', ...args], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      env: { CANARY: 'a secret in the environment' },
    });
    expect(stdout).toContain('nodejsVersion');
    return stdout;
  };

  it('holds the environment of a process that does nothing about it', () => {
    expect(report()).toContain('a secret in the environment');
  });

  it('leaves it out once that is said', () => {
    expect(report('hardened')).not.toContain('a secret in the environment');
  });
});

/** Elsewhere a core dump goes to a program or a folder that is not ours. */
const coresComeHere = readText('/proc/sys/kernel/core_pattern').trim() === 'core';

describe.skipIf(!coresComeHere)('A core dump', () => {
  /** Whether the text that the process printed is in the dump that it left. */
  function holdsMemory(...args: readonly string[]): boolean {
    const command = `ulimit -c unlimited; exec "$0" "$@"`;
    const { stdout } = spawnSync('/bin/sh', ['-c', command, process.execPath, script, 'crash', ...args], {
      cwd: folder,
      encoding: 'utf8',
    });
    const [core = 'no core dump'] = readdirSync(folder).filter((name) => name.startsWith('core'));
    expect(stdout).toMatch(/^[0-9a-f]{64}\n$/);
    return readFileSync(join(folder, core)).includes(stdout.trim());
  }

  it('holds the memory of a process that does nothing about it', () => {
    expect(holdsMemory()).toBe(true);
  });

  it('leaves it out once that is said', () => {
    expect(holdsMemory('hardened')).toBe(false);
  });
});

describe('what a process can see of itself', () => {
  const facts = (shell: string, ...flags: readonly string[]) => {
    const { stdout } = spawnSync(
      '/bin/sh',
      ['-c', `${shell}; exec "$0" "$@"`, process.execPath, ...flags, script, 'facts'],
      { encoding: 'utf8' },
    );
    return JSON.parse(stdout) as unknown;
  };

  it.skipIf(process.platform !== 'linux')('is its flags, its options and its limit', () => {
    expect(facts('ulimit -c 0', '--stack-trace-limit=7')).toEqual({
      nodeFlags: ['--stack-trace-limit=7'],
      nodeOptions: 'as given',
      isInspectorOpen: false,
      coreDumpLimit: 0,
    });
  });

  it('is that its inspector is open', () => {
    expect(facts('true', '--inspect=127.0.0.1:0')).toMatchObject({ isInspectorOpen: true });
  });

  it.each([
    ['0', 0],
    ['4096', 4096],
    ['unlimited', Infinity],
  ])('is a limit of %s on core dumps', (soft, expected) => {
    const path = join(folder, 'limits');
    const lines = ['Limit                     Soft Limit           Hard Limit           Units', ''];
    lines[1] = `Max core file size        ${soft.padEnd(20)} unlimited            bytes`;
    writeFileSync(path, lines.join('\n'));
    expect(readCoreDumpLimit(path)).toBe(expected);
  });

  it('is no limit where the file is not there or says something else', () => {
    const path = join(folder, 'limits');
    expect(readCoreDumpLimit(path)).toBeUndefined();
    writeFileSync(path, 'Max open files 1024 1024 files\n');
    expect(readCoreDumpLimit(path)).toBeUndefined();
  });
});

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
