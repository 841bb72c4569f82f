import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A service that is running on the socket handed to it. */
export interface Generation {
  readonly pid: number;
  readonly url: string;
}

/** One socket, and the services that listen on it one after the other. */
export class HandedOverSocket {
  readonly #holder: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  /**
   * `generations` services will run; `args` are those of inherited-service.ts. The socket is on `place`: an address, or
   * the path of a Unix socket.
   */
  constructor(generations: number, args: readonly string[], place = '127.0.0.1') {
    const at = (name: string) => join(import.meta.dirname, name);
    this.#holder = spawn(
      process.execPath,
      [at('socket-holder.ts'), place, String(generations), at('inherited-service.ts'), ...args],
      // A process group of its own, so that nothing of it outlives a test that fails.
      { stdio: ['ignore', 'pipe', 'inherit'], detached: true },
    );
    if (this.#holder.stdout === null) throw new Error('the holder has no output');
    this.#lines = createInterface({ input: this.#holder.stdout })[Symbol.asyncIterator]();
  }

  /** The next service, once it serves. */
  async next(): Promise<Generation> {
    const line = await this.#nextLine();
    const found = /^process (\d+) listens on (\S+)$/.exec(line);
    if (found === null) throw new Error(`no service came up: ${line}`);
    return { pid: Number(found[1]), url: found[2] ?? '' };
  }

  /** Why the next service does not start. */
  async nextRefusal(): Promise<string> {
    const line = await this.#nextLine();
    const found = /^refused: (.*)$/.exec(line);
    if (found === null) throw new Error(`the service was not refused: ${line}`);
    return found[1] ?? '';
  }

  async #nextLine(): Promise<string> {
    const { value } = (await this.#lines.next()) as { readonly value: string | undefined };
    return value ?? 'nothing';
  }

  /** Resolves when the last service has ended. */
  async ended(): Promise<void> {
    if (this.#holder.exitCode === null) await once(this.#holder, 'exit');
  }

  /** Ends whatever still runs. */
  kill(): void {
    const { pid } = this.#holder;
    if (pid === undefined || this.#holder.exitCode !== null) return;
    process.kill(-pid, 'SIGKILL');
  }
}
