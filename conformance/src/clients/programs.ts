import { execFile } from 'node:child_process';
import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** How a program ended and what it wrote. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** Every executable of that name on the PATH, in its order, each file once. */
export function findOnPath(name: string): readonly string[] {
  const found = new Map<string, string>();
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      const file = realpathSync(path);
      if (!found.has(file)) found.set(file, path);
    } catch {
      // Not here.
    }
  }
  return [...found.values()];
}

/**
 * Runs a program without a shell and without standard input. No AWS setting of the machine reaches it: whoever runs
 * the tests may have real accounts configured.
 */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { cwd, environment, timeoutMs = 60_000 } = options;
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  const env = { ...Object.fromEntries(inherited), ...awsSettings, ...environment };
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      { cwd, env, timeout: timeoutMs, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr });
      },
    );
    child.stdin?.end();
  });
}

/** The development account's credentials, and nothing from a configuration file or an instance's metadata. */
export const awsSettings = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_DEFAULT_REGION: 'eu-west-2',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_PAGER: '',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
};
