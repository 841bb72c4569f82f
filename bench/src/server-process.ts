import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

interface CpuReply {
  readonly cpu: NodeJS.CpuUsage;
}

/** A server under measurement, in a process of its own. */
export class ServerProcess {
  readonly port: number;
  readonly startMs: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number, startMs: number) {
    this.#child = child;
    this.port = port;
    this.startMs = startMs;
  }

  static async start(file: string, argument: string): Promise<ServerProcess> {
    const nodeFlags = process.env['BENCH_NODE_FLAGS'];
    const child = fork(new URL(file, import.meta.url), [argument], {
      execArgv: nodeFlags === undefined ? [] : nodeFlags.split(' '),
    });
    const startedAt = performance.now();
    const [ready] = (await once(child, 'message')) as [{ readonly port: number }];
    return new ServerProcess(child, ready.port, performance.now() - startedAt);
  }

  /** CPU microseconds of all its threads so far. */
  async cpuMicroseconds(): Promise<number> {
    const reply = once(this.#child, 'message') as Promise<[CpuReply]>;
    this.#child.send('cpu');
    const [{ cpu }] = await reply;
    return cpu.user + cpu.system;
  }

  async stop(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await gone;
  }
}
