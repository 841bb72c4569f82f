import { closeSync, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { readAttestationRoots, type RootFacts } from '@keyhaven/crypto';
import { StartRefusal } from '../start-refusal.ts';
import { awsNitroRoot } from './aws-nitro-root.ts';

/** A root has less than 1 KiB. */
const mostFileBytes = 256 * 1024;

/**
 * The roots that attestation documents may lead to, in DER: those of the PEM file, or AWS's own where none is named.
 * `now` is in milliseconds since 1970. Throws StartRefusal for a file that cannot be used, as a whole or in part.
 */
export function readRoots(path: string | undefined, now: number): readonly Buffer[] {
  if (path === undefined) return readAttestationRoots(awsNitroRoot).map(({ der }) => der);
  const roots = readAttestationRoots(readRootFile(path));
  if (roots.length === 0) {
    throw new StartRefusal(
      `The attestation roots ${path} hold no certificate, or a damaged one.`,
      'Give a PEM file with the certificates of the authorities that attestation documents may lead to.',
    );
  }
  for (const root of roots) refuseUseless(path, root, now);
  return roots.map(({ der }) => der);
}

function refuseUseless(path: string, root: RootFacts, now: number): void {
  const fault = findRootFault(root, now);
  if (fault === undefined) return;
  throw new StartRefusal(
    `The attestation roots ${path} hold a certificate that ${fault}: ${root.subject}.`,
    'Take it out of the file, or put a certificate in its place that can be used.',
  );
}

function findRootFault({ isAuthority, validFromMs, validToMs }: RootFacts, now: number): string | undefined {
  if (!isAuthority) return 'is none of an authority whose key is P-384 and may sign certificates';
  if (now > validToMs) return `has expired on ${new Date(validToMs).toISOString().slice(0, 10)}`;
  return now < validFromMs ? 'is not valid yet' : undefined;
}

function readRootFile(path: string): string {
  try {
    const file = openSync(path, 'r');
    try {
      refuseUntrusted(path, fstatSync(file));
      return readFileSync(file, 'latin1');
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof StartRefusal) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no reason given';
    throw new StartRefusal(
      `The attestation roots ${path} ${code === 'ENOENT' ? 'are not there' : `cannot be read (${code})`}.`,
      'Give the path of a PEM file that the user of the service may read.',
    );
  }
}

/** Whoever can write the file can vouch for anything, and so pass every condition about attestation. */
function refuseUntrusted(path: string, { mode, size }: Stats): void {
  if (size > mostFileBytes) {
    throw new StartRefusal(
      `The attestation roots ${path} are larger than 256 KiB.`,
      'Leave in the file only the authorities that attestation documents may lead to.',
    );
  }
  if (process.platform === 'win32' || (mode & 0o022) === 0) return;
  throw new StartRefusal(
    `The attestation roots ${path} can be changed by other users (mode ${(mode & 0o777).toString(8)}).`,
    `Run: chmod go-w ${path}`,
  );
}
