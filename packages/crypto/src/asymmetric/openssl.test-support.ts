import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the machine's own OpenSSL writes to its standard output; throws where it fails. */
export function runOpenssl(args: readonly string[]): Buffer {
  return execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Whether the machine's own OpenSSL verifies the signature over the file, or the digest, that `args` name. */
export function opensslVerifies(args: readonly string[]): boolean {
  try {
    return /Verified/i.test(runOpenssl(args).toString());
  } catch {
    return false;
  }
}

/** Runs `fn` while these files exist, and gives it their paths. */
export function withFiles<T>(
  files: Readonly<Record<string, Uint8Array>>,
  fn: (path: (name: string) => string) => T,
): T {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-openssl-'));
  try {
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    return fn((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
