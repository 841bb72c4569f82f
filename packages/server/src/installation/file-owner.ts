import { statSync } from 'node:fs';
import { StartRefusal } from '../start-refusal.ts';

/**
 * Throws StartRefusal where the file or folder is not this process's user's: its owner can change it and open it to
 * others at any time, whatever its mode. Root is no exception, as owner or as reader. Windows has no such owners.
 */
export function refuseOtherOwner(path: string): void {
  const own = process.getuid?.();
  if (own === undefined) return;
  const owner = statSync(path, { throwIfNoEntry: false })?.uid;
  if (owner === undefined || owner === own) return;
  throw new StartRefusal(
    `${path} belongs to the user with id ${owner}, but this process runs as ${own}.`,
    `Run it as that user; or, if you trust what the file or folder holds, run: chown ${own} ${path}`,
  );
}
