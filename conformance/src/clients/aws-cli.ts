import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ended, findOnPath, run } from './programs.ts';

/** An AWS CLI of this machine. */
export interface AwsCli {
  readonly path: string;
  /** `2.9.19`. */
  readonly version: string;
}

/** The first AWS CLI of that major version on the PATH; undefined where there is none. */
export async function findAwsCli(major: 1 | 2): Promise<AwsCli | undefined> {
  for (const path of findOnPath('aws')) {
    const { stdout, stderr } = await run(path, ['--version']);
    const version = /^aws-cli\/([\d.]+)/.exec(stdout || stderr)?.[1];
    if (version?.startsWith(`${major}.`) === true) return { path, version };
  }
  return undefined;
}

/** Where `aws` stands for a given CLI that speaks to a given service; files are left in a folder of its own. */
export class AwsShell {
  readonly folder = mkdtempSync(join(tmpdir(), 'keyhaven-cli-'));
  readonly #cli: AwsCli;
  readonly #url: string;

  constructor(cli: AwsCli, url: string) {
    this.#cli = cli;
    this.#url = url;
  }

  /** Runs a Bash script in which `aws` is that CLI; it ends at the first command that fails. */
  run(script: string, environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const prelude = 'set -euo pipefail; aws() { command "$AWS_CLI" --endpoint-url "$KEYHAVEN_URL" "$@"; }\n';
    return run('bash', ['-c', prelude + script], {
      cwd: this.folder,
      environment: { AWS_CLI: this.#cli.path, KEYHAVEN_URL: this.#url, ...environment },
    });
  }

  /** What the script wrote; throws if it failed. */
  async output(script: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(script, environment);
    if (code !== 0) throw new Error(`the script ended with ${code}: ${stderr}`);
    return stdout.trimEnd();
  }

  /** `output`, read as JSON. */
  async json(script: string): Promise<unknown> {
    return JSON.parse(await this.output(script));
  }

  /** The error text of a script that must fail, without the frame that differs between versions of the CLI. */
  async refusal(script: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
    const { code, stderr } = await this.run(script, environment);
    if (code === 0) throw new Error('the script did not fail');
    return stderr.replace(/^\s*(?:aws: \[ERROR\]: )?/, '').trimEnd();
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
