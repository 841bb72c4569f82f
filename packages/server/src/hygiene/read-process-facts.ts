import { readFileSync } from 'node:fs';
import type { ProcessFacts } from './unsafe-process.ts';

/** What there is to know about this process; the environment is handed in by who may read it. */
export function readProcessFacts(environment: Readonly<Record<string, string | undefined>>): ProcessFacts {
  return {
    nodeFlags: process.execArgv,
    nodeOptions: environment['NODE_OPTIONS'],
    isInspectorOpen: isInspectorOpen(),
    coreDumpLimit: readCoreDumpLimit('/proc/self/limits'),
  };
}

/** A Node that was built without an inspector has no such module either. */
function isInspectorOpen(): boolean {
  return process.features.inspector && process.getBuiltinModule('node:inspector').url() !== undefined;
}

/** The soft limit in a file of the form of /proc/PID/limits (proc(5)); undefined where there is none. */
export function readCoreDumpLimit(path: string): number | undefined {
  let limits: string;
  try {
    limits = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const soft = /^Max core file size +(\d+|unlimited) /m.exec(limits)?.[1];
  if (soft === undefined) return undefined;
  return soft === 'unlimited' ? Infinity : Number(soft);
}
