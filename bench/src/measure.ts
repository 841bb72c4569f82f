import { type LoadResult, percentile, runLoad, type Shot, type Target } from './load.ts';
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
  target: Target,
  connections: number,
  nextShot: () => Shot,
): Promise<LoadResult> {
  const endAt = performance.now() + seconds * 1000;
  return runLoad(target, connections, () => (performance.now() < endAt ? nextShot() : undefined));
}

export async function measure(
  target: ServerProcess,
  seconds: number,
  connections: number,
  nextShot: () => Shot,
): Promise<Measured> {
  const before = await target.cpuMicroseconds();
  const result = await runFor(seconds, target, connections, nextShot);
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
