import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Target } from './load.ts';

interface CpuReply {
  readonly cpu: NodeJS.CpuUsage;
}

/** What a server needs to speak TLS, and its clients to trust it. */
export interface BenchTls {
  readonly certFile: string;
  readonly keyFile: string;
  readonly ca: string;
}

/** A server under measurement, in a process of its own. */
export class ServerProcess implements Target {
  readonly port: number;
  readonly ca: string | undefined;
  readonly startMs: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, target: Target, startMs: number) {
    this.#child = child;
    this.port = target.port;
    this.ca = target.ca;
    this.startMs = startMs;
  }

  /** Starts the file with the argument, under TLS if that is given. */
  static async start(file: string, argument: string, tls?: BenchTls): Promise<ServerProcess> {
    const nodeFlags = process.env['BENCH_NODE_FLAGS'];
    const child = fork(
      new URL(file, import.meta.url),
      [argument, ...(tls === undefined ? [] : [tls.certFile, tls.keyFile])],
      {
        execArgv: nodeFlags === undefined ? [] : nodeFlags.split(' '),
      },
    );
    const startedAt = performance.now();
    const [ready] = (await once(child, 'message')) as [{ readonly port: number }];
    return new ServerProcess(child, { port: ready.port, ca: tls?.ca }, performance.now() - startedAt);
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
