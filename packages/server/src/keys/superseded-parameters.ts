import type { ImportParametersRow } from './kms-key.ts';

/** AWS names no bound on the wrapping keys of one key that are good at a time; beyond this one the oldest goes. */
export const mostOutstanding = 50;

/** What makes room for one more of a key's wrapping keys: all that have expired, and the oldest beyond the bound. */
export function supersededParameters<Row extends Pick<ImportParametersRow, 'expires_at'>>(
  parameters: readonly Row[],
  now: number,
): readonly Row[] {
  const good = parameters
    .filter(({ expires_at }) => expires_at > now)
    .sort((one, other) => one.expires_at - other.expires_at);
  const tooMany = Math.max(0, good.length + 1 - mostOutstanding);
  return [...parameters.filter((row) => !good.includes(row)), ...good.slice(0, tooMany)];
}
