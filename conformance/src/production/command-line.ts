import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const program = join(import.meta.dirname, '../../../packages/cli/bin/keyhaven.js');
const eightDaysLater = join(import.meta.dirname, 'eight-days-later.ts');

/** A service that `keyhaven serve` runs. */
export interface ServedInstallation {
  /** `https://localhost:38123`, by the name that its certificate is for. */
  readonly url: string;
  /** Eight days pass at once; only for one that was started for it. */
  letEightDaysPass(): void;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** What a user types, in a folder and with an environment of its own. */
export class CommandLine {
  readonly #folder: string;
  readonly #services = new Set<ChildProcess>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What `keyhaven` with these words writes to standard output. Throws with what it says where it is refused. */
  async run(...words: readonly string[]): Promise<string> {
    const child = this.#spawn([], words);
    const [output, errors] = await Promise.all([textOf(child.stdout), textOf(child.stderr)]);
    if (child.exitCode === null) await once(child, 'exit');
    if (child.exitCode !== 0) throw new Error(`keyhaven ${words.join(' ')}: ${errors}`);
    return output;
  }

  /** Starts `keyhaven serve` with these words and waits until it listens. */
  async serve(words: readonly string[], { withMovableTime = false } = {}): Promise<ServedInstallation> {
    const child = this.#spawn(withMovableTime ? ['--import', eightDaysLater] : [], ['serve', ...words]);
    this.#services.add(child);
    const exited = once(child, 'exit') as Promise<[number | null]>;
    const errors = textOf(child.stderr);
    const port = await Promise.race([
      listeningPort(child),
      exited.then(async () => Promise.reject(new Error(`keyhaven serve ended: ${await errors}`))),
    ]);
    return {
      url: `https://localhost:${port}`,
      letEightDaysPass: () => {
        child.kill('SIGUSR2');
      },
      async stop() {
        child.kill('SIGTERM');
        return (await exited)[0];
      },
    };
  }

  /** Ends what is left running. */
  end(): void {
    for (const child of this.#services) child.kill('SIGKILL');
  }

  #spawn(flags: readonly string[], words: readonly string[]): ChildProcess {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(?:KEYHAVEN_|NODE_OPTIONS$)/.test(name),
    );
    return spawn(process.execPath, [...flags, program, ...words], {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...Object.fromEntries(inherited),
        KEYHAVEN_PORT: '0',
        NODE_COMPILE_CACHE: join(tmpdir(), 'keyhaven-compile-cache'),
      },
    });
  }
}

async function textOf(stream: ChildProcess['stdout']): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function listeningPort({ stdout }: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    if (stdout === null) return;
    createInterface({ input: stdout }).on('line', (line) => {
      const port = /^listening on https:.*:(\d+)$/.exec(line)?.[1];
      if (port !== undefined) resolve(port);
    });
  });
}
