import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

/** Whether a path lies in a folder, or is the folder; links are followed, and neither need exist. */
export function isBelow(folder: string, path: string): boolean {
  const below = relative(realOf(folder), realOf(path));
  return below !== '..' && !below.startsWith(`..${sep}`) && !isAbsolute(below);
}

/** The path without links; what does not exist yet has none. */
function realOf(path: string): string {
  const whole = resolve(path);
  if (existsSync(whole)) return realpathSync(whole);
  const parent = dirname(whole);
  return parent === whole ? whole : join(realOf(parent), basename(whole));
}
