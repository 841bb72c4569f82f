import { lstat, open, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

const zeros = Buffer.alloc(1024 * 1024);

/**
 * Overwrites every file at the path and below with zeros and removes it; does nothing where nothing is there. A copy of
 * the database holds wrapped key material that may be destroyed meanwhile. It is as good as the disk: one that writes
 * elsewhere than it is told (flash, a file system that copies on write) keeps the old blocks for a while.
 */
export async function wipe(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (found.isDirectory()) {
    for (const name of await readdir(path)) await wipe(join(path, name));
    await rmdir(path);
    return;
  }
  // What a link points to is not ours.
  if (found.isFile() && found.nlink === 1) await overwrite(path, found.size);
  await rm(path, { force: true });
}

async function overwrite(path: string, size: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    for (let at = 0; at < size; at += zeros.length)
      await file.write(zeros, 0, Math.min(zeros.length, size - at), at);
    await file.sync();
  } finally {
    await file.close();
  }
}
