import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ended, findOnPath, run } from './programs.ts';

/** A folder in which Terraform is initialised with the AWS provider. */
export class TerraformFolder {
  readonly #program: string;
  readonly #folder: string;

  private constructor(program: string, folder: string) {
    this.#program = program;
    this.#folder = folder;
  }

  /**
   * Undefined unless there is a Terraform and a CLI configuration (`TF_CLI_CONFIG_FILE`) that gives it the AWS
   * provider: nothing is fetched from the public registry behind the back of whoever runs the tests.
   */
  static async open(configuration: string): Promise<TerraformFolder | undefined> {
    const [program] = findOnPath('terraform');
    const settings = process.env['TF_CLI_CONFIG_FILE'];
    if (program === undefined || settings === undefined || !existsSync(settings)) return undefined;
    const folder = mkdtempSync(join(tmpdir(), 'keyhaven-terraform-'));
    cpSync(configuration, join(folder, 'main.tf'));
    const terraform = new TerraformFolder(program, folder);
    const { code } = await terraform.run(['init', '-input=false']);
    if (code === 0) return terraform;
    terraform.close();
    return undefined;
  }

  run(args: readonly string[], variables: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const given = Object.entries(variables).map(([name, value]) => [`TF_VAR_${name}`, value]);
    const environment = { ...(Object.fromEntries(given) as Record<string, string>), CHECKPOINT_DISABLE: '1' };
    const [command = '', ...flags] = args;
    return run(this.#program, [command, '-no-color', ...flags], {
      cwd: this.#folder,
      environment,
      timeoutMs: 240_000,
    });
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
