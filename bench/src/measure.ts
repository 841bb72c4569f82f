import { type LoadResult, percentile, runLoad, type Shot } from './load.ts';
import type { ServerProcess } from './server-process.ts';

export interface Measured {
  /** CPU microseconds a request, all threads of the server together. */
  readonly cpu: number;
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
}

/** Keeps the connections busy for some seconds. */
export async function runFor(
  seconds: number,
  port: number,
  connections: number,
  nextShot: () => Shot,
): Promise<LoadResult> {
  const endAt = performance.now() + seconds * 1000;
  return runLoad(port, connections, () => (performance.now() < endAt ? nextShot() : undefined));
}

export async function measure(
  target: ServerProcess,
  seconds: number,
  connections: number,
  nextShot: () => Shot,
): Promise<Measured> {
  const before = await target.cpuMicroseconds();
  const result = await runFor(seconds, target.port, connections, nextShot);
  const cpu = ((await target.cpuMicroseconds()) - before) / result.requests;
  return {
    cpu,
    rate: result.requests / result.seconds,
    p50: percentile(result.latenciesMs, 0.5),
    p99: percentile(result.latenciesMs, 0.99),
  };
}

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}
