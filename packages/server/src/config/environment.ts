import type { Environment } from './resolve-options.ts';

/** The environment of this process; nothing else reads it. */
export function readEnvironment(): Environment {
  return process.env;
}
