import type { Target } from '../operation.ts';

/** Operations about the caller alone, which need no permission: GetCallerIdentity. */
export function callerTarget(): Target<unknown, undefined> {
  return { load: () => undefined, permissions: () => [], keys: () => [] };
}
