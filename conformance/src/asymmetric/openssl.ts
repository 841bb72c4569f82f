import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOnPath, run } from '../clients/programs.ts';

const program = findOnPath('openssl')[0];

/** Whether this machine has OpenSSL's command line. */
export const hasOpenSsl = program !== undefined;

/**
 * Runs OpenSSL's command line in a folder that holds the given files; answers what it wrote into the file `out`, if it
 * wrote one, and whether it succeeded.
 */
export async function openssl(
  args: readonly string[],
  files: Readonly<Record<string, Uint8Array>> = {},
): Promise<{ readonly ok: boolean; readonly text: string; readonly out: Buffer }> {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-openssl-'));
  try {
    for (const [name, content] of Object.entries({ out: new Uint8Array(), ...files }))
      writeFileSync(join(folder, name), content);
    const { code, stdout, stderr } = await run(program ?? 'openssl', args, { cwd: folder });
    return { ok: code === 0, text: stdout + stderr, out: readFileSync(join(folder, 'out')) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The options of `openssl dgst` and `openssl pkeyutl` for one of AWS's signing algorithms. */
export function signatureOptions(algorithm: string): readonly string[] {
  if (!algorithm.startsWith('RSASSA_PSS')) return [];
  return ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:digest'];
}
