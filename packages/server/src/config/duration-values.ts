import { OptionValueError } from './option-values.ts';
import type { Duration } from './service-options.ts';

const msOf: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** A whole number of seconds, minutes or hours, such as `90s`, `5m` or `1h`; no more than `mostMs`. */
export function parseDuration(text: string, mostMs: number): Duration {
  const [, number = '', unit = ''] = /^(\d{1,9})([smh])$/.exec(text) ?? [];
  const ms = number === '' ? Number.NaN : Number(number) * (msOf[unit] ?? Number.NaN);
  if (ms <= mostMs) return { ms };
  throw new OptionValueError(
    `must be a time such as 0s, 90s, 5m or 1h, at most ${writeDuration({ ms: mostMs })}`,
  );
}

/** The inverse of `parseDuration`, in the largest unit that it is a whole number of. */
export function writeDuration({ ms }: Duration): string {
  const seconds = ms / 1000;
  if (seconds % 60 !== 0 || seconds === 0) return `${seconds}s`;
  return seconds % 3600 === 0 ? `${seconds / 3600}h` : `${seconds / 60}m`;
}
